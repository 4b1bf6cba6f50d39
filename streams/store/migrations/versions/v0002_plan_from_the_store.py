"""Messages say whether they are planned, parts stand with their deliveries, and an index number is given once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
TRACE = "00-00000000000000000000000000000001-0000000000000001-00"  # of messages whose own trace was not kept

PLANNED = """
    update message set planned_at = released_at where exists (
        select 1 from effect where effect.stage = 'plan' and effect.event in (
            message.id || '.gongkai.notice.released.v1',
            message.id || '.gongkai.notice.corrected.v1',
            message.id || '.gongkai.notice.withdrawn.v1'))
"""
DOUBLED = """
    delete from dead_letter where event is not null
    and id not in (select min(id) from dead_letter where event is not null group by stage, event)
"""
BARE = """
    select delivery.id, delivery.parts, delivery.endpoint, delivery.urgent, delivery.sequence, delivery.subject,
        delivery.subject_sequence, delivery.planned_at, message.expires_at
    from delivery join message on message.id = delivery.message
    where delivery.state = 'planned' and not exists (select 1 from part where part.delivery = delivery.id)
"""
PART = """
    insert into part (delivery, number, endpoint, urgent, sequence, subject, subject_sequence, state, step, tries,
        attempts, recoveries, due_at, expires_at, scratch, reference, cause, trace)
    values (:id, :number, :endpoint, :urgent, :sequence, :subject, :subject_sequence, 'planned', '', 0,
        0, 0, :planned_at, :expires_at, '{}', '', '', :trace)
"""


def upgrade() -> None:
    """Change the tables, and give what was planned and not yet admitted its parts: admitting makes none any more."""
    op.add_column("message", sa.Column("planned_at", INSTANT))
    op.add_column("message", sa.Column("trace", sa.Text()))
    op.execute(f"update message set trace = '{TRACE}'")  # noqa: S608  # a constant
    unplanned = sa.text("planned_at IS NULL")
    op.create_index(
        "message_unplanned",
        "message",
        ["subject", "sequence"],
        sqlite_where=unplanned,
        postgresql_where=unplanned,
    )
    op.execute(PLANNED)
    op.create_index("notice_by_index_number", "notice", ["index_number"], unique=True)
    op.execute(DOUBLED)
    with op.batch_alter_table("dead_letter") as letters:
        letters.create_unique_constraint("dead_letter_once", ["stage", "event"])
    op.alter_column("lane", "window", new_column_name="ramp")
    op.execute("update lane set ramp = 0")
    op.create_index("delivery_by_state", "delivery", ["endpoint", "state", "planned_at"])
    op.drop_index("part_waiting", "part")
    op.create_index("part_waiting", "part", ["endpoint", "urgent", "due_at", "sequence", "number"])
    op.drop_index("part_by_subject", "part")
    op.create_index("part_by_subject", "part", ["endpoint", "subject", "subject_sequence"])
    connection = op.get_bind()
    for row in connection.execute(sa.text(BARE)).mappings().all():
        parts = [{**row, "number": number, "trace": TRACE} for number in range(row["parts"])]
        connection.execute(sa.text(PART), parts)
