"""The first tables, as they stood before the first release. Later revisions build on this one; never change it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "event",
        sa.Column("position", POSITION, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("event_by_topic", "event", ["topic", "position"])
    op.create_table(
        "offset",
        sa.Column("stage", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "effect",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stage", "event"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", POSITION, primary_key=True, autoincrement=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("event", sa.Text()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
    )
    op.create_table(
        "line",
        sa.Column("stage", sa.Text(), primary_key=True),
        sa.Column("dead_in_row", sa.Integer(), nullable=False),
        sa.Column("stopped_at", INSTANT),
        sa.Column("why", sa.Text()),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("index_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("released_at", INSTANT),
        sa.UniqueConstraint("index_number"),
    )
    op.create_index("notice_by_release", "notice", ["office", "released_at"])
    op.create_table(
        "index_counter",
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("office", "year"),
    )
    op.create_table(
        "version",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("approved_at", INSTANT),
        sa.Column("released_at", INSTANT),
        sa.PrimaryKeyConstraint("notice", "number"),
    )
    op.create_index("version_by_digest", "version", ["digest"])
    op.create_table(
        "message",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("released_at", INSTANT, nullable=False),
        sa.UniqueConstraint("subject", "sequence"),
    )
    op.create_table(
        "rendition",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message", "channel", "edition"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("pretend", sa.Boolean(), nullable=False),
    )
    op.create_index("endpoint_by_channel", "endpoint", ["office", "channel"])
    op.create_table(
        "lane",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("holder", sa.Text()),
        sa.Column("held_until", INSTANT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("opened_at", INSTANT),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("paused_at", INSTANT),
        sa.Column("paused_by", sa.Text()),
        sa.Column("paused_why", sa.Text()),
        sa.Column("paused_until", INSTANT),
        sa.PrimaryKeyConstraint("endpoint", "urgent"),
    )
    op.create_index("lane_due", "lane", ["due_at"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_sequence", sa.Integer(), nullable=False),
        sa.Column("rendition", sa.Text(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.UniqueConstraint("endpoint", "sequence"),
        sa.UniqueConstraint("message", "endpoint"),
    )
    op.create_index("delivery_by_subject", "delivery", ["subject", "endpoint"])
    op.create_table(
        "part",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("recoveries", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        sa.Column("scratch", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery", "number"),
    )
    op.create_index("part_by_subject", "part", ["endpoint", "subject"])
    op.create_index("part_waiting", "part", ["endpoint", "urgent", "due_at"])
    op.create_table(
        "attempt",
        sa.Column("id", POSITION, primary_key=True, autoincrement=True),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("rendition", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seal", sa.BigInteger()),
        sa.UniqueConstraint("delivery", "part", "number"),
    )
    op.create_index("attempt_unsealed", "attempt", ["seal", "ended_at"])
    op.create_table(
        "shared",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("holder", sa.Text()),
        sa.Column("held_until", INSTANT),
    )
    op.create_table(
        "audit",
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", "number"),
    )
    op.create_index("audit_by_subject", "audit", ["subject"])
