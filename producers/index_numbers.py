"""Index numbers by the office's pattern: one notice's alone on the whole installation, whoever publishes at the same
time, and never used twice (索引号 never changes)."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from config.clock import wall
from notices.notice import Office
from streams.store.store import Tx
from streams.store.tables import index_counter, notice

_EVERY = "index numbers"  # held by whoever gives one, so that no two find it free


class IndexTaken(Exception):
    """The index number belongs to another notice, of whatever office."""


def likely(connection: Connection, office: Office, now: datetime) -> str:
    """The number that the next notice would get; not reserved."""
    year = wall(now).year
    serial = (
        connection.execute(
            select(index_counter.c.serial).where(index_counter.c.office == office.id, index_counter.c.year == year)
        ).scalar()
        or 0
    )
    number = written(office, year, serial + 1)
    while _is_taken(connection, number):
        serial += 1
        number = written(office, year, serial + 1)
    return number


def take(tx: Tx, office: Office, now: datetime) -> str:
    """The next number, reserved for good: given back or not, nobody else gets it."""
    tx.alone(_EVERY)
    year = wall(now).year
    tx.connection.execute(tx.insert_or_ignore(index_counter), {"office": office.id, "year": year, "serial": 0})
    while True:
        serial = tx.connection.execute(
            update(index_counter)
            .where(index_counter.c.office == office.id, index_counter.c.year == year)
            .values(serial=index_counter.c.serial + 1)
            .returning(index_counter.c.serial)
        ).scalar_one()
        number = written(office, year, serial)
        if not _is_taken(tx.connection, number):
            return number


def refuse_taken(tx: Tx, number: str) -> None:
    """Raises ``IndexTaken`` when a given number is another notice's."""
    tx.alone(_EVERY)
    if _is_taken(tx.connection, number):
        raise IndexTaken(number)


def written(office: Office, year: int, serial: int) -> str:
    """The number in the office's pattern."""
    return office.index_pattern.format(code=office.code, year=year, serial=serial)


def _is_taken(connection: Connection, number: str) -> bool:
    found = select(notice.c.id).where(notice.c.index_number == number)
    return connection.execute(found).first() is not None
