"""WeCom's robot interface, as strict as its documents (developer.work.weixin.qq.com/document/path/99110, 90455).

HTTP 200 whatever is wrong; ``errcode`` says it. The file of a robot is the witness: what the group was shown is in it
once for each time, and so is what was refused.
"""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.journal import Journal

PATH = "/cgi-bin/webhook/send"
PER_MINUTE = 20  # messages, each robot
LONGEST = {"text": 2_048, "markdown": 4_096, "markdown_v2": 4_096}  # bytes of a content
WORDS = {
    0: "ok",
    40008: "invalid message type",
    40058: "invalid Request Parameter",
    44004: "empty content",
    45009: "api freq out of limit",
    93000: "invalid webhook url",
}
MORE = "https://open.work.weixin.qq.com/devtool/query?e="


@dataclass(frozen=True)
class Said:
    """One line: when (ISO 8601), the answer, and what was said where it could be read."""

    at: str
    errcode: int
    errmsg: str
    msgtype: str = ""
    content: str = ""
    users: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()


class Refusal(Exception):
    """The interface answers this ``errcode``."""

    def __init__(self, code: int, more: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = f"{more}{WORDS.get(code, 'error')}"


class Group:
    """What was said in one group, kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._journal = Journal(file)
        self.lines = [_said(line) for line in self._journal.found]

    @property
    def shown(self) -> list[Said]:
        """What its members see, in order."""
        return [line for line in self.lines if line.errcode == 0]

    def say(self, body: bytes, now: datetime) -> Said:
        """Show a message, or refuse it; on disk when this returns."""
        try:
            message = read(body)
            if self._lately(now) >= PER_MINUTE:
                raise Refusal(45009)
        except Refusal as refusal:
            return self._write(Said(now.isoformat(), refusal.code, refusal.words))
        return self._write(Said(now.isoformat(), 0, WORDS[0], **message))

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def _lately(self, now: datetime) -> int:
        since = now - timedelta(minutes=1)
        return sum(datetime.fromisoformat(line.at) > since for line in self.shown[-PER_MINUTE:])

    def _write(self, line: Said) -> Said:
        self._journal.write([asdict(line)])
        self.lines.append(line)
        return line


def read(body: bytes) -> dict[str, Any]:
    """The message in ``body``, as the fields of a line. Raises ``Refusal``."""
    try:
        found: Any = json.loads(body.decode())
    except ValueError:
        raise Refusal(40008, "Warning: wrong json format. ") from None
    kind = found.get("msgtype") if isinstance(found, dict) else None
    if not isinstance(kind, str) or kind not in LONGEST:
        raise Refusal(40008)
    inner = found.get(kind)
    content = inner.get("content") if isinstance(inner, dict) else None
    if not isinstance(content, str) or not content:
        raise Refusal(44004)
    if len(content.encode()) > LONGEST[kind]:
        raise Refusal(40058, f"{kind}.content exceed max length {LONGEST[kind]}. ")
    lists = [inner.get(name, []) for name in ("mentioned_list", "mentioned_mobile_list")]
    if not all(isinstance(one, list) and all(isinstance(name, str) for name in one) for one in lists):
        raise Refusal(40058)
    users, mobiles = (tuple(one) if kind == "text" else () for one in lists)
    return {"msgtype": kind, "content": content, "users": users, "mobiles": mobiles}


def _said(line: dict[str, Any]) -> Said:
    """The line as it was written; JSON knows no tuples."""
    return Said(**{**line, "users": tuple(line["users"]), "mobiles": tuple(line["mobiles"])})


def answer(code: int, words: str, now: datetime) -> dict[str, Any]:
    """The body of an answer."""
    if code == 0:
        return {"errcode": 0, "errmsg": words}
    hint = f"{now.timestamp():.6f}".replace(".", "")
    return {"errcode": code, "errmsg": f"{words}, hint: [{hint}], from ip: 127.0.0.1, more info at {MORE}{code}"}


def new_key() -> str:
    """A key as they are."""
    return str(uuid.uuid4())
