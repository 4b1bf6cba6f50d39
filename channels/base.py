"""The contract of a channel: options, limits, render, next step, send, read back.

A channel is one module with a class ``Channel(base.Channel)``. Everything around it (when, how often,
in which order, to whom, what is written down) is done once, outside, by ``streams.deliver``.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from channels.smtp.letter import Smtp
from config.channels import channel_tables
from config.clock import Clock
from config.limits import Limit
from notices.notice import Message

SLOT = "@@gongkai:{}@@"


class Slot(StrEnum):
    """The only places of a rendition that sending may fill; everything else was approved as it stands."""

    PUBLISHED_AT = "published_at"  # the true instant of publication
    UPDATED_AT = "updated_at"  # the true instant of the last change that matters
    UPLOADED_IMAGE = "uploaded_image"  # the address an outlet gave to an uploaded image, which is named behind the mark
    VALIDITY = "validity"  # in force, or no longer
    BANNER = "banner"  # corrected / withdrawn / no longer in force
    NEIGHBOURS = "neighbours"  # related notices, previous and next
    WINDOW = "window"  # until when comments are taken, and where
    MOBILES = "mobiles"  # whom a chat calls by mobile number: read from a secret, so that no number stands anywhere
    DELIVERY = "delivery"  # which delivery it is at its endpoint: its sequence there, what it supersedes

    @property
    def mark(self) -> str:
        """What stands in the rendition's bytes until the slot is filled."""
        return SLOT.format(self.value)


class Nature(StrEnum):
    """What may be done when an answer was never seen (promise 5)."""

    STATE = "state"  # put by key, newest wins: repeat at will
    KEYED = "keyed"  # repeat under the same idempotency key
    LOOKED_UP = "looked_up"  # no key: look for our own mark before a repeat
    IRREVERSIBLE = "irreversible"  # never repeat: unknown, a person decides
    HUMAN = "human"  # a task for a person, with proof


DECIDED = "decided"  # in the scratch of a doubt: "arrived" or "lost", as a person found out; the next step applies it


class Outcome(StrEnum):
    """结果 of a delivery or of one of its parts: a closed vocabulary."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"  # the other side took it
    DELIVERED = "delivered"  # it said, or we read back, that it arrived
    REFUSED = "refused"  # the other side will not have it
    FAILED = "failed"  # tries used up, or something of ours
    UNKNOWN = "unknown"  # sent, no answer seen, must not be repeated
    PARKED = "parked"  # waits for a person
    SUPERSEDED = "superseded"  # something newer went instead
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PRETENDED = "pretended"  # 演练: rehearsed, nothing left the machine


@dataclass(frozen=True)
class File:
    """One file of a rendition. ``name`` is relative and safe."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Rendition:
    """渠道稿: what a channel's template made of a message. Fixed content, known by its SHA-256.

    ``text`` is every word a reader of this rendition sees, for the check of figures. ``used`` tells how much of its
    channel's limits it takes, by their names in ``config/limits.toml``.
    """

    files: tuple[File, ...]
    text: str
    used: Mapping[str, int] = field(default_factory=dict, compare=False)

    @cached_property
    def sha256(self) -> str:
        """Hash over names, types and bytes of all files, in order."""
        digest = hashlib.sha256()
        for file in self.files:
            for piece in (file.name.encode(), file.media_type.encode(), file.body):
                digest.update(len(piece).to_bytes(8, "big"))
                digest.update(piece)
        return digest.hexdigest()

    @property
    def main(self) -> File:
        """The first file: what the endpoint is about."""
        return self.files[0]


def fill(body: bytes, slots: Mapping[Slot, str]) -> bytes:
    """``body`` with each named slot's mark replaced. The caller has escaped the values for the format."""
    values = {slot.mark.encode(): value.encode() for slot, value in slots.items()}
    marks = re.compile(b"|".join(map(re.escape, values)))
    return marks.sub(lambda found: values[found[0]], body) if values else body  # at once: no value is filled in turn


def closed(message: Message) -> Message:
    """``message`` with nothing in it that reads as a slot, whatever its author wrote."""
    mark = SLOT.partition("{")[0]
    said = message.model_dump_json()
    return Message.model_validate_json(said.replace(mark, f"@ {mark[1:]}")) if mark in said else message


@dataclass(frozen=True)
class Broken:
    """A limit that a message breaks on a channel: which, by how much, where, and what to do."""

    limit: Limit
    actual: str
    where: str  # the field or the sentence
    advice: str  # Chinese, for the author
    advice_en: str = ""
    sentence: str = ""  # of the finished text, in which it breaks; empty where there is none in particular


class LimitsBroken(Exception):
    """The message cannot go out on this channel as it stands; carries every limit it breaks."""

    def __init__(self, broken: Sequence[Broken]) -> None:
        super().__init__("; ".join(f"{b.limit.name}: {b.actual} ({b.where})" for b in broken))
        self.broken = tuple(broken)


# -- what a step answers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Reached:
    """What became of a text at one recipient. It names nobody."""

    state: Outcome
    reference: str = ""  # the other side's own number for it
    cause: str = ""
    reported_at: datetime | None = None  # of a receipt: when the other side found out


Each = Mapping[int, Reached]  # by the recipient's place; said once of each, by the step that knows


@dataclass(frozen=True)
class NotYet:
    """Nothing was sent and nothing is wrong: what is due next is due at ``until``.

    Of a doubt: ``each`` is of whom it is over.
    """

    until: datetime
    why: str
    scratch: Mapping[str, Any] = field(default_factory=dict)
    each: Each = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """The step is finished; ``scratch`` is kept for the following ones.

    Of a doubt: it is over, and what is left of the part goes out.
    """

    scratch: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    each: Each = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """The other side took it. Final unless ``ask_again_at`` is set: then the next step is due at that time."""

    reference: str = ""  # the other side's own number for it
    ask_again_at: datetime | None = None
    scratch: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    each: Each = field(default_factory=dict)


@dataclass(frozen=True)
class Delivered:
    """It said, or we read back, that it arrived."""

    reference: str = ""
    scratch: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Pretended:
    """演练: this is what would have been sent."""

    note: str = ""


Answer = NotYet | Done | Accepted | Delivered | Pretended


class TryAgain(Exception):
    """It did not work now; the retry schedule decides when next. Surely not taken, or safe to repeat."""

    def __init__(self, cause: str, *, retry_after: float | None = None, throttled: bool = False) -> None:
        super().__init__(cause)
        self.retry_after = retry_after  # seconds, as the other side asked
        self.throttled = throttled  # 429, 502, 504, time-out: wait at least a minute


class Refused(Exception):
    """The other side will not have this message. ``final`` at once, else after three tries."""

    def __init__(self, cause: str, *, final: bool = False) -> None:
        super().__init__(cause)
        self.final = final


class Gone(Exception):
    """The endpoint is no more (410): it is disabled with this reason."""


class Unsure(Exception):
    """Sent, and the answer was never seen. What follows is decided by the channel's nature."""


class NeverFound(Unsure):
    """Likewise, and it was looked for in vain: unknown, a person decides."""


@dataclass(frozen=True)
class Compared:
    """One thing at an outlet: what it is, and how it differs; empty when it does not, None if it cannot be read."""

    what: str  # a subject, or a file's name
    difference: str | None


@dataclass(frozen=True)
class Agreed:
    """How one thing stands at an outlet that was agreed on with it before anything is sent."""

    level: str  # well | warning | wrong
    what: str


@dataclass(frozen=True)
class Ailing:
    """What a person must mend at an outlet although everything goes out: why, and since when it is known."""

    since: datetime
    why: str


# -- what a channel is handed ----------------------------------------------------------------------


class Blobs(Protocol):
    """Bytes by their SHA-256."""

    def get(self, sha256: str) -> bytes:
        """The bytes; ``KeyError`` when there are none."""


class Shared(Protocol):
    """A small key-value store shared by all workers (access tokens); a key can be held by one at a time."""

    def get(self, key: str) -> str | None:
        """The value, or None when there is none or it has expired."""

    def put(self, key: str, value: str, *, expires_at: datetime) -> None:
        """Keep ``value`` until ``expires_at``."""

    def hold(self, key: str) -> AbstractContextManager[bool]:
        """Hold the key alone; gives False when another worker holds it."""


class Http(Protocol):
    """The guarded client of ``channels.http``: no redirects, no private addresses, a total deadline."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> "HttpAnswer":
        """Send once. Raises ``TryAgain`` (never left), ``Unsure`` (left, no answer) or ``Refused`` (not allowed)."""

    def check(self, url: str) -> object:
        """Raises ``Refused`` when ``url`` will never be spoken to, as far as its text says."""
        return None


@dataclass(frozen=True)
class HttpAnswer:
    """What the other side answered, as much of the body as ``limit`` allowed."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    truncated: bool = False


@dataclass(frozen=True)
class Tools:
    """Everything a channel may use besides its options."""

    clock: Clock
    http: Http
    smtp: Smtp
    blobs: Blobs
    shared: Shared
    place: Path  # a folder of this endpoint's own, for channels that write files
    public_url: str  # of the installation, without a slash at the end
    secret: Callable[[str], str]  # a secret by its name in the endpoint's options; from environment or file


@dataclass(frozen=True)
class Recipient:
    """收件人: one person, by the place in the edition of the audience. The number is opened when it is asked for."""

    place: int
    opened: Callable[[], str] = field(repr=False, compare=False)
    reference: str = ""  # the other side's own number for what he was sent
    had_today: int = 0  # how often he was reached today, or may have been; counted where the channel has `daily_each`

    @property
    def number(self) -> str:
        """The number to send to: for the outlet alone, never for a log, an error or a page."""
        return self.opened()


@dataclass(frozen=True)
class Today:
    """The calendar day here on which a channel is asked to send, and what its endpoint has used of it."""

    begins: datetime
    ends: datetime
    spent: int = 0  # recipients that it reached on it, or may have reached, once for each message


@dataclass(frozen=True)
class Work:
    """One part of one delivery, as a channel is asked to send it."""

    delivery: str  # id
    key: str  # idempotency key: the same at every repeat
    endpoint: str  # id
    endpoint_sequence: int  # gapless over the endpoint
    message: Message
    supersedes: tuple[int, ...]  # sequences of the subject that this endpoint had before
    rendition: Rendition
    released_at: datetime  # the true instant of this message's release
    first_released_at: datetime  # of the subject's first version
    attempt: int  # from 1, over all its steps
    part: int = 0
    parts: int = 1
    recipients: tuple[Recipient, ...] = ()  # of this part: who are to have it and of whom the last word is not said
    doubted_since: datetime | None = None  # when a send began whose answer nobody saw, and which is to be looked up
    taken: bool = False  # it was accepted, and is asked about
    today: Today | None = None  # of what is to be sent by a channel with quotas; None: it is an emergency, or has none
    scratch: Mapping[str, Any] = field(default_factory=dict)


class Options(BaseModel):
    """Base of a channel's options: frozen, and an unknown key is an error that names the allowed ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(ABC):
    """One outlet's way of speaking. Subclass, name it ``Channel``, and fill the blanks."""

    name: ClassVar[str]
    nature: ClassVar[Nature]
    public: ClassVar[bool] = True  # anyone may read it: only scope `public` is let through
    leaves: ClassVar[bool] = True  # leaves the machine: pretended outside production
    writes_files: ClassVar[bool] = False  # its lane runs only where its place is
    hears_minor: ClassVar[bool] = True  # is told of minor corrections
    looks_up_after: ClassVar[timedelta | None] = None  # an irreversible one that can be asked: so long after a doubt
    words: tuple[str, ...] = ()  # of its templates, the same in all renditions, that hold figures (哪一件)
    audience: str | None = None  # whom it speaks to, by an endpoint's options; None: the outlet is the recipient
    ceiling: Decimal | None = None  # yuan that one message may cost unasked, by an endpoint's options
    hears_withdrawals: bool = True  # by an endpoint's options; what has still to go out is withdrawn there in any case
    daily: int | None = None  # recipients that an endpoint reaches on one day, by its options; emergencies all the same
    daily_each: int | None = None  # how often one is reached on one day by all of an office's endpoints of the channel
    supersedes: bool = True  # a newer message replaces one that still waits; an endpoint's options may differ
    Options: ClassVar[type[Options]] = Options

    def __init__(self, options: Any, tools: Tools) -> None:
        self.options = options
        self.tools = tools

    @property
    def edition(self) -> str:
        """Endpoints of one channel and edition share a rendition (poster: the paper size)."""
        return self.name

    @abstractmethod
    def render(self, message: Message) -> Rendition:
        """What this channel makes of ``message``; pure and byte-identical for equal input.

        Raises ``LimitsBroken`` with every hard limit of the channel that the message breaks.
        """

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """The files of ``rendition`` as they can be looked at where nothing of the outlet stands around them.

        ``attached`` has the version's attachments by their SHA-256.
        """
        return rendition.files

    @abstractmethod
    def next_step(self, work: Work) -> str | None:
        """The step that is due, judging by ``work.scratch``; None when nothing is left to do.

        A part ends by an answer (``Accepted``, ``Delivered``), never by None: one that is due and has no step waits
        for a person.
        """

    @abstractmethod
    def send(self, step: str, work: Work) -> Answer:
        """Do one step. Raises ``TryAgain``, ``Refused``, ``Gone`` or ``Unsure``."""

    def ready(self) -> None:
        """Raises ``Refused`` or ``TryAgain`` when it cannot send (a key is missing): then nothing is released."""
        return

    def warnings(self) -> Sequence[str]:
        """What had best be settled before anything goes out: it cannot be changed later."""
        return ()

    def agreed(self) -> Iterable[Agreed]:
        """What was agreed on with the outlet beforehand (texts it has reviewed), as it says it is now; never raises."""
        return ()

    def ails(self) -> Sequence[Ailing]:
        """What a person must mend there although everything goes out; asks nobody, and never raises."""
        return ()

    @staticmethod
    def new_secret() -> str | None:
        """A fresh secret for a new endpoint, kept under the name in its option ``secret``; None when it needs none."""
        return None

    def speaks_of(self, kind: str) -> bool:
        """Whether it has a form for new notices of this kind; where not, its ``render`` says why."""
        return True

    def price(self, rendition: Rendition, people: int) -> Decimal:
        """What it costs to send this to so many recipients, in yuan; told by the files alone, as the store has them."""
        return Decimal(0)

    def parts(self, recipients: int) -> int:
        """In how many parts of about one size a delivery to so many recipients goes; 1 for outlets without any."""
        return 1

    def read_back(self, work: Work) -> str | None:
        """What stands at the outlet now: empty when it matches the ledger, else the difference; None if unreadable."""
        return None

    def compare(self, works: Iterable[Work]) -> Iterator[Compared]:
        """Everything that stands at the outlet, each thing once; ``works`` are the newest of each subject there."""
        for work in works:
            yield Compared(work.message.subject, self.read_back(work))

    def rebuild(self, works: Iterable[Work]) -> int | None:
        """Write what stands here anew from ``works``, all that ever arrived, in order; how many.

        Others may send here meanwhile: ``works`` walked once more are those that arrived since the first time, and
        those that are under way, of which nobody knows how far they came. None where nothing of ours is written, and
        nothing was looked at.
        """
        return None


def load(name: str) -> type[Channel]:
    """The class of the channel ``name``: ``channels/<name>.py``, or ``channels/<name>/__init__.py``.

    Raises ``LookupError`` that names the channels there are.
    """
    if name not in names():
        raise LookupError(f"no channel {name!r}; there are: {', '.join(sorted(names()))}")
    found: type[Channel] = import_module(f"channels.{name}").Channel
    return found


def names() -> tuple[str, ...]:
    """Every channel of the program: the tables ``[channels.*]`` of ``config/channels.toml``."""
    return tuple(channel_tables())
