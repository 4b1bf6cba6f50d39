"""The shelf: what an endpoint that is read by address shows now, in one small SQLite file in its own place.

A state channel puts every message here first and writes its files from here, so a send that was killed is
simply repeated. One row a subject; an older sequence never takes the place of a newer one. A subject gets its
position in a column at its first put there, the next one or one by its rank, and keeps it for good, so pages that
are counted from the lowest never move. No put or look-up costs more because the shelf is long.
(docs/decisions/0020-shelf.md)
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from channels.files import sync

SHELF = "shelf.sqlite"  # its file in the endpoint's place
NO_RANKS: Mapping[str, int] = MappingProxyType({})
ALL = ""  # the column that every subject stands in; its position there is the subject's ordinal

SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    subject TEXT PRIMARY KEY, sequence INTEGER NOT NULL, state TEXT NOT NULL,
    first_released_at TEXT NOT NULL, updated_at TEXT NOT NULL, rendition TEXT NOT NULL, entry TEXT NOT NULL,
    ordinal INTEGER NOT NULL UNIQUE
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS place (
    column_id TEXT NOT NULL, position INTEGER NOT NULL, subject TEXT NOT NULL,
    present INTEGER NOT NULL, listed INTEGER NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (column_id, position)
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS place_of_subject ON place (subject, column_id);
CREATE INDEX IF NOT EXISTS place_listed ON place (column_id, listed, position);
CREATE INDEX IF NOT EXISTS place_updated ON place (column_id, present, updated_at, position);
CREATE TABLE IF NOT EXISTS tie (
    subject TEXT NOT NULL, target TEXT NOT NULL, type TEXT NOT NULL, present INTEGER NOT NULL,
    PRIMARY KEY (subject, target, type)
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS tie_to ON tie (target);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
"""

PLACED = "place CROSS JOIN item USING (subject) WHERE column_id = ?"  # CROSS: always walk place first


class State(StrEnum):
    """What stands at a subject's address."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"  # the page stays, under a banner
    GONE = "gone"  # only that it was taken away, and why
    REDIRECTED = "redirected"  # leads to the notice that took its place


@dataclass(frozen=True)
class Tie:
    """One subject's relation to another, as its own version states it; ``type`` is a ``RelationType``."""

    subject: str
    target: str
    type: str


@dataclass(frozen=True)
class Item:
    """One subject as the endpoint shows it. ``entry`` is the channel's own, JSON-able: what its lists need."""

    subject: str
    sequence: int
    state: State
    first_released_at: datetime
    updated_at: datetime
    rendition: str  # SHA-256 of the approved bytes, before slots are filled
    entry: Mapping[str, Any]
    ordinal: int = field(default=0, compare=False)  # given by the shelf at the first put

    @property
    def listed(self) -> bool:
        """Whether lists name it."""
        return self.state in (State.SHOWN, State.WITHDRAWN)


class Shelf:
    """An open shelf. Not to be shared between threads; open one a send (``opened``)."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, timeout=30, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'note'").fetchone():
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # -- writing -----------------------------------------------------------------------------------

    def put(
        self,
        item: Item,
        columns: Sequence[str] = (),
        ties: Sequence[tuple[str, str]] = (),
        ranks: Mapping[str, int] = NO_RANKS,
    ) -> bool:
        """Put ``item`` into ``columns``, related to others by ``ties`` (target, type), in one durable transaction.

        In a column of ``ranks`` it stands at the first free position from its rank on.

        True when the shelf now shows this sequence of the subject (put now or before); False when a newer one
        stands and nothing was changed.
        """
        with self.transaction():
            stands = self._db.execute("SELECT sequence FROM item WHERE subject = ?", (item.subject,)).fetchone()
            if stands is not None and stands[0] >= item.sequence:
                return bool(stands[0] == item.sequence)
            self._put_item(item)
            self._put_places(item, {column: ranks.get(column, 0) for column in (ALL, *columns)})
            self._db.execute("UPDATE tie SET present = 0 WHERE subject = ?", (item.subject,))
            self._db.executemany(
                "INSERT INTO tie VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET present = 1",
                [(item.subject, target, type_) for target, type_ in ties],
            )
            return True

    def _put_item(self, item: Item) -> None:
        self._db.execute(
            "INSERT INTO item VALUES (:subject, :sequence, :state, :first, :updated, :rendition, :entry, :ordinal)"
            " ON CONFLICT (subject) DO UPDATE SET sequence = :sequence, state = :state, updated_at = :updated,"
            " rendition = :rendition, entry = :entry",  # ordinal and date of first publication never change
            {
                "subject": item.subject,
                "sequence": item.sequence,
                "state": item.state,
                "first": _text(item.first_released_at),
                "updated": _text(item.updated_at),
                "rendition": item.rendition,
                "entry": json.dumps(dict(item.entry), ensure_ascii=False, sort_keys=True),
                "ordinal": self.count() + 1,
            },
        )

    def _put_places(self, item: Item, ranks: Mapping[str, int]) -> None:
        self._db.execute("UPDATE place SET present = 0, listed = 0 WHERE subject = ?", (item.subject,))
        self._db.executemany(
            "INSERT INTO place VALUES (:column, :position, :subject, 1, :listed, :updated)"
            " ON CONFLICT (subject, column_id) DO UPDATE SET present = 1, listed = :listed, updated_at = :updated",
            [
                {
                    "column": column,
                    "position": self._free(column, rank) if rank else self.count(column) + 1,
                    "subject": item.subject,
                    "listed": item.listed,
                    "updated": _text(item.updated_at),
                }
                for column, rank in ranks.items()
            ],
        )

    def _free(self, column: str, rank: int) -> int:
        """The first free position of ``column`` from ``rank`` on."""
        row = self._db.execute(
            "SELECT position + 1 FROM (SELECT ?2 - 1 AS position"
            " UNION ALL SELECT position FROM place WHERE column_id = ?1 AND position >= ?2) AS taken"
            " WHERE NOT EXISTS (SELECT 1 FROM place WHERE column_id = ?1 AND position = taken.position + 1) LIMIT 1",
            (column, rank),
        )
        return int(row.fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is one durable transaction, or nothing of it is."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def note(self, name: str, value: str) -> None:
        """Keep a short note of the channel's own."""
        self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def forget(self, name: str) -> None:
        """Keep a note no longer."""
        self._db.execute("DELETE FROM note WHERE name = ?", (name,))

    # -- reading -----------------------------------------------------------------------------------

    def get(self, subject: str) -> Item | None:
        """What stands for ``subject``; None when it was never put."""
        return self._one("item WHERE subject = ?", subject)

    def count(self, column: str = ALL) -> int:
        """The highest position that ``column`` has given out; without ranks, how many."""
        row = self._db.execute("SELECT coalesce(max(position), 0) FROM place WHERE column_id = ?", (column,))
        return int(row.fetchone()[0])

    def page(self, column: str, number: int, size: int) -> list[Item]:
        """Page ``number`` (from 1, counted from the lowest) of ``size`` positions, lowest first, in any state."""
        return self._items(
            f"{PLACED} AND present = 1 AND position BETWEEN ? AND ? ORDER BY position",
            column,
            (number - 1) * size + 1,
            number * size,
        )

    def newest(self, column: str, most: int) -> list[Item]:
        """The last ``most`` listed items that came to ``column``, newest first."""
        return self._items(f"{PLACED} AND listed = 1 ORDER BY position DESC LIMIT ?", column, most)

    def updated(self, column: str, most: int) -> list[Item]:
        """The ``most`` items of ``column`` that changed last, in any state, latest change first."""
        return self._items(
            f"{PLACED} AND present = 1 ORDER BY place.updated_at DESC, position DESC LIMIT ?", column, most
        )

    def around(self, subject: str, column: str = ALL) -> tuple[Item | None, Item | None]:
        """The nearest listed items before and after ``subject``'s position in ``column``."""
        position = self.places(subject).get(column)
        if position is None:
            return None, None
        return (
            self._one(f"{PLACED} AND listed = 1 AND position < ? ORDER BY position DESC LIMIT 1", column, position),
            self._one(f"{PLACED} AND listed = 1 AND position > ? ORDER BY position LIMIT 1", column, position),
        )

    def beyond(self, column: str, first: int, last: int) -> tuple[int, int]:
        """The nearest positions given out below ``first`` and above ``last``; 0 for none."""
        row = self._db.execute(
            "SELECT (SELECT max(position) FROM place WHERE column_id = ?1 AND position < ?2),"
            " (SELECT min(position) FROM place WHERE column_id = ?1 AND position > ?3)",
            (column, first, last),
        )
        below, above = row.fetchone()
        return below or 0, above or 0

    def places(self, subject: str) -> dict[str, int]:
        """Every column that ``subject`` ever stood in, with its position there."""
        return dict(self._db.execute("SELECT column_id, position FROM place WHERE subject = ?", (subject,)))

    def columns(self) -> tuple[str, ...]:
        """Every column that ever held something, without ``ALL``."""
        rows = self._db.execute(
            "WITH RECURSIVE c(id) AS (SELECT min(column_id) FROM place WHERE column_id > ''"
            " UNION ALL SELECT (SELECT min(column_id) FROM place WHERE column_id > c.id) FROM c WHERE c.id IS NOT NULL)"
            " SELECT id FROM c WHERE id IS NOT NULL"
        )
        return tuple(row[0] for row in rows)

    def ties_from(self, subject: str, *, ever: bool = False) -> list[Tie]:
        """What ``subject`` says it relates to; with ``ever`` also what an earlier version of it said."""
        return self._ties("subject = ?", subject, ever)

    def ties_to(self, subject: str, *, ever: bool = False) -> list[Tie]:
        """Who says to relate to ``subject``."""
        return self._ties("target = ?", subject, ever)

    def noted(self, name: str) -> str | None:
        """A note; None when there is none."""
        row = self._db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def _ties(self, where: str, subject: str, ever: bool) -> list[Tie]:
        rows = self._db.execute(
            f"SELECT subject, target, type FROM tie WHERE {where} AND present >= ? ORDER BY subject, target, type",  # noqa: S608 - both forms stand above
            (subject, 0 if ever else 1),
        )
        return [Tie(*row) for row in rows]

    def _one(self, source: str, *values: object) -> Item | None:
        found = self._items(source, *values)
        return found[0] if found else None

    def _items(self, source: str, *values: object) -> list[Item]:
        return [
            Item(
                subject=subject,
                sequence=sequence,
                state=State(state),
                first_released_at=datetime.fromisoformat(first),
                updated_at=datetime.fromisoformat(updated),
                rendition=rendition,
                entry=json.loads(entry),
                ordinal=ordinal,
            )
            for subject, sequence, state, first, updated, rendition, entry, ordinal in self._db.execute(
                f"SELECT item.* FROM {source}",  # noqa: S608 - every source is a literal of this class
                values,
            )
        ]


def _text(instant: datetime) -> str:
    """Fixed width and in UTC, so that text order is the order of time."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


class ShelfUnavailable(OSError):
    """The disk would not let the shelf be read or written: full, read-only, gone. Nothing of it was changed."""


@contextmanager
def opened(place: Path) -> Iterator[Shelf]:
    """The shelf of an endpoint's ``place``, made when it is not there, closed at the end.

    Raises ``ShelfUnavailable``, at any time until then.
    """
    place.mkdir(parents=True, exist_ok=True)
    try:
        with closing(Shelf(place / SHELF)) as shelf:
            yield shelf
    except sqlite3.OperationalError as error:
        raise ShelfUnavailable(str(error)) from error


def stands(place: Path, subject: str, sequence: int) -> bool:
    """Whether the shelf of ``place`` shows this sequence of the subject or a newer one; a broken one shows nothing."""
    try:
        with opened(place) as shelf:
            found = shelf.get(subject)
    except (ShelfUnavailable, sqlite3.DatabaseError):
        return False
    return found is not None and found.sequence >= sequence


@contextmanager
def anew(place: Path) -> Iterator[Shelf]:
    """An empty shelf that takes the place of ``place``'s own at the end, if nothing is raised.

    Be the one who is ``rebuilding``; at the end hold ``writing``.
    """
    beside = place / f"new-{SHELF}"
    for rest in ("", "-wal", "-shm"):
        beside.with_name(beside.name + rest).unlink(missing_ok=True)
    with closing(Shelf(beside)) as shelf:  # closing it puts its log into its file
        yield shelf
    with suppress(sqlite3.DatabaseError), closing(Shelf(place / SHELF)):
        pass  # as with the old one's: a death before the new one has the name must not cost the old one its last items
    for rest in ("-wal", "-shm"):  # what is left of a broken one would be taken for the new one's
        (place / f"{SHELF}{rest}").unlink(missing_ok=True)
    beside.replace(place / SHELF)
    sync(place)
