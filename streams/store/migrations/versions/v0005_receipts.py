"""Receipts: when the other side last spoke of a recipient; and since when a list is due to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("edition", sa.Column("due_since", INSTANT))
    op.add_column("reached", sa.Column("reported_at", INSTANT))
    op.create_index("reached_by_reference", "reached", ["reference"])
