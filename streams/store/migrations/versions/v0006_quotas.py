"""Quotas of a day: what was sent today, and what may have been, found without reading all there ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    went, doubted = sa.text("state != 'refused'"), sa.text("state = 'unknown'")
    op.create_index("reached_by_day", "reached", ["delivery", "at"], sqlite_where=went, postgresql_where=went)
    op.create_index("part_in_doubt", "part", ["endpoint"], sqlite_where=doubted, postgresql_where=doubted)
