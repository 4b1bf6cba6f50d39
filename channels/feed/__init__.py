"""订阅源: Atom, RSS 2.0 and JSON Feed of each column and of everything, as files that any web server serves.

A feed holds the latest changes, so the correction of an old notice reaches subscribers too. A withdrawn notice
stays in as an entry that says so, with a tombstone for readers that know them (docs/decisions/0012-feeds.md).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from channels import base
from channels.base import (
    Accepted,
    Answer,
    Broken,
    Compared,
    Delivered,
    File,
    LimitsBroken,
    Nature,
    Rendition,
    Slot,
    TryAgain,
    Work,
    fill,
)
from channels.columns import refuse_lost
from channels.feed.documents import FORMS, Head, documents, instant, rss_instant
from channels.feed.entry import entry, files
from channels.files import PUBLIC, rebuilding, remove, strangers, write, writing
from channels.reading import Written, ask_at, compare_files, difference
from channels.shelf import Item, Shelf, State, anew, opened, stands
from config.columns import columns
from config.kinds import kinds
from config.limits import limits
from config.messages import say
from notices.notice import Message

STATES = {"banner": State.WITHDRAWN, "gone": State.GONE, "redirect": State.REDIRECTED}


class FeedOptions(base.Options):
    """Options of a feed endpoint."""

    authority: str = Field("", pattern=r"^[a-z0-9.-]*$")  # the domain in ids; set it before the office's domain changes
    entries: int = Field(100, ge=1, le=2_000)
    size: int = Field(250_000, ge=210_000)  # bytes of a document


class Channel(base.Channel):
    """Feeds of one office: ``feeds/<column>.atom``, ``.rss`` and ``.json``, ``all`` for every column."""

    name = "feed"
    nature = Nature.STATE
    leaves = False
    writes_files = True
    Options: ClassVar[type[base.Options]] = FeedOptions
    options: FeedOptions

    @property
    def edition(self) -> str:
        return f"{self.name} {self.options.authority}".strip()

    @property
    def _authority(self) -> str:
        return self.options.authority or urlsplit(self.tools.public_url).hostname or "localhost"

    def ready(self) -> None:
        refuse_lost(self.tools.place)

    def warnings(self) -> Sequence[str]:
        if self.options.authority or urlsplit(self.tools.public_url).scheme == "https":
            return ()
        return (say("feed.no_authority", authority=self._authority),)

    def render(self, message: Message) -> Rendition:
        made = entry(message, self._authority)
        written = files(made)
        limit = limits(self.name)["entry"]
        size = max(len(file.body) for file in written)
        if size > limit.value:
            values = {"size": size, "most": limit.value}
            advice = (say("feed.entry_too_large", lang, **values) for lang in ("zh", "en"))
            raise LimitsBroken([Broken(limit, str(size), "正文", *advice)])
        return Rendition(written, text=made.text, used={limit.name: size})

    def next_step(self, work: Work) -> str | None:
        return "read back" if "asked" in work.scratch else "write"

    def send(self, step: str, work: Work) -> Answer:
        now = self.tools.clock.now()
        if step == "write" and self._write(work):
            return Accepted(ask_again_at=ask_at(0, now), scratch={"asked": 0})
        if self._is_overtaken(work):
            return Accepted(note=say("feed.overtaken"))
        if (found := self.read_back(work)) == "":
            return Delivered(reference=self._url("all.atom"))
        if found and self._is_missing(work):
            self._write(work)
            raise TryAgain(found)
        asked = work.scratch["asked"] + 1
        note = say("feed.unreadable", url=self._url("all.atom")) if found is None else found
        return Accepted(ask_again_at=ask_at(asked, now), scratch={"asked": asked}, note=note)

    def read_back(self, work: Work) -> str | None:
        subject = work.message.subject
        with opened(self.tools.place) as shelf:
            if unlike := _unlike(shelf, work):
                return unlike
            columns = shelf.places(subject)
        found = [self._difference(f"{column or 'all'}.{form}") for column in columns for form in FORMS]
        return None if None in found else "; ".join(filter(None, found))

    def compare(self, works: Iterable[Work]) -> Iterator[Compared]:
        with opened(self.tools.place) as shelf:
            for work in works:
                yield Compared(work.message.subject, _unlike(shelf, work))
        yield from compare_files(self.tools.http, self.tools.place, self._written)

    def rebuild(self, works: Iterable[Work]) -> int:
        place = self.tools.place
        with rebuilding(place), ExitStack() as held:
            with anew(place) as shelf:
                count, last = self._put_all(shelf, works)
                held.enter_context(writing(place))
                more, newest = self._put_all(shelf, filter(self._stands, works))  # what others have put there meanwhile
            with opened(place) as shelf:
                if said := newest or last:
                    self._write_feeds(shelf, _columns(), said)
            remove(place, list(strangers(place, {one.name for one in self._written()})))
        return count + more

    # -- writing -----------------------------------------------------------------------------------

    def _is_missing(self, work: Work) -> bool:
        """Whether its feeds were written anew just before the ledger had it, or from an old copy."""
        return not self._stands(work)

    def _is_overtaken(self, work: Work) -> bool:
        with opened(self.tools.place) as shelf:
            stands = shelf.get(work.message.subject)
        return stands is not None and stands.sequence > work.message.sequence

    def _write(self, work: Work) -> bool:
        """Put the message on the shelf, and write every feed it stands in from there; False when a newer one stands."""
        place, subject = self.tools.place, work.message.subject
        with writing(place), opened(place) as shelf:
            if not self._put(shelf, work):
                return False
            written = shelf.noted("columns") == " ".join(_columns())
            self._write_feeds(shelf, shelf.places(subject) if written else _columns(), work.message)
        return True

    def _stands(self, work: Work) -> bool:
        """Whether the shelf that readers' files are of has it already."""
        return stands(self.tools.place, work.message.subject, work.message.sequence)

    def _put_all(self, shelf: Shelf, works: Iterable[Work]) -> tuple[int, Message | None]:
        """Put every message on a shelf that nobody else writes to; how many, and the last."""
        count, last = 0, None
        with shelf.transaction():
            for count, last in enumerate(works, 1):  # noqa: B007 - counted to the last
                self._put(shelf, last)
        return count, last.message if last else None

    def _put(self, shelf: Shelf, work: Work) -> bool:
        with shelf.transaction():
            if shelf.noted("since") is None:
                shelf.note("since", work.released_at.isoformat())
            item = self._item(work, shelf.get(work.message.subject))
            return shelf.put(item, [kinds()[work.message.version.kind].column])

    def _write_feeds(self, shelf: Shelf, of: Iterable[str], message: Message) -> None:
        """The feeds of columns, as the shelf has them; ``message`` knows the office."""
        noted = shelf.noted("since")
        assert noted is not None  # with the first put
        since = datetime.fromisoformat(noted)
        feeds: dict[str, bytes] = {}
        for column in of:
            feeds |= self._feeds(column, message, shelf.updated(column, self.options.entries), since)
        with shelf.transaction():
            for name, body in feeds.items():
                shelf.note(name, _digest(body))
        write(self.tools.place, ((f"feeds/{name}", body) for name, body in feeds.items()))
        shelf.note("columns", " ".join(_columns()))  # what was written once, at least

    def _written(self, only: Collection[str] | None = None) -> Iterator[Written]:
        """Every file that should stand, whatever ``only`` names: there are few."""
        with opened(self.tools.place) as shelf:
            for name in (f"{column or 'all'}.{form}" for column in _columns() for form in FORMS):
                if (digest := shelf.noted(name)) is not None:
                    yield Written(f"feeds/{name}", self._url(name), digest)

    def _item(self, work: Work, stands: Item | None) -> Item:
        message, withdrawal = work.message, work.message.withdrawal
        # A minor correction moves nothing, provided that readers have had what it corrects.
        minor = message.is_correction and message.version.minor
        follows = stands is not None and stands.sequence + 1 == message.sequence
        updated = stands.updated_at if stands and minor and follows else work.released_at
        return Item(
            subject=message.subject,
            sequence=message.sequence,
            state=STATES[withdrawal.leaves] if withdrawal else State.SHOWN,
            first_released_at=work.first_released_at,
            updated_at=updated,
            rendition=work.rendition.sha256,
            entry={file.name: _filled(file, work.first_released_at, updated) for file in work.rendition.files},
        )

    def _feeds(self, column: str, message: Message, items: Sequence[Item], since: datetime) -> dict[str, bytes]:
        """The feeds of a column by the names of their files in ``feeds/``."""
        name, office = column or "all", message.office
        head = Head(
            id=f"tag:{self._authority},2026:{office.id}:{name}",
            title=f"{office.name} · {columns()[column].name if column else '全部公开件'}",
            description=columns()[column].description if column else f"{office.name}主动公开的政府信息，附更正和撤回。",
            author=office.name,
            address=self._url(name),
            page=f"{self.tools.public_url}/{name}/",
            since=since,
        )
        made = documents(head, items, most=self.options.size)
        return {f"{name}.{form}": body for form, body in made.items()}

    def _difference(self, name: str) -> str | None:
        """What the feed ``name`` shows otherwise than was written; empty when nothing, None when it cannot be read."""
        with opened(self.tools.place) as shelf:
            written = shelf.noted(name)
        file = self.tools.place / PUBLIC / "feeds" / name
        if not file.is_file() or _digest(body := file.read_bytes()) != written:
            return say("feed.changed_on_disk", file=file)
        return difference(self.tools.http, self._url(name), body)

    def _url(self, name: str) -> str:
        return f"{self.tools.public_url}/feeds/{name}"


def _columns() -> tuple[str, ...]:
    """Everything, and each column of notices: whoever subscribes to one finds its feed before its first notice."""
    return "", *(column.id for column in columns().values() if column.holds == "notices")


def _unlike(shelf: Shelf, work: Work) -> str:
    """How what the shelf holds of the subject differs from what was sent; a newer message may stand there."""
    subject, stands = work.message.subject, shelf.get(work.message.subject)
    if stands is None or stands.sequence < work.message.sequence:
        return say("feed.not_there", subject=subject)
    if stands.sequence == work.message.sequence and stands.rendition != work.rendition.sha256:
        return say("feed.other_text", subject=subject)
    return ""


def _filled(file: File, published: datetime, updated: datetime) -> str:
    written = rss_instant if file.name.endswith(".rss") else instant
    return fill(file.body, {Slot.PUBLISHED_AT: written(published), Slot.UPDATED_AT: written(updated)}).decode()


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()
