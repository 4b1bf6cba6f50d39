"""What became of comments, said singly or out of a table that was exported and filled in."""

from collections.abc import Iterator
from pathlib import Path

from config.comments import most
from config.messages import say
from producers.comments.table import Fault, Row, WrongRows, read_table
from producers.house import House
from streams.comments.comment import Comment, Disposition, comments_of
from streams.comments.handle import Decided, decide
from streams.store.store import Tx

EXPORTED = ("id", "way", "received", "text", "clause", "category", "disposition", "reason")
REASON = 1_000  # characters
FILLED = ("category", "clause")


def decide_file(house: House, file: Path, office: str, *, by: str) -> tuple[list[Decided], int]:
    """Say of every row that is filled in what became of it, or of none; and how many rows are not filled in.

    Raises ``NoTable``, ``WrongRows`` or ``OSError``.
    """
    rows = read_table(file, ("id", "disposition", "reason"), FILLED)
    filled = [row for row in rows if row.cell("disposition") or row.cell("reason")]

    def act(tx: Tx) -> list[Decided]:
        known = {one.id: one for one in comments_of(tx.connection, office)}
        seen: set[str] = set()
        if faults := [fault for row in filled for fault in _faults(row, known, seen)]:
            raise WrongRows(faults)
        said = [_decided(row) for row in filled]
        decide(tx, said, office=office, by=by)
        return said

    return house.store.write(act), len(rows) - len(filled)


def disposition_of(written: str) -> Disposition | None:
    """By its name in either language."""
    for one in Disposition:
        names = (one, say(f"comment.result_{one}", "zh"), say(f"comment.result_{one}", "en").lower())
        if written.strip().lower() in names:
            return one
    return None


def _faults(row: Row, known: "dict[str, Comment]", seen: "set[str]") -> Iterator[Fault]:
    name = row.cell("id")
    if name not in known:
        yield Fault(row.line, "unknown", {"given": name})
    elif not known[name].counts:
        yield Fault(row.line, "not_counting", {"given": name})
    if name in seen:
        yield Fault(row.line, "twice", {"given": name})
    seen.add(name)
    if disposition_of(row.cell("disposition")) is None:
        names = "、".join(say(f"comment.result_{one}") for one in Disposition)
        yield Fault(row.line, "disposition", {"given": row.cell("disposition"), "names": names})
    if not row.cell("reason"):
        yield Fault(row.line, "reason", {})
    for field, many in (("reason", REASON), ("category", most().clause), ("clause", most().clause)):
        if len(row.cell(field)) > many:
            yield Fault(row.line, "long", {"most": many, "count": len(row.cell(field))})


def _decided(row: Row) -> Decided:
    disposition = disposition_of(row.cell("disposition"))
    assert disposition is not None  # looked at before
    return Decided(row.cell("id"), disposition, row.cell("reason"), row.cell("category"), row.cell("clause"))
