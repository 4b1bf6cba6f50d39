"""Comments: what the public says of a matter, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
PERSONAL = sa.text("personal IS NOT NULL")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "comment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text()),
        sa.Column("origin", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("personal", sa.LargeBinary()),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("due_since", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_why", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("disposition", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text()),
        sa.UniqueConstraint("receipt", name="comment_receipt"),
        sa.UniqueConstraint("office", "dossier", "origin", name="comment_origin"),
    )
    op.create_index("comment_by_dossier", "comment", ["office", "dossier", "received_at"])
    op.create_index(
        "comment_personal", "comment", ["office", "dossier"], sqlite_where=PERSONAL, postgresql_where=PERSONAL
    )
