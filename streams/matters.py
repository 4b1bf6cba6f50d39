"""Matters as the store has them: a row each, and everything that was published under its number."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from notices.begins import DOSSIER
from notices.matter import Acts, Matter, Word
from notices.notice import Message, MessageKind, Office
from notices.patience import AT_ONCE, Patience
from streams.calendars import foreseen
from streams.store.store import Tx
from streams.store.tables import matter as table
from streams.store.tables import message, tie


class UnknownMatter(Exception):
    """No matter has this number at this office; the text is the number."""


def matter_of(connection: Connection, office: str, number: str, patience: Patience = AT_ONCE) -> Matter | None:
    """The matter as it stands; None when nobody opened one and nothing was published under the number.

    ``patience``: with which the public is told that a promised day passed; of no weight to who asks for nothing late.
    """
    row = row_of(connection, office, number)
    words = words_of(connection, office, number)
    if row is None and not words:
        return None
    name = row.name if row else words[0].version.fields.get("matter") or words[0].version.title
    acts = Acts.model_validate_json(row.acts) if row else Acts()
    return Matter(office, number, name, words, acts, patience)


def patience_of(connection: Connection, office: Office) -> Patience:
    """The office's, by its calendar of today."""
    return Patience(office.overdue_after, foreseen(connection, office.id))


def row_of(connection: Connection, office: str, number: str) -> "Row[Any] | None":
    """Its row."""
    return connection.execute(select(table).where(table.c.office == office, table.c.number == number)).first()


def words_of(connection: Connection, office: str, number: str) -> list[Word]:
    """Everything that was said of notices with this number, in the order in which it was."""
    mine = select(tie.c.subject).where(tie.c.to == number, tie.c.type == DOSSIER, tie.c.office == office)
    wanted = select(message.c.id, message.c.subject, message.c.released_at, message.c.content)
    wanted = wanted.where(message.c.subject.in_(mine), message.c.kind != MessageKind.MATTER)
    order = (message.c.released_at, message.c.subject, message.c.sequence)
    found = []
    for row in connection.execute(wanted.order_by(*order)):
        said = Message.model_validate_json(row.content)
        withdrawn = said.withdrawal.reason if said.withdrawal else None
        found.append(Word(row.id, row.subject, row.released_at, said.version, withdrawn))
    return found


def numbers_of(connection: Connection, notices: Sequence[str]) -> list[tuple[str, str]]:
    """Office and number of every matter that any text of ``notices`` named."""
    wanted = select(tie.c.office, tie.c.to).where(tie.c.subject.in_(notices), tie.c.type == DOSSIER).distinct()
    return sorted((row.office, row.to) for row in connection.execute(wanted))


def listed(connection: Connection, offices: Iterable[str]) -> "list[Row[Any]]":
    """The rows of all matters of ``offices``, the newest first."""
    wanted = select(table).where(table.c.office.in_(tuple(offices)))
    return list(connection.execute(wanted.order_by(table.c.opened_at.desc(), table.c.number)))


def next_open(connection: Connection, office: str, after: str) -> str | None:
    """The number of the office's first matter behind ``after`` that was not filed, in the store's own order."""
    wanted = select(table.c.number, table.c.acts).where(table.c.office == office, table.c.number > after)
    some = wanted.order_by(table.c.number).execution_options(yield_per=50)  # the rest of them is not read
    with connection.execute(some) as rows:
        return next((str(row.number) for row in rows if Acts.model_validate_json(row.acts).filed_at is None), None)


def keep(tx: Tx, office: str, number: str, *, name: str, section: str) -> None:
    """Have a row for it, unless it has one."""
    values = {"office": office, "number": number, "name": name, "section": section, "notice": None}
    acts = Acts().model_dump_json()
    tx.connection.execute(tx.insert_or_ignore(table), {**values, "opened_at": tx.clock.now(), "acts": acts})


def open_matter(tx: Tx, office: str, number: str, *, name: str, section: str) -> bool:
    """Begin it; False when there is one already."""
    if row_of(tx.connection, office, number) is not None:
        return False
    now = tx.clock.now()
    values = {"office": office, "number": number, "name": name, "section": section, "notice": None, "opened_at": now}
    tx.connection.execute(insert(table), {**values, "acts": Acts(started_at=now).model_dump_json()})
    return True


def change_acts(tx: Tx, office: str, number: str, **changes: object) -> Acts:
    """Note what somebody did about it. Raises ``UnknownMatter``."""
    row = hold(tx, office, number)
    if row is None:
        raise UnknownMatter(number)
    acts = Acts.model_validate({**Acts.model_validate_json(row.acts).model_dump(), **changes})
    of = (table.c.office == office, table.c.number == number)
    tx.connection.execute(update(table).where(*of).values(acts=acts.model_dump_json()))
    return acts


def hold(tx: Tx, office: str, number: str) -> "Row[Any] | None":
    """Its row, nobody else's until the transaction ends."""
    wanted = select(table).where(table.c.office == office, table.c.number == number)
    return tx.connection.execute(wanted.with_for_update()).first()
