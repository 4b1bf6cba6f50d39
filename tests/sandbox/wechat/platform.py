"""The sandbox's official account, spoken to as the documents have it, and told what is to happen."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from config.clock import DrivenClock
from tests.sandbox.process import running

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
APPID, TITLE = "wx0123456789abcdef", "云岭人社"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class _Read:
    """What was read of a journal so far."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    upto: int = 0  # bytes


@dataclass(frozen=True)
class Platform:
    """A running account; ``host`` stands for https://api.weixin.qq.com."""

    host: str
    home: Path
    clock: DrivenClock
    _read: _Read = field(default_factory=_Read)

    @property
    def secret(self) -> str:
        """AppSecret."""
        return (self.home / "secrets" / "wechat").read_text("utf-8").strip()

    def token(self, **more: Any) -> dict[str, Any]:
        """``stable_token``, with what is said changed."""
        said = {"grant_type": "client_credential", "appid": APPID, "secret": self.secret, **more}
        found: dict[str, Any] = requests.post(f"{self.host}/cgi-bin/stable_token", json=said, timeout=10).json()
        return found

    def call(self, interface: str, said: Any = None, *, token: str | None = None, **more: Any) -> dict[str, Any]:
        """Ask ``interface``: bytes are sent as a picture, anything else as JSON in real UTF-8."""
        params = {"access_token": self.token()["access_token"] if token is None else token, **more}
        address = f"{self.host}/cgi-bin/{interface}"
        if isinstance(said, bytes):
            answer = requests.post(address, params=params, files={"media": ("a.png", said)}, timeout=10)
        else:
            body = json.dumps(said or {}, ensure_ascii=False).encode()
            answer = requests.post(address, params=params, data=body, timeout=10)
        found: dict[str, Any] = answer.json()
        return found

    def misbehave(self, **command: Any) -> None:
        """Treat requests so from here on."""
        told = {"partner": "wechat", **command}
        requests.post(f"{self.host.removesuffix('/wechat')}/misbehave", json=told, timeout=10).raise_for_status()

    def happen(self, what: str, **values: Any) -> None:
        """Let it happen."""
        requests.post(f"{self.host}/happen", json={"what": what, **values}, timeout=10).raise_for_status()

    def journal(self) -> list[dict[str, Any]]:
        """The witness: everything that happened to the account, from its own file.

        It only grows: what was read before is not read again.
        """
        with (self.home / "wechat" / "journal.jsonl").open("rb") as file:
            file.seek(self._read.upto)
            whole, end, _ = file.read().rpartition(b"\n")
        new = whole + end
        self._read.entries += [json.loads(line) for line in new.splitlines()]
        self._read.upto += len(new)
        return self._read.entries

    def did(self, what: str) -> list[dict[str, Any]]:
        """The entries of one sort."""
        return [entry for entry in self.journal() if entry["did"] == what]

    def article(self, **changes: Any) -> dict[str, Any]:
        """A sound article, its cover uploaded."""
        cover = self.call("material/add_material", PNG, type="image")["media_id"]
        return {"title": "标题", "content": "<p>正文</p>", "thumb_media_id": cover, **changes}

    def draft(self, **changes: Any) -> dict[str, Any]:
        """What adding it says."""
        return self.call("draft/add", {"articles": [self.article(**changes)]})

    def publish(self, **changes: Any) -> str:
        """A published article's id."""
        submitted = self.call("freepublish/submit", {"media_id": self.draft(**changes)["media_id"]})
        self.clock.advance(3)
        return str(self.call("freepublish/get", {"publish_id": submitted["publish_id"]})["article_id"])


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    """A running account on a clock of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "now"
    clock = DrivenClock(NOW, file=file)
    with running(folder, clock=file, wechat=f"{APPID}={TITLE}") as found:
        yield Platform(f"{found.origin}/wechat", folder, clock)
