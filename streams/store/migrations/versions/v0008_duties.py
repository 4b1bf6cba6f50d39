"""Duties: what an office owes by a day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "duty",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("last", sa.Text()),
        sa.Column("ends_at", INSTANT),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("how", sa.Text()),
    )
    op.create_index("duty_open", "duty", ["office", "done_at", "ends_at"])
