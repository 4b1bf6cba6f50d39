"""The contract of an SMS vendor: send, ask what became of it, read what it posts to us.

One file for each vendor fills the blanks. No number and no secret is in a ``repr``, a cause or an exception.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from channels.base import Http, Refused, TryAgain
from channels.sms.key import Key
from channels.sms.registration import Syntax
from channels.sms.rules import NextDay, rules
from config.clock import Clock

LONGEST_MARK = 200  # characters; both vendors give back more than that


@dataclass(frozen=True)
class Account:
    """An office's account at a vendor, and the signature that its texts have."""

    key: Key
    sign: str  # without 【】
    origin: str = ""  # scheme://host[:port]; empty: the vendor's own. Another one only for a sandbox
    app: str = ""  # 腾讯云's SmsSdkAppId
    region: str = "ap-guangzhou"  # 腾讯云's


@dataclass(frozen=True)
class Text:
    """A registered text with its blanks filled."""

    template: str  # the vendor's code
    values: tuple[tuple[str, str], ...]  # (blank, value), in the order in which the blanks stand in the text
    mark: str  # ours: it comes back with what the vendor knows of the text

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a mark that a vendor would not give back as it is."""
        if not (1 <= len(self.mark) <= LONGEST_MARK and self.mark.isascii() and self.mark.isprintable()):
            raise ValueError(f"a mark is 1 to {LONGEST_MARK} characters of ASCII")


# -- what became of a number -----------------------------------------------------------------------


@dataclass(frozen=True)
class Took:
    """The vendor took the text for this number."""

    reference: str  # BizId, SerialNo


@dataclass(frozen=True)
class Rejected:
    """Surely nothing was sent to this number. Not ``final``: another try is worth it, in ``retry_after`` seconds."""

    cause: str
    final: bool
    retry_after: float | None = None
    elsewhere: bool = False  # another vendor may send it: neither the number nor what is said is at fault
    next_day: NextDay = NextDay.NONE  # which further tries wait for the day to end


@dataclass(frozen=True)
class Doubtful:
    """Nobody knows whether this number was sent to; the vendor's receipts may tell."""

    cause: str


Result = Took | Rejected | Doubtful


class Slower(TryAgain):
    """The vendor asks for slower sending: the account is well."""


class Unwanted(Refused):
    """The text is refused for what it says: no vendor is to be asked instead."""


class SomeNumber(Exception):
    """Surely nobody was sent to: the request was refused for the sake of one number that is not named."""


# -- what is known later ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """回执: what the carrier said of one text."""

    number: str = field(repr=False)  # eleven digits, or from elsewhere with a + and the country
    reference: str  # BizId, SerialNo
    arrived: bool
    code: str  # the carrier's or the vendor's own word
    at: datetime
    mark: str = ""  # empty where the vendor does not give it back


@dataclass(frozen=True)
class Reply:
    """上行: what the holder of a number answered."""

    number: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    sign: str = ""  # empty where the vendor does not say to which


class Malformed(Exception):
    """A body that was posted to us is not what the vendor's document says. Tells what is wrong, quoting nothing."""


class State(StrEnum):
    """How far the vendor's review is."""

    APPROVED = "approved"
    REVIEWING = "reviewing"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Registered:
    """A template as it is registered at the vendor."""

    text: str
    state: State
    reason: str = ""  # of a rejection, in the vendor's words


# -- the vendor ------------------------------------------------------------------------------------


class Vendor(ABC):
    """One vendor, spoken to in the name of one account."""

    name: ClassVar[str]  # of its file in config/sms
    home: ClassVar[str]  # its origin
    most: ClassVar[int]  # numbers in one request
    syntax: ClassVar[Syntax]  # of the variables in its templates
    whole: ClassVar[bool]  # a request is taken for all of its numbers or for none
    taken: ClassVar[bytes]  # JSON: the answer to a post of its, by which it counts as taken

    def __init__(
        self, account: Account, http: Http, clock: Clock, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._account = account
        self._origin = account.origin or self.home
        self._host = self._origin.partition("://")[2]
        self._http = http
        self._clock = clock
        self._nonce = nonce

    @property
    def patience(self) -> timedelta | None:
        """How long after a text its absence proves that it was not sent; None: it never does."""
        seconds = rules(self.name).patience
        return None if seconds is None else timedelta(seconds=seconds)

    def send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        """Have ``text`` sent to ``numbers``, each of them once, ``most`` at a time; the result of each, in order.

        Raises ``TryAgain`` when surely nothing was taken and a later try may do, ``Refused`` for a text that no number
        will get, ``Gone`` for an account that cannot send until a person acts, ``SomeNumber`` (more than one number
        only), and ``Unsure`` when nobody knows: it may have been sent to all of them.
        """
        if not 1 <= len(numbers) <= self.most or len(set(numbers)) < len(numbers):
            raise ValueError(f"1 to {self.most} numbers, each once")
        return self._send(numbers, text)

    @abstractmethod
    def _send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        """As ``send``, of numbers that were counted."""

    @abstractmethod
    def find(self, number: str, mark: str, since: datetime) -> bool | None:
        """Whether the vendor knows of a text with ``mark`` to ``number``, sent, if it was, at ``since``.

        False only when its absence proves that it was not sent; None: that cannot be told, or not yet. Raises
        ``TryAgain`` when the vendor cannot be asked.
        """

    @abstractmethod
    def receipt(self, number: str, reference: str, mark: str, since: datetime) -> Report | None:
        """What the vendor knows of the carrier's word on one text; None: nothing yet.

        By its ``reference``; by ``mark`` where that is empty, for its answer was never seen. Raises ``TryAgain``.
        """

    @abstractmethod
    def template(self, code: str) -> Registered | None:
        """The template as it is registered; None when there is none. Raises ``TryAgain``."""

    @abstractmethod
    def sign_state(self, name: str) -> State | None:
        """How far the review of a signature is; None when there is none. Raises ``TryAgain``."""

    @classmethod
    @abstractmethod
    def reports(cls, body: bytes) -> Sequence[Report]:
        """The receipts that the vendor posted. Raises ``Malformed``."""

    @classmethod
    @abstractmethod
    def replies(cls, body: bytes) -> Sequence[Reply]:
        """The replies that the vendor posted. Raises ``Malformed``."""
