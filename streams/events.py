"""The vocabulary: what may stand on a topic, past tense, as CloudEvents 1.0.

Evolution only adds: a new optional field, or a new version of a type beside the old one. One recorded
sample of every version is kept in ``tests/streams/recorded_events`` and must stay readable.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.clock import Clock

SOURCE = "/gongkai"


class Data(BaseModel):
    """Base of every event's data. Unknown fields are kept out of the way, so that newer events stay readable."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    topic: ClassVar[str]

    @model_validator(mode="after")
    def _can_be_stored(self) -> "Data":
        for name, value in self.__dict__.items():
            if isinstance(value, str) and "\0" in value:
                raise ValueError(f"{name}: a NUL, which no database takes in a text")
            if isinstance(value, int) and abs(value) >= 2**63:
                raise ValueError(f"{name}: a number beyond 64 bits, which no database takes")
        return self


class NoticeDrafted(Data):
    """A version was written down; nobody has reviewed it."""

    type: ClassVar[str] = "gongkai.notice.drafted.v1"
    topic: ClassVar[str] = "notices"
    notice: str
    version: int
    office: str
    kind: str
    by: str


class NoticeSubmitted(Data):
    """A version was handed in for review, its renditions made and within every limit."""

    type: ClassVar[str] = "gongkai.notice.submitted.v1"
    topic: ClassVar[str] = "notices"
    notice: str
    version: int
    office: str
    by: str


class NoticeApproved(Data):
    """A version was signed off after its secrecy review; its renditions are fixed from here on."""

    type: ClassVar[str] = "gongkai.notice.approved.v1"
    topic: ClassVar[str] = "notices"
    notice: str
    version: int
    office: str
    by: str
    content_sha256: str


class Said(Data):
    """Base of the events that put a message on its way to endpoints."""

    topic: ClassVar[str] = "notices"
    notice: str
    message: str
    sequence: int
    office: str


class NoticeReleased(Said):
    """The first version of a notice became public."""

    type: ClassVar[str] = "gongkai.notice.released.v1"
    version: int


class NoticeCorrected(Said):
    """A later version took the place of the one before."""

    type: ClassVar[str] = "gongkai.notice.corrected.v1"
    version: int
    minor: bool


class NoticeWithdrawn(Said):
    """The office took a notice back."""

    type: ClassVar[str] = "gongkai.notice.withdrawn.v1"
    version: int
    reason: str


class WindowOpened(Said):
    """The public may comment on a matter from now on."""

    type: ClassVar[str] = "gongkai.window.opened.v1"
    dossier: str  # the number of the matter, at its office


class WindowClosing(Said):
    """The last days in which the public may comment have begun."""

    type: ClassVar[str] = "gongkai.window.closing.v1"
    dossier: str


class WindowExtended(Said):
    """The public may comment for longer than was said before."""

    type: ClassVar[str] = "gongkai.window.extended.v1"
    dossier: str


class WindowClosed(Said):
    """No comment is taken any more."""

    type: ClassVar[str] = "gongkai.window.closed.v1"
    dossier: str


class FeedbackFellDue(Said):
    """The day came on which feedback on the comments was promised."""

    type: ClassVar[str] = "gongkai.feedback.fell-due.v1"
    dossier: str


class FeedbackFellOverdue(Said):
    """That day passed without it."""

    type: ClassVar[str] = "gongkai.feedback.fell-overdue.v1"
    dossier: str


class MatterMoved(Said):
    """Something else happened in a matter: it began, was decided, explained, reported on, evaluated or filed."""

    type: ClassVar[str] = "gongkai.matter.moved.v1"
    dossier: str


class StaffReminded(Said):
    """Staff are reminded of what is owed. ``notice`` is the reminder's own subject."""

    type: ClassVar[str] = "gongkai.staff.reminded.v1"
    duty: str


class DeliveryPlanned(Data):
    """A message is to go to an endpoint."""

    type: ClassVar[str] = "gongkai.delivery.planned.v1"
    topic: ClassVar[str] = "deliveries"
    delivery: str
    endpoint: str
    urgent: bool
    message: str
    subject: str


class DeliveryTried(Data):
    """A part of a delivery changed its state: an attempt ended, or it was overtaken, expired or stopped."""

    type: ClassVar[str] = "gongkai.delivery.tried.v1"
    topic: ClassVar[str] = "outcomes"
    delivery: str
    part: int
    endpoint: str
    step: str
    attempt: int
    outcome: str
    cause: str = ""


class EndpointDisabled(Data):
    """An endpoint takes nothing any more, until a person enables it."""

    type: ClassVar[str] = "gongkai.endpoint.disabled.v1"
    topic: ClassVar[str] = "outcomes"
    endpoint: str
    reason: str


class EventSetAside(Data):
    """A stage could not read an event, or not act on it; it waits among the dead letters for a person."""

    type: ClassVar[str] = "gongkai.event.set-aside.v1"
    topic: ClassVar[str] = "dead-letters"
    stage: str
    event: str  # its id, or where it stood
    cause: str


VOCABULARY: tuple[type[Data], ...] = (
    NoticeDrafted,
    NoticeSubmitted,
    NoticeApproved,
    NoticeReleased,
    NoticeCorrected,
    NoticeWithdrawn,
    WindowOpened,
    WindowClosing,
    WindowExtended,
    WindowClosed,
    FeedbackFellDue,
    FeedbackFellOverdue,
    MatterMoved,
    StaffReminded,
    DeliveryPlanned,
    DeliveryTried,
    EndpointDisabled,
    EventSetAside,
)
TYPES: dict[str, type[Data]] = {data.type: data for data in VOCABULARY}
TOPICS: tuple[Literal["notices", "deliveries", "outcomes", "dead-letters"], ...] = (
    "notices",
    "deliveries",
    "outcomes",
    "dead-letters",
)


class Unreadable(Exception):
    """Bytes on a topic that are no event of ours; the text says why."""


@dataclass(frozen=True)
class Event:
    """One CloudEvent: the envelope and its data. ``key`` decides what stays in order with what."""

    id: str
    time: datetime
    subject: str
    key: str
    traceparent: str
    data: Data


def event(data: Data, *, clock: Clock, subject: str, key: str, traceparent: str, known_as: str | None = None) -> Event:
    """A new event of now. Given the same ``known_as``, emitting it twice is one event."""
    return Event(
        id=known_as or secrets.token_hex(16),
        time=clock.now(),
        subject=subject,
        key=key,
        traceparent=traceparent,
        data=data,
    )


def new_trace() -> str:
    """A W3C ``traceparent`` that starts a trace: one publication through all its channels."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


# A text as CloudEvents 1.0 has it, without control characters; short enough for every database's index.
Attribute = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


class Envelope(BaseModel):
    """The CloudEvents attributes we write, with their JSON names."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    specversion: Literal["1.0"]
    id: Attribute
    source: Attribute
    type: Attribute
    time: AwareDatetime
    subject: Attribute
    datacontenttype: Literal["application/json"]
    partitionkey: Attribute
    traceparent: Annotated[str, Field(pattern="^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]
    data: dict[str, Any]


def encode(event: Event) -> bytes:
    """Structured-mode JSON in UTF-8, Chinese as itself."""
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": event.data.type,
        "time": event.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": event.subject,
        "datacontenttype": "application/json",
        "partitionkey": event.key,
        "traceparent": event.traceparent,
        "data": event.data.model_dump(mode="json"),
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def decode(body: bytes) -> Event:
    """The event in ``body``. Raises ``Unreadable`` for anything that is not one of ours."""
    try:
        envelope = Envelope.model_validate_json(body)
        kind = TYPES.get(envelope.type)
        if kind is None:
            raise Unreadable(f"type {envelope.type!r} is not in the vocabulary")
        data = kind.model_validate(envelope.data, strict=True)
        time = envelope.time.astimezone(UTC)
    except (ValidationError, OverflowError) as error:
        raise Unreadable(str(error)) from error
    return Event(
        id=envelope.id,
        time=time,
        subject=envelope.subject,
        key=envelope.partitionkey,
        traceparent=envelope.traceparent,
        data=data,
    )
