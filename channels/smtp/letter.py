"""What a mail server is asked for, and what it answers, as far as channels know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Tls(StrEnum):
    """How the connection is sealed."""

    IMPLICIT = "implicit"  # from the first byte (RFC 8314 §3.3)
    STARTTLS = "starttls"  # before anything of ours is said (RFC 3207); without it nothing is
    NONE = "none"  # not at all: only to what is on the allow-list


class Stage(StrEnum):
    """Where in the conversation an answer was given (RFC 5321 §3)."""

    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    END = "end"  # the whole mail is there, with the dot that ends it


@dataclass(frozen=True)
class Reply:
    """One answer (RFC 5321 §4.2): its code, 0 where it had none, and its words on lines of their own."""

    code: int
    text: str = ""


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in, and by whom; without a user nobody signs in."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """As the allow-list names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.tls is Tls.IMPLICIT else 'smtp'}://{host}:{self.port}"


@dataclass(frozen=True)
class Letter:
    """A mail with its envelope."""

    sender: str
    recipients: Sequence[str] = field(repr=False)
    message: bytes = field(repr=False)  # lines end with CR LF


@dataclass(frozen=True)
class SmtpAnswer:
    """How far a mail came, and what was said there; who of the recipients was not taken, by their places.

    Before ``Stage.END`` nobody has it.
    """

    stage: Stage
    reply: Reply
    refused: Mapping[int, Reply] = field(default_factory=dict)


class Smtp(Protocol):
    """The client: TLS as the server's table says, no private addresses, a total deadline."""

    def send(self, server: MailServer, letter: Letter) -> SmtpAnswer:
        """Hand it in once, to those recipients that are taken.

        Raises ``TryAgain`` (surely not taken), ``Unsure`` (the last dot may have left, no answer) or ``Refused`` (not
        allowed).
        """

    def check(self, server: MailServer) -> object:
        """Raises ``Refused`` when it will never be spoken to, as far as its text says."""
        return None
