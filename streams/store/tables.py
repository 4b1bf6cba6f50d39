"""Every table. Instants are microseconds since 1970 UTC; JSON is text, so that both databases keep it alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


def micros(value: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    delta = value - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant(value: int) -> datetime:
    """The instant so many microseconds after 1970 UTC."""
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Position = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only

# -- what was said -------------------------------------------------------------------------------

event = Table(
    "event",  # the outbox: the embedded engine reads it as its log, Kafka's relay copies it to topics
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("relayed_at", Instant),  # when a broker had it; None: not yet, or there is none
    Index("event_by_topic", "topic", "position"),
)
Index("event_unrelayed", event.c.position, postgresql_where=event.c.relayed_at.is_(None)).ddl_if(
    dialect="postgresql"
)  # beside SQLite there is no broker: every event would be in it

topic = Table(
    "topic",  # the broker's topics as they were last seen: one that was made anew has lost what it held
    metadata,
    Column("name", Text, primary_key=True),
    Column("known_as", Text, nullable=False),  # the broker's own id of it
    Column("since", Instant, nullable=False),
)

offset = Table(
    "offset",  # how far each stage of the embedded engine has read
    metadata,
    Column("stage", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

effect = Table(
    "effect",  # a stage has acted on an event: whatever carries it again has no second effect
    metadata,
    Column("stage", Text, nullable=False),
    Column("event", Text, nullable=False),
    PrimaryKeyConstraint("stage", "event"),
    sqlite_with_rowid=False,
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("stage", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("event", Text),  # the id, when it could be read
    Column("body", LargeBinary, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # waiting | retried
    UniqueConstraint("stage", "event", name="dead_letter_once"),
)

line = Table(
    "line",  # a stage that stopped: too many dead letters in a row look like a bad deploy, not bad events
    metadata,
    Column("stage", Text, primary_key=True),
    Column("dead_in_row", Integer, nullable=False),
    Column("stopped_at", Instant),
    Column("why", Text),
)

# -- notices -------------------------------------------------------------------------------------

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("index_number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),  # the newest
    Column("sequence", Integer, nullable=False),  # of its messages
    Column("created_at", Instant, nullable=False),
    Column("released_at", Instant),
    UniqueConstraint("office", "index_number"),  # from before a number was one of the installation
    Index("notice_by_index_number", "index_number", unique=True),
    Index("notice_by_release", "office", "released_at"),
)

index_counter = Table(
    "index_counter",  # serials of index numbers, by office and year; only ever counts up
    metadata,
    Column("office", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    PrimaryKeyConstraint("office", "year"),
)

version = Table(
    "version",
    metadata,
    Column("notice", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),  # notices.notice.Version as JSON
    Column("sha256", Text, nullable=False),  # of the content
    Column("digest", Text, nullable=False),  # of the file it came from: the same file twice is one version
    Column("drafted_at", Instant, nullable=False),
    Column("approved_at", Instant),
    Column("released_at", Instant),
    PrimaryKeyConstraint("notice", "number"),
    Index("version_by_digest", "digest"),
)

message = Table(
    "message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("content", Text, nullable=False),  # notices.notice.Message as JSON
    Column("urgent", Boolean, nullable=False),
    Column("minor", Boolean, nullable=False),
    Column("expires_at", Instant),
    Column("released_at", Instant, nullable=False),
    Column("planned_at", Instant),  # None: no stage has written its deliveries yet
    Column("trace", Text),  # W3C traceparent of the publication; never None, but SQLite cannot add that
    UniqueConstraint("subject", "sequence"),
    Index("message_by_release", "office", "released_at"),
)
Index(
    "message_unplanned",
    message.c.subject,
    message.c.sequence,
    sqlite_where=message.c.planned_at.is_(None),
    postgresql_where=message.c.planned_at.is_(None),
)

tie = Table(
    "tie",  # what a message's text ties its notice to: another notice, or a matter by its number
    metadata,
    Column("message", Text, nullable=False),
    Column("type", Text, nullable=False),  # of the relation, or dossier
    Column("to", Text, nullable=False),  # the notice, or the number
    Column("subject", Text, nullable=False),  # the notice that is tied
    Column("kind", Text, nullable=False),
    Column("office", Text, nullable=False),
    PrimaryKeyConstraint("message", "type", "to"),
    Index("tie_to", "to", "office"),
    Index("tie_by_subject", "subject"),
)

rendition = Table(
    "rendition",
    metadata,
    Column("message", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("manifest", Text, nullable=False),  # JSON: text's hash and [name, media type, sha256] of each file
    PrimaryKeyConstraint("message", "channel", "edition"),
)

blob = Table(
    "blob",  # bytes behind one put/get-by-SHA-256 contract
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# -- outlets -------------------------------------------------------------------------------------

endpoint = Table(
    "endpoint",
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("options", Text, nullable=False),  # JSON
    Column("sequence", Integer, nullable=False),  # of its deliveries, gapless
    Column("state", Text, nullable=False),  # enabled | disabled
    Column("reason", Text),  # why disabled
    Column("added_at", Instant, nullable=False),
    Column("pretend", Boolean, nullable=False),  # 演练
    Column("on_files", Boolean, nullable=False, server_default=false()),  # works only where its place is
    Index("endpoint_by_channel", "office", "channel"),
)

lane = Table(
    "lane",  # the ordered stream of deliveries of one endpoint at one priority: a row, not a thread
    metadata,
    Column("endpoint", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("slot", BigInteger, nullable=False, server_default="0"),  # of its key: its partition, whatever their number
    Column("due_at", Instant),  # when somebody must look at it next
    Column("holder", Text),  # per-start token of the process that works on it
    Column("held_until", Instant),
    Column("failures", Integer, nullable=False),  # in a row
    Column("failing_since", Instant),
    Column("opened_at", Instant),  # breaker open since
    Column("probes", Integer, nullable=False),  # since it opened
    Column("ramp", Integer, nullable=False),  # sends since an outage ended; 0: no outage is being made up for
    Column("not_before", Instant),  # the outlet asked to wait (Retry-After), or is throttling
    Column("paused_at", Instant),
    Column("paused_by", Text),
    Column("paused_why", Text),
    Column("paused_until", Instant),
    PrimaryKeyConstraint("endpoint", "urgent"),
    Index("lane_due", "due_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_sequence", Integer, nullable=False),
    Column("rendition", Text, nullable=False),  # SHA-256
    Column("parts", Integer, nullable=False),
    Column("audience", Text),  # None: the outlet itself is the recipient
    Column("edition", Integer),  # of the audience, as it was when this was planned
    Column("each", Integer),  # recipients a part; part n has the places from n * each
    Column("state", Text, nullable=False),  # the fold of its parts' outcomes
    Column("cause", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("endpoint", "sequence"),
    UniqueConstraint("message", "endpoint"),
    Index("delivery_by_subject", "subject", "endpoint"),
    Index("delivery_by_state", "endpoint", "state", "planned_at"),
)
Index(
    "delivery_by_audience",
    delivery.c.audience,
    delivery.c.edition,
    sqlite_where=delivery.c.audience.is_not(None),
    postgresql_where=delivery.c.audience.is_not(None),
)

part = Table(
    "part",  # what a lane works on
    metadata,
    Column("delivery", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),  # of the delivery
    Column("subject", Text, nullable=False),
    Column("subject_sequence", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("tries", Integer, nullable=False),  # of this step, as the retry schedule counts them
    Column("attempts", Integer, nullable=False),  # all of them, probes included
    Column("recoveries", Integer, nullable=False),  # times its worker died on it
    Column("due_at", Instant),  # None: nothing left to do
    Column("expires_at", Instant),
    Column("scratch", Text, nullable=False),  # JSON, kept for the following steps
    Column("reference", Text, nullable=False),  # the other side's number for it
    Column("cause", Text, nullable=False),
    Column("trace", Text, nullable=False),  # W3C traceparent of the publication
    PrimaryKeyConstraint("delivery", "number"),
    Index("part_waiting", "endpoint", "urgent", "due_at", "sequence", "number"),  # the order a lane looks in
    Index("part_by_subject", "endpoint", "subject", "subject_sequence"),
)
Index(
    "part_to_send",  # behind thousands that are to be asked about
    part.c.endpoint,
    part.c.urgent,
    part.c.due_at,
    part.c.sequence,
    part.c.number,
    sqlite_where=part.c.state == "planned",
    postgresql_where=part.c.state == "planned",
)
Index(
    "part_in_doubt",
    part.c.endpoint,
    sqlite_where=part.c.state == "unknown",
    postgresql_where=part.c.state == "unknown",
)

attempt = Table(
    "attempt",  # the ledger: a row is written before anything is sent, and ended after
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("delivery", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("rendition", Text, nullable=False),  # SHA-256 of what went out
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("cause", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("seal", BigInteger),  # number of the audit entry that sealed it
    UniqueConstraint("delivery", "part", "number"),
    Index("attempt_unsealed", "seal", "ended_at"),
)

shared = Table(
    "shared",  # access tokens and such; one worker at a time may hold a key
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text),
    Column("expires_at", Instant),
    Column("holder", Text),
    Column("held_until", Instant),
)

# -- persons -------------------------------------------------------------------------------------

audience = Table(
    "audience",
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("basis", Text, nullable=False),  # the legal basis on which the numbers are kept
    Column("keep_days", Integer, nullable=False),  # how long an edition is kept after another took its place
)

edition = Table(
    "edition",  # one list of an audience's recipients; a new list is a new edition
    metadata,
    Column("audience", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # recipients
    Column("begun_at", Instant, nullable=False),
    Column("completed_at", Instant),  # None: it is being read, or its reading was cut short
    Column("due_since", Instant),  # when it was first found that nobody needs its numbers any more
    Column("erased_at", Instant),
    PrimaryKeyConstraint("audience", "number"),
)

recipient = Table(
    "recipient",  # one person's number in one edition of an audience; rows never change, they are only erased
    metadata,
    Column("audience", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("place", Integer, nullable=False),  # from 0
    Column("blind", Text, nullable=False),  # keyed hash of the number: finds it, and tells nobody
    Column("sealed", LargeBinary, nullable=False),  # the number, encrypted
    PrimaryKeyConstraint("audience", "edition", "place"),
    UniqueConstraint("audience", "edition", "blind"),
)

opted_out = Table(
    "opted_out",  # numbers that want nothing more from an office
    metadata,
    Column("office", Text, nullable=False),
    Column("blind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("how", Text, nullable=False),
    PrimaryKeyConstraint("office", "blind"),
)

reached = Table(
    "reached",  # what became of a delivery at each recipient; no number stands here
    metadata,
    Column("delivery", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("state", Text, nullable=False),  # an Outcome
    Column("reference", Text, nullable=False),  # the other side's number for it
    Column("cause", Text, nullable=False),
    Column("at", Instant, nullable=False),  # when it was sent, or found to have been refused
    Column("reported_at", Instant),  # when a receipt last spoke of it
    PrimaryKeyConstraint("delivery", "place"),
    Index("reached_by_reference", "reference"),
)
Index(
    "reached_by_day",  # who was reached on one day, or may have been: what is surely refused counts as no text
    reached.c.delivery,
    reached.c.at,
    sqlite_where=reached.c.state != "refused",
    postgresql_where=reached.c.state != "refused",
)

# -- the clock ------------------------------------------------------------------------------------

calendar_edition = Table(
    "calendar_edition",  # what was learned of working days, in order; rows never change, so a term can be counted again
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("office", Text),  # whose own days these are; None: a year of the whole country's
    Column("year", Integer),
    Column("source", Text, nullable=False),
    Column("days", Text, nullable=False),  # JSON: off and worked by what for, usual: as the country has it again
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
)

duty = Table(
    "duty",  # what an office owes by a day: a term that began with an event
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("section", Text, nullable=False),  # whose it is
    Column("about", Text, nullable=False),
    Column("rule", Text, nullable=False),  # notices.calendar.term.Rule as JSON, as it was when the term began
    Column("start", Instant, nullable=False),
    Column("pauses", Text, nullable=False),  # JSON: first and last day of each
    Column("edition", Integer, nullable=False),  # of the calendar that it was counted by last
    Column("last", Text),  # the day at whose end it has run out; None while it stands still
    Column("ends_at", Instant),
    Column("provisional", Boolean, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("how", Text),  # it was met, or why it fell away; by a message: met | withdrawn | dropped
    Column("begun", Text),  # the row of config/begins.toml that began it; None: a person did
    Column("notice", Text),  # what it is of
    Column("ended_by", Text),  # the message that ended it; None: a person's word
    Index("duty_open", "office", "done_at", "ends_at"),
    Index("duty_of_notice", "notice"),
)

matter = Table(
    "matter",  # what an office decides, from its start to its end; what was published of it is found by its number
    metadata,
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),  # 决策事项
    Column("section", Text, nullable=False),  # whose it is
    Column("notice", Text),  # its own page; None until something was told of it
    Column("opened_at", Instant, nullable=False),
    Column("acts", Text, nullable=False),  # JSON: what people did about it besides publishing
    PrimaryKeyConstraint("office", "number"),
)

trigger = Table(
    "trigger",  # a planned instant and what is done then
    metadata,
    Column("id", Text, primary_key=True),  # what it is for: planning it twice is one
    Column("office", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("look_at", Instant, nullable=False),  # when somebody looks at it next: later, where it had to wait
    Column("detail", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),  # planned | fired | refused | cancelled
    Column("cause", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("trigger_by_subject", "subject"),
)
Index(
    "trigger_planned",
    trigger.c.look_at,
    sqlite_where=trigger.c.state == "planned",
    postgresql_where=trigger.c.state == "planned",
)

clock_mark = Table(
    "clock_mark",  # how a machine's clock stood when it was last believed
    metadata,
    Column("station", Text, primary_key=True),  # of the data folder
    Column("boot", Text, nullable=False),  # which start of the machine
    Column("ahead", BigInteger, nullable=False),  # microseconds that the clock is ahead of the machine's running time
    Column("seen_at", Instant, nullable=False),
    Column("doubted_at", Instant),  # None: it is believed
)

# -- comments -------------------------------------------------------------------------------------

comment = Table(
    "comment",  # what somebody said of a matter; never deleted
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("dossier", Text, nullable=False),  # the number of the matter
    Column("receipt", Text),  # keyed hash of the receipt number; None: nobody was given one
    Column("origin", Text),  # of what was entered from a file: its hash and the line, so that no line is entered twice
    Column("text", Text, nullable=False),
    Column("way", Text, nullable=False),  # streams.comments.comment.Way
    Column("people", Integer, nullable=False),  # who say it together
    Column("received_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("personal", LargeBinary),  # name and contact, encrypted; None: none were given, or they were erased
    Column("keep_days", Integer, nullable=False),  # how long after the feedback those are kept, as was promised
    Column("due_since", Instant),  # when it was first found that nobody needs them any more
    Column("erased_at", Instant),
    Column("state", Text, nullable=False),  # new | accepted | rejected
    Column("state_why", Text, nullable=False),
    Column("withdrawn_at", Instant),
    Column("disposition", Text),  # adopted | partly | not
    Column("reason", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", Text),
    UniqueConstraint("receipt", name="comment_receipt"),
    UniqueConstraint("office", "dossier", "origin", name="comment_origin"),
    Index("comment_by_dossier", "office", "dossier", "received_at"),
)
Index(
    "comment_personal",
    comment.c.office,
    comment.c.dossier,
    sqlite_where=comment.c.personal.is_not(None),
    postgresql_where=comment.c.personal.is_not(None),
)

# -- evidence ------------------------------------------------------------------------------------

audit = Table(
    "audit",  # acts of people and state changes of notices, a hash chain for each office
    metadata,
    Column("office", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("office", "number"),
    Index("audit_by_subject", "subject"),
)
