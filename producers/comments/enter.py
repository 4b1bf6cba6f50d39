"""Enter comments that came otherwise than by the form: in time, and only written down later."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import select

from config.clock import SHANGHAI, wall
from config.comments import most
from config.messages import say
from notices.matter import Window
from notices.receipt_number import numbered
from producers.comments.table import Fault, Row, WrongRows, read_table
from producers.comments.written import visible
from producers.house import House
from producers.persons_key import seal_of
from streams.comments.comment import Person, Way, receipt_hash
from streams.comments.take import Entry, NoWindow, Said, alone, enter
from streams.seal import Seal
from streams.store.store import Tx
from streams.store.tables import comment
from streams.windows import window_of

OTHERWISE = (Way.MAIL, Way.LETTER, Way.PHONE, Way.VISIT)
COLUMNS = ("way", "received", "people", "name", "contact", "clause", "category")
_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]?(\d{1,2})[:：时](\d{1,2})(?:[:：分]\d{1,2})?[分秒]?)?"
)


@dataclass(frozen=True)
class Entered:
    """What entering a file came to: of each comment its line, its name, its text and its receipt number.

    The numbers follow from file and line by the key, as that of a form from the form: who could not write them down
    enters the same file again. Of one that was entered when they were drawn by lot, none is known any more.
    """

    comments: Sequence[tuple[int, str, str, str]]
    already: bool  # this very file was entered before; nothing was changed


@dataclass(frozen=True)
class Moment:
    """When something was received: to the minute, or the day alone."""

    day: date
    at: datetime | None


def enter_file(
    house: House, file: Path, office: str, number: str, *, received: Moment | None, way: Way | None, by: str
) -> Entered:
    """Enter every row of the table, or none. ``received`` and ``way`` are said of rows that do not say it themselves.

    Raises ``NoTable``, ``WrongRows``, ``NoWindow``, ``OSError``, or what ``seal_of`` raises.
    """
    needed = ["text", *(["received"] if received is None else []), *(["way"] if way is None else [])]
    rows = read_table(file, needed, COLUMNS)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:32]
    seal, keep = seal_of(house), house.configuration.comments.keep_days
    receipts = [_receipt(seal, f"{office}/{number}/{digest}/{row.line}") for row in rows]

    def act(tx: Tx) -> Entered:
        alone(tx, office, number)
        if there := _of_file(tx, office, number, digest):
            stood = [(f"{digest}:{row.line}", receipt_hash(seal, one)) for row, one in zip(rows, receipts, strict=True)]
            return Entered(_lines(rows, [there.get(one) for one in stood], receipts), already=True)
        window = window_of(tx.connection, office, number)
        if window is None:
            raise NoWindow(number)
        judged = [_judged(row, window, tx.clock.now(), office, number, received, way) for row in rows]
        if faults := [fault for _, _, found in judged for fault in found]:
            raise WrongRows(faults)
        entries = [
            Entry(said, at, receipt, f"{digest}:{row.line}")
            for row, receipt, (said, at, _) in zip(rows, receipts, judged, strict=True)
            if said is not None and at is not None  # as every row without a fault has
        ]
        names = enter(tx, seal, entries, of=digest, keep_days=keep, by=by)
        return Entered(_lines(rows, names, receipts), already=False)

    return house.store.write(act)


def _receipt(seal: Seal, of: str) -> str:
    return numbered(int(seal.blind(f"comment/entered/{of}"), 16))


def _of_file(tx: Tx, office: str, number: str, digest: str) -> dict[tuple[str, str], str]:
    """The names of what was entered from the file before, by line and hash of the receipt number."""
    mine = (comment.c.office == office, comment.c.dossier == number, comment.c.origin.startswith(f"{digest}:"))
    wanted = select(comment.c.origin, comment.c.receipt, comment.c.id).where(*mine)
    return {(row.origin, row.receipt): row.id for row in tx.connection.execute(wanted)}


def _lines(
    rows: Sequence[Row], names: Sequence[str | None], receipts: Sequence[str]
) -> tuple[tuple[int, str, str, str], ...]:
    every = zip(rows, names, receipts, strict=True)
    return tuple((row.line, name, row.cell("text"), receipt) for row, name, receipt in every if name is not None)


def moment(written: str) -> Moment | None:
    """2026-11-24, 2026年11月24日, either with a time behind; None for anything else."""
    found = _DAY.fullmatch(written.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        assert year and month and day  # noqa: PT018 - the pattern has them
        on = date(year, month, day)
        at = None if hour is None else datetime.combine(on, time(hour, minute or 0), SHANGHAI)
    except ValueError:
        return None
    return Moment(on, at)


def way_of(written: str) -> Way | None:
    """By its name in either language; None for what is no way, and for the form, which needs nobody to enter it."""
    for one in OTHERWISE:
        if written.strip().lower() in (one, say(f"comment.way_{one}", "zh"), say(f"comment.way_{one}", "en").lower()):
            return one
    return None


def received_at(told: Moment, window: Window) -> datetime:
    """The instant that is kept; of a day alone its beginning, but no earlier than the window's."""
    return told.at or max(datetime.combine(told.day, time(), SHANGHAI), window.opens_at)


def reason_out(told: Moment, window: Window, now: datetime) -> str:
    """Why what was received then is not to be entered: late | early | future; empty when it is in time."""
    if told.day > wall(now).date() or (told.at is not None and told.at > now):
        return "future"
    if told.at is not None:
        return "" if window.is_open(told.at) else "late" if told.at >= window.closes_at else "early"
    at = datetime.combine(told.day, time(), SHANGHAI)
    if at >= window.closes_at:
        return "late"
    return "early" if told.day < wall(window.opens_at).date() else ""


def _judged(
    row: Row, window: Window, now: datetime, office: str, number: str, received: Moment | None, way: Way | None
) -> tuple[Said | None, datetime | None, list[Fault]]:
    faults: list[Fault] = []

    def wrong(reason: str, **values: object) -> None:
        faults.append(Fault(row.line, reason, values))

    came = way_of(row.cell("way")) if row.cell("way") else way
    if came is None:
        wrong("way", given=row.cell("way"), ways="、".join(say(f"comment.way_{one}") for one in OTHERWISE))
    told = moment(row.cell("received")) if row.cell("received") else received
    if told is None:
        wrong("received", given=row.cell("received"))
    elif out := reason_out(told, window, now):
        wrong(out, given=row.cell("received") or told.day.isoformat(), until=f"{window.open_to.isoformat()} 24:00")
    if not row.cell("text"):
        wrong("text")
    bounds: Mapping[str, int] = {
        "text": most().text, "name": most().name, "contact": most().contact,
        "clause": most().clause, "category": most().clause,
    }  # fmt: skip
    for name, many in bounds.items():
        if len(row.cell(name)) > many:
            wrong("long", most=many, count=len(row.cell(name)))
        if row.cell(name) != visible(row.cell(name), lines=name == "text"):
            wrong("invisible")
    people = row.cell("people") or "1"
    if not re.fullmatch(r"[1-9]\d{0,4}", people, re.ASCII):
        wrong("people", given=people)
    if faults or came is None or told is None:
        return None, None, faults
    person = Person(row.cell("name"), row.cell("contact"))
    said = Said(office, number, row.cell("text"), person, came, int(people), row.cell("clause"), row.cell("category"))
    return said, received_at(told, window), []
