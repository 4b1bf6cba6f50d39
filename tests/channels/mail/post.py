"""The channel of a list of addresses, with everything real in between."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from channels.base import Tools, Work
from channels.http import AllowEntry
from channels.mail import Channel
from channels.mail.options import MailOptions
from channels.smtp.client import GuardedSmtp
from channels.smtp.letter import Letter, MailServer, Smtp, SmtpAnswer
from config.clock import Clock, DrivenClock, SystemClock
from notices.notice import Message
from tests import factories
from tests.channels.webhook.partners import Nothing

SENDER = "gongkai@yunling.example"
TO = ("lixiao@yunling.example", "wang.wu@yunling.example", "zhao@yunling.example")
PASSWORD = "canary-Pass word"
OPTIONS: dict[str, Any] = {
    "server": "mail.yunling.example",
    "user": "gongkai",
    "secret": "mail",
    "sender": SENDER,
    "to": TO,
}


def channel(
    at: int | None = None,
    *,
    clock: Clock | None = None,
    known: Callable[[str], str] = lambda name: PASSWORD,
    total: float = 5,
    **options: Any,
) -> Channel:
    """The channel; with ``at`` its server is at that port here, without TLS and on the allow-list."""
    here = {} if at is None else {"server": "127.0.0.1", "port": at, "tls": "none"}
    clock = clock or SystemClock()
    listed = [] if at is None else [AllowEntry(f"smtp://127.0.0.1:{at}", "测试")]
    tools = Tools(
        clock=clock,
        http=Nothing(),
        smtp=GuardedSmtp(clock=clock, allow=listed, total=total),
        blobs=Nothing(),
        shared=Nothing(),
        place=Path("/nowhere"),
        public_url=factories.PUBLIC_URL,
        secret=known,
    )
    return Channel(MailOptions.model_validate(OPTIONS | here | options), tools)


class Told(Smtp):
    """A mail server that answers as it was told, one mail after another, and keeps what it was handed."""

    def __init__(self, *answers: SmtpAnswer) -> None:
        self.letters: list[Letter] = []
        self._answers = iter(answers)

    def send(self, server: MailServer, letter: Letter) -> SmtpAnswer:
        self.letters.append(letter)
        return next(self._answers)


def before(told: Told, **options: Any) -> Channel:
    """The channel whose server is ``told``."""
    one = channel(**options)
    one.tools = replace(one.tools, smtp=told, clock=DrivenClock())
    return one


def work(said: Message | None = None, **changes: Any) -> Work:
    """``said`` (default: a release), approved."""
    said = said or factories.message()
    return factories.work(said, channel().render(said), endpoint="ban", **changes)


def parsed(message: bytes) -> EmailMessage:
    """As the standard library reads it."""
    return message_from_bytes(message, policy=policy.default)
