"""Working days: every year and every office's own days, as they were learned."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the years that are known come into it when somebody first asks."""
    op.create_table(
        "calendar_edition",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("office", sa.Text()),
        sa.Column("year", sa.Integer()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),  # microseconds since 1970 UTC
        sa.Column("who", sa.Text(), nullable=False),
    )
