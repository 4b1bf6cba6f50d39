"""The kind's own tables and lists, where the body does not say them already: as blocks of the body."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.kinds import Field, kinds
from notices.asked import why_shorter
from notices.notice import Version
from notices.text import Block, Heading, Listing, Paragraph, Run, Table, blocks, plain

HEADING = 1  # level: as the body's own


def unsaid(version: Version) -> Iterator[Block]:
    """A heading and a block for each field that holds more than a value and is not in the body; and why a window is
    shorter than the law wants, which must stand in the notice itself."""
    body, said = plain(version.body), blocks(version.body)
    if (why := why_shorter(version)) and why[1] not in body:
        yield Heading(HEADING, (Run(why[0]),))
        yield Paragraph((Run(why[1]),))
    for field in kinds()[version.kind].fields:
        value = version.fields.get(field.name)
        if field.type == "table" and value and not _is_in(made := _table(field, value), said):
            yield Heading(HEADING, (Run(field.label),))
            yield made
        elif field.type == "lines" and value and not all(str(line) in body for line in value):
            yield Heading(HEADING, (Run(field.label),))
            yield Listing(tuple((Paragraph((Run(str(line)),)),) for line in value))


def _table(field: Field, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The table without the columns that no row fills."""
    used = tuple(column for column in field.columns if any(row.get(column) for row in rows))
    head = tuple((Run(column),) for column in used)
    body = tuple(tuple(_cell(str(row.get(column, ""))) for column in used) for row in rows)
    return Table(head, body, ("",) * len(used))


def _is_in(table: Table, found: Sequence[Block]) -> bool:
    """Whether a table of the body has the same cells, however it is aligned."""
    return any(isinstance(one, Table) and _words(one) == _words(table) for one in found)


def _words(table: Table) -> list[list[str]]:
    return [["".join(run.text for run in cell) for cell in row] for row in (table.head, *table.rows)]


def _cell(text: str) -> tuple[Run, ...]:
    return (Run(text),) if text else ()
