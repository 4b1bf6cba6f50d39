"""Many notices, put straight into store, site and feed: copies of one that went the whole way.

Their pages are not written, nor are their texts copied along unless that is asked for: nothing that is published later
looks at them. What is looked at is there for each: every row and index of the store, every row of the shelves.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from channels.base import Outcome
from streams.store.store import Tx
from streams.store.tables import delivery, lane, part

RECENT = 300  # entries of the feed's shelf that stand in full: no feed of the benchmark shows more
LONG = 4_000  # characters of an entry; the site's are shorter

NAME = "'seed-' || n.i || '-' || o.{column}"
COPIES = {  # table → column → what a copy has there; the other columns are the original's
    "notice": {"id": NAME, "index_number": NAME},
    "version": {"notice": NAME, "digest": NAME, "content": "''"},
    "message": {"id": NAME, "subject": NAME, "content": "''"},
    "tie": {"message": NAME, "subject": NAME},
    "rendition": {"message": NAME},
    "event": {"position": "NULL", "id": NAME, "key": NAME, "body": "''"},
    "effect": {"event": NAME},
    "delivery": {"id": NAME, "message": NAME, "subject": NAME, "sequence": "o.sequence + n.i"},
    "part": {"delivery": NAME, "subject": NAME, "sequence": "o.sequence + n.i"},
    "attempt": {"id": "NULL", "delivery": NAME},
    "duty": {"id": NAME, "notice": NAME},
    "audit": {"number": "o.number + n.i * (SELECT count(*) FROM audit a WHERE a.office = o.office)", "subject": NAME},
}
PLACES = {  # a year of the catalogue has a hundred positions for each serial number
    "subject": NAME,
    "position": "CASE WHEN o.column_id LIKE 'year:%' THEN n.i * 100 + 1 ELSE n.i + 1 END",
}
ITEMS = {
    "subject": NAME,
    "ordinal": "n.i + 1",
    "entry": f"CASE WHEN n.i > {{count}} - {RECENT} OR length(o.entry) < {LONG} THEN o.entry ELSE '{{{{}}}}' END",
}


SEEDED = "seed-%"  # what every subject of a copy is like


def seed(home: Path, count: int, *, texts: bool = False) -> None:
    """Add so many copies of the one notice that was published in ``home``; with ``texts`` they can be sent again."""
    with closing(_opened(home / "gongkai.sqlite")) as store, store:
        copies = COPIES
        if texts:
            (number,) = store.execute("SELECT index_number FROM notice").fetchone()
            copies = COPIES | {"message": COPIES["message"] | {"content": _text(number)}}
        for table, columns in copies.items():
            _copy(store, table, columns, count)
        store.execute("UPDATE endpoint SET sequence = sequence + ?", (count,))
        store.execute("UPDATE offset SET position = (SELECT max(position) FROM event)")
    for shelf in (home / "outlets").glob("*/shelf.sqlite"):
        with closing(_opened(shelf)) as file, file:
            _copy(file, "item", ITEMS, count)
            _copy(file, "place", PLACES, count)


def send_again(tx: Tx, many: int, due: datetime) -> int:
    """Let the first so many copies wait in the lanes once more, as when all is republished; how many deliveries."""
    again = part.c.subject.like(SEEDED) & (part.c.sequence <= many)
    fresh = {"state": Outcome.PLANNED, "step": "", "tries": 0, "scratch": "{}", "due_at": due}
    found = tx.connection.execute(update(part).where(again).values(**fresh)).rowcount
    deliveries = select(part.c.delivery).where(again)
    settled = {"state": Outcome.PLANNED, "settled_at": None}
    tx.connection.execute(update(delivery).where(delivery.c.id.in_(deliveries)).values(**settled))
    tx.connection.execute(update(lane).where(lane.c.urgent.is_(False)).values(due_at=due))
    return int(found)


def waiting(connection: Connection) -> int:
    """How many of them still wait to be sent."""
    wanted = select(func.count()).where(part.c.subject.like(SEEDED), part.c.state == Outcome.PLANNED)
    return int(connection.execute(wanted).scalar_one())


def _text(number: str) -> str:
    """What a copy of the notice ``number`` says: the same under a name and an index number of its own."""
    own = f"'{number[:-5]}' || printf('%05d', n.i + 1)"
    named = f"replace(o.content, o.subject, {NAME.format(column='subject')})"
    return f"replace({named}, '{number}', {own})"


def _opened(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file)
    db.executescript("PRAGMA cache_size=-200000; PRAGMA synchronous=OFF")  # this is no publication
    return db


def _copy(db: sqlite3.Connection, table: str, columns: dict[str, str], count: int) -> None:
    """Every row of the original, once for each number."""
    names = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
    values = [columns.get(name, "o.{column}").format(column=f'"{name}"', count=count) for name in names]
    db.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        f' INSERT INTO "{table}" SELECT {", ".join(values)} FROM "{table}" o, n ORDER BY n.i'
    )
