"""Triggers: planned instants, and how far a machine's clock is believed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
PLANNED = sa.text("state = 'planned'")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "trigger",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("look_at", INSTANT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
    )
    op.create_index("trigger_by_subject", "trigger", ["subject"])
    op.create_index("trigger_planned", "trigger", ["look_at"], sqlite_where=PLANNED, postgresql_where=PLANNED)
    op.create_table(
        "clock_mark",
        sa.Column("station", sa.Text(), primary_key=True),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("doubted_at", INSTANT),
    )
