"""The account: what it holds, made anew from its journal whenever it is opened."""

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from config.clock import Clock, wall
from sandbox.journal import Journal
from sandbox.outlet import Outlet, secret_of
from sandbox.wechat.faults import Fault

Entry = dict[str, Any]  # "did" names what happened, "at" says when (ISO 8601)

# Calls a day, each counted when it succeeds (API 调用次数限制); an account in the sandbox may be told others.
QUOTAS = {"draft": 1000, "submit": 100, "delete": 10, "mass": 1, "forced": 20}

CONFIRMED_IN = timedelta(minutes=30)  # 群发保护: without a yes until then nothing is sent
SENT_IN = timedelta(seconds=2)  # so long a push takes here

RUNNING, PUBLISHED, NOT_ORIGINAL, FAILED, REFUSED, DELETED, BANNED = 1, 0, 2, 3, 4, 5, 6


@dataclass
class Token:
    """An access token: good until ``ends_at``; ``fault`` is what it is answered with before that."""

    value: str
    ends_at: datetime
    fault: int = 0


@dataclass
class Draft:
    """草稿: one article that nobody can read yet."""

    media_id: str
    article: dict[str, Any]
    updated_at: datetime


@dataclass
class Publication:
    """发布任务, and the article that came of it."""

    publish_id: str
    media_id: str
    article: dict[str, Any]
    ends_at: datetime
    will_be: int  # the status it ends with
    status: int = RUNNING
    article_id: str = ""
    updated_at: datetime | None = None


@dataclass
class Push:
    """群发任务: an article on its way to every follower, each of whom is alerted."""

    msg_id: int
    clientmsgid: str
    article: dict[str, Any]
    at: datetime
    confirmed_at: datetime | None  # by an administrator, where the account is protected
    refused: bool = False
    deleted: bool = False

    def status(self, now: datetime) -> str:
        """As the platform names it."""
        if self.deleted:
            return "DELETE"
        if self.refused or (self.confirmed_at is None and now - self.at > CONFIRMED_IN):
            return "SEND_FAIL"
        if self.confirmed_at is None or now - self.confirmed_at < SENT_IN:
            return "SENDING"
        return "SEND_SUCCESS"


class Account(Outlet):
    """One official account, its journal and its pictures in the folder ``wechat`` of ``home``."""

    codes: ClassVar[str] = r"-?[0-9]+"
    interfaces: ClassVar[bool] = True

    def __init__(self, appid: str, title: str, home: Path, keys: Path, clock: Clock) -> None:
        super().__init__("wechat", title, secret_of(keys, "wechat", lambda: secrets.token_hex(16)))
        self.appid = appid
        self.clock = clock
        self.pictures = home / "wechat" / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.tokens: list[Token] = []  # the last one is the present one
        self.media: dict[str, str] = {}  # permanent pictures by their media_id: the name of the file
        self.inside: set[str] = set()  # pictures for the inside of articles, by the names of their files
        self.drafts: dict[str, Draft] = {}
        self.publications: dict[str, Publication] = {}
        self.pushes: dict[int, Push] = {}  # by msg_id
        self.is_protected = False  # 群发保护: an administrator confirms every push
        self.pushes_by_month = False  # as of a service account; a subscription account's are by day
        self.calls: Counter[tuple[str, str]] = Counter()  # by day and what was done
        self.quotas = dict(QUOTAS)
        self._journal = Journal(home / "wechat" / "journal.jsonl")
        self.entries: list[Entry] = self._journal.found  # everything that ever happened, in order
        for entry in self.entries:
            self._apply(entry)

    @property
    def secret(self) -> str:
        """AppSecret, read anew each time."""
        return self.secret_file.read_text("utf-8").strip()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def did(self, what: str, **values: Any) -> None:
        """Write down that ``what`` happened now, and let it have happened."""
        entry = {"at": self.clock.now().isoformat(), "did": what, **values}
        self._journal.write([entry])
        self.entries.append(entry)
        self._apply(entry)

    def spend(self, what: str) -> None:
        """Raises ``Fault`` when today's quota of ``what``, or this month's of pushes, is used up."""
        since = self.today[:7] if what == "mass" and self.pushes_by_month else self.today
        spent = sum(count for (day, did), count in self.calls.items() if did == what and day.startswith(since))
        if spent >= self.quotas[what]:
            raise Fault(45028 if what == "mass" else 45009)

    @property
    def today(self) -> str:
        """The day that quotas are counted by: they begin anew at midnight, Asia/Shanghai."""
        return wall(self.clock.now()).date().isoformat()

    def keep_picture(self, body: bytes, kind: str) -> str:
        """Keep a picture's bytes; the name of its file."""
        name = f"{hashlib.sha256(body).hexdigest()}.{kind}"
        (self.pictures / name).write_bytes(body)
        return name

    def settle(self) -> None:
        """End the publications whose time has come."""
        now = self.clock.now()
        for job in list(self.publications.values()):
            if job.status == RUNNING and job.ends_at <= now:
                made = {"article_id": secrets.token_urlsafe(24)} if job.will_be == PUBLISHED else {}
                self.did("ended", publish_id=job.publish_id, status=job.will_be, **made)

    def articles(self) -> list[Publication]:
        """What readers can open, the newest first."""
        shown = [job for job in self.publications.values() if job.status == PUBLISHED]
        return sorted(shown, key=lambda job: (job.updated_at, int(job.publish_id)), reverse=True)

    def unconfirmed(self) -> list[int]:
        """The pushes that an administrator can still say yes or no to."""
        now = self.clock.now()
        waiting = (push for push in self.pushes.values() if push.confirmed_at is None)
        return [push.msg_id for push in waiting if push.status(now) == "SENDING"]

    # -- what each kind of entry does ---------------------------------------------------------------

    def _apply(self, entry: Entry) -> None:
        at = datetime.fromisoformat(entry["at"])
        self.calls[wall(at).date().isoformat(), entry["did"]] += 1
        getattr(self, f"_{entry['did']}")(entry, at)

    def _token(self, entry: Entry, at: datetime) -> None:
        self.tokens.append(Token(entry["value"], at + timedelta(seconds=entry["seconds"])))

    def _forced(self, entry: Entry, at: datetime) -> None:
        self._invalidated(entry, at)

    def _invalidated(self, entry: Entry, at: datetime) -> None:
        for token in self.tokens:
            token.fault = token.fault or entry.get("fault", 40001)

    def _picture(self, entry: Entry, at: datetime) -> None:
        self.inside.add(entry["file"])

    def _material(self, entry: Entry, at: datetime) -> None:
        self.media[entry["media_id"]] = entry["file"]

    def _draft(self, entry: Entry, at: datetime) -> None:
        self.drafts[entry["media_id"]] = Draft(entry["media_id"], entry["article"], at)

    def _undraft(self, entry: Entry, at: datetime) -> None:
        del self.drafts[entry["media_id"]]

    def _submit(self, entry: Entry, at: datetime) -> None:
        draft = self.drafts[entry["media_id"]]
        if entry["hides"]:
            del self.drafts[entry["media_id"]]
        ends_at = at + timedelta(seconds=entry["seconds"])
        self.publications[entry["publish_id"]] = Publication(
            entry["publish_id"], entry["media_id"], draft.article, ends_at, entry["status"]
        )

    def _ended(self, entry: Entry, at: datetime) -> None:
        job = self.publications[entry["publish_id"]]
        job.status, job.updated_at, job.article_id = entry["status"], at, entry.get("article_id", "")
        if job.status == PUBLISHED:
            self.drafts.pop(job.media_id, None)
        else:  # it can be mended and published again
            self.drafts[job.media_id] = Draft(job.media_id, job.article, at)

    def _delete(self, entry: Entry, at: datetime) -> None:
        self._taken(entry["article_id"], DELETED)

    def _banned(self, entry: Entry, at: datetime) -> None:
        self._taken(entry["article_id"], BANNED)

    def _taken(self, article_id: str, status: int) -> None:
        for job in self.publications.values():
            if job.article_id == article_id:
                job.status = status

    def _mass(self, entry: Entry, at: datetime) -> None:
        confirmed = None if entry["protected"] else at
        push = Push(entry["msg_id"], entry["clientmsgid"], entry["article"], at, confirmed)
        self.pushes[push.msg_id] = push
        self.drafts.pop(entry["media_id"], None)

    def _confirmed(self, entry: Entry, at: datetime) -> None:
        self.pushes[entry["msg_id"]].confirmed_at = at

    def _unconfirmed(self, entry: Entry, at: datetime) -> None:
        self.pushes[entry["msg_id"]].refused = True

    def _unmass(self, entry: Entry, at: datetime) -> None:
        self.pushes[entry["msg_id"]].deleted = True
