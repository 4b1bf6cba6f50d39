"""What a message's text ties its notice to: other notices by its relations, a matter by its number, an event
by its words."""

from sqlalchemy import Connection, select

from notices.begins import COMMON
from notices.notice import Message, MessageKind
from streams.store.store import Tx
from streams.store.tables import tie

LONGEST = 200  # characters: what is longer is no number, and too long for an index of PostgreSQL


def keep_ties(tx: Tx, said: Message) -> None:
    """Write down what ``said`` ties its notice to; a withdrawal ties it to nothing any more."""
    version = said.version
    found = {(str(one.type), one.notice) for one in version.relations if one.notice}
    for type_, field in COMMON.items():
        if (shared := version.fields.get(field)) and len(shared) <= LONGEST:
            found.add((type_, shared))
    if said.kind is not MessageKind.VERSION or not found:
        return
    of = {"message": said.id, "subject": said.subject, "kind": version.kind, "office": said.office.id}
    tx.connection.execute(tie.insert(), [{**of, "type": type_, "to": to} for type_, to in sorted(found)])


def tied_with(connection: Connection, notices: list[str]) -> set[str]:
    """``notices``, and those that any text of theirs ever was tied to."""
    found = set(notices)
    for row in connection.execute(select(tie.c.type, tie.c.to, tie.c.office).where(tie.c.subject.in_(notices))):
        if row.type not in COMMON:
            found.add(row.to)
            continue
        same = select(tie.c.subject).where(tie.c.to == row.to, tie.c.office == row.office, tie.c.type == row.type)
        found.update(connection.execute(same).scalars())
    return found
