"""Indexes: what is to be sent behind much that is to be asked about, and what an office said within a quarter."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PLANNED = sa.text("state = 'planned'")


def upgrade() -> None:
    """Add them."""
    op.create_index(
        "part_to_send",
        "part",
        ["endpoint", "urgent", "due_at", "sequence", "number"],
        sqlite_where=PLANNED,
        postgresql_where=PLANNED,
    )
    op.create_index("message_by_release", "message", ["office", "released_at"])
