"""The vendors' files against the sandbox, with the guarded client in between and one driven clock for both sides."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.base import HttpAnswer
from channels.http import AllowEntry, Guarded
from channels.sms.aliyun import Aliyun
from channels.sms.key import Key
from channels.sms.tencent import Tencent
from channels.sms.vendor import Account, Text, Vendor
from config.clock import Clock, DrivenClock
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import SIGN, VALUES, register, secret

SECRET = "only-the-vendor-and-we"
NUMBER, OTHER, THIRD = "13912345678", "13887654321", "13711112222"
APP = "1400006666"
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # o'clock here
KINDS: dict[str, tuple[type[Vendor], str, str]] = {
    "aliyun": (Aliyun, "LTAI5tSandboxGongkai", "SMS_000001"),
    "tencent": (Tencent, "AKIDsandboxgongkai", "1001"),
}


@dataclass
class Office:
    """An office with an account at one vendor, and that vendor's fake."""

    server: Running
    name: str
    clock: DrivenClock

    @property
    def key(self) -> Key:
        """The account's."""
        return Key(KINDS[self.name][1], secret(self.server, self.name))

    def vendor(
        self, *, key: Key | None = None, total: float = 5, sign: str = SIGN, app: str = APP, origin: str = ""
    ) -> Vendor:
        """The vendor as the channel has it."""
        origin = origin or self.server.origin
        http = Guarded(clock=self.clock, allow=[AllowEntry(origin, "测试")], total=total)
        return KINDS[self.name][0](Account(key or self.key, sign, origin, app), http, self.clock)

    def text(self, mark: str = "d-1.0", **changes: str) -> Text:
        """What is sent."""
        values = VALUES | changes
        return Text(KINDS[self.name][2], tuple(values.items()), mark)

    def misbehave(self, **command: Any) -> None:
        """Tell the fake."""
        self.server.misbehave(partner=self.name, **command)


@contextmanager
def office(home: Path, name: str) -> Iterator[Office]:
    """It opens at nine."""
    clock = DrivenClock(NINE, file=home / "now")
    register(home)
    with running(home, clock=home / "now") as server:
        yield Office(server, name, clock)


@dataclass
class Scripted:
    """A client that is answered what the test says, and keeps what was asked."""

    answers: list[HttpAnswer | Exception]
    asked: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        """As the guarded client's."""
        self.asked.append((url, headers or {}, body or b""))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return HttpAnswer(answer.status, answer.headers, answer.body[:limit], len(answer.body) > limit)

    def check(self, url: str) -> object:
        """Everything may be spoken to."""
        return None


def said(found: Any, status: int = 200) -> HttpAnswer:
    """An answer: JSON, or bytes as they are."""
    return HttpAnswer(status, {}, found if isinstance(found, bytes) else json.dumps(found).encode())


def scripted(name: str, *answers: HttpAnswer | Exception, clock: Clock | None = None) -> tuple[Vendor, Scripted]:
    """A vendor's file with a vendor that says just that."""
    http = Scripted(list(answers))
    kind, key_id, _ = KINDS[name]
    account = Account(Key(key_id, SECRET), SIGN, app=APP)
    return kind(account, http, clock or DrivenClock(NINE)), http


def text(name: str, mark: str = "d-1.0") -> Text:
    """What is sent."""
    return Text(KINDS[name][2], tuple(VALUES.items()), mark)
