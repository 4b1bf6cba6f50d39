"""What an outlet needs that speaks to persons: audiences, their recipients, and what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC


def upgrade() -> None:
    """Add the tables, and to a delivery whom it goes to; those there are have no audience."""
    op.add_column("delivery", sa.Column("audience", sa.Text()))
    op.add_column("delivery", sa.Column("edition", sa.Integer()))
    op.add_column("delivery", sa.Column("each", sa.Integer()))
    told = sa.text("audience IS NOT NULL")
    op.create_index(
        "delivery_by_audience", "delivery", ["audience", "edition"], sqlite_where=told, postgresql_where=told
    )
    op.create_table(
        "audience",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
    )
    op.create_table(
        "edition",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.PrimaryKeyConstraint("audience", "number"),
    )
    op.create_table(
        "recipient",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("blind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "edition", "place"),
        sa.UniqueConstraint("audience", "edition", "blind"),
    )
    op.create_table(
        "opted_out",
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("blind", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", "blind"),
    )
    op.create_table(
        "reached",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("delivery", "place"),
    )
