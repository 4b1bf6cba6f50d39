"""What a broker needs: which events it was given, which lanes are whose, which topics are the ones we knew."""

from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
ON_FILES = ("feed", "poster", "website")  # the channels that wrote files when this revision was made


def upgrade() -> None:
    """Add the columns and the table; number the lanes that there are."""
    connection = op.get_bind()
    op.add_column("event", sa.Column("relayed_at", INSTANT))
    if connection.dialect.name == "postgresql":
        op.create_index("event_unrelayed", "event", ["position"], postgresql_where=sa.text("relayed_at IS NULL"))
    op.add_column("lane", sa.Column("slot", sa.BigInteger(), nullable=False, server_default="0"))
    for row in connection.execute(sa.text("select endpoint, urgent from lane")).all():
        key = f"{row.endpoint}/{'urgent' if row.urgent else 'routine'}"
        connection.execute(
            sa.text("update lane set slot = :slot where endpoint = :endpoint and urgent = :urgent"),
            {"slot": crc32(key.encode()), "endpoint": row.endpoint, "urgent": row.urgent},
        )
    op.add_column("endpoint", sa.Column("on_files", sa.Boolean(), nullable=False, server_default=sa.false()))
    connection.execute(
        sa.text("update endpoint set on_files = :yes where channel in :channels").bindparams(
            sa.bindparam("channels", expanding=True)
        ),
        {"yes": True, "channels": ON_FILES},
    )
    op.create_table(
        "topic",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("known_as", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
    )
