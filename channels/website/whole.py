"""The whole site, piece by piece: for whoever writes it anew while others publish, and for whoever compares it.

A piece is named by what it is, not by how it was counted, so pieces are found again when the shelf has grown: whatever
came meanwhile wrote its own files. Each is made of the shelf as it is then. (docs/decisions/0021-static-site.md)
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from channels.shelf import ALL, Shelf
from channels.website import catalogue
from channels.website.entry import YEAR
from channels.website.pages import BLOCK, PAGE, File, Pages, block_file, list_file, pages, shard_file
from channels.website.site import attachment_file, notice_file
from config.columns import columns

SLICE = 40  # files that are written in one go: a fraction of a second, for others wait meanwhile
HEAVY = 20_000_000  # bytes likewise, where much is attached


class Of(IntEnum):
    """What a piece holds; in this order no link leads to what is not there yet."""

    STANDING = 1
    NOTICE = 2  # with all that is attached to it
    LIST = 3  # a numbered page of a column
    LIST_FIRST = 4
    YEAR = 5  # a numbered page of the catalogue
    YEAR_FIRST = 6
    BLOCK = 7
    REST = 8


class Piece(NamedTuple):
    """Some files of the site; ``number`` from 1."""

    of: int
    column: str
    number: int


BEGIN = Piece(0, "", 0)  # before every piece


def some(made: Pages, after: Piece) -> tuple[list[File], Piece | None]:
    """The next files behind ``after``, and the piece they end with; None when nothing is left."""
    files: list[File] = []
    size = 0
    for piece in pieces(made.shelf, after):
        more = list(files_of(made, piece))
        files += more
        size += sum(len(body) for _, body in more)
        enough = len(files) >= SLICE or size >= HEAVY
        full = piece.of == Of.BLOCK and made.shelf.count() >= piece.number * BLOCK  # takes as long as many pages
        if enough or full:
            return files, piece
    return files, None


def pieces(shelf: Shelf, after: Piece = BEGIN) -> Iterator[Piece]:
    """Every piece behind ``after``, in order."""
    for of, column in _kinds(shelf):
        if (of, column) >= after[:2]:
            behind = after.number if (of, column) == after[:2] else 0
            yield from (Piece(of, column, number) for number in _numbers(shelf, of, column, behind))


def files_of(made: Pages, piece: Piece) -> Iterator[File]:
    """The files of a piece."""
    of, column, number = piece
    match of:
        case Of.STANDING:
            yield from made.standing()
        case Of.NOTICE:
            for item in made.shelf.page(ALL, number, 1):
                yield from made.attachments(item)
                yield made.notice(item)
        case Of.LIST:
            yield made.page(column, number)
        case Of.LIST_FIRST:
            yield made.index(column)
        case Of.YEAR:
            yield catalogue.page(made.site, made.shelf, column, number)
        case Of.YEAR_FIRST:
            yield catalogue.index(made.site, made.shelf, column)
        case Of.BLOCK:
            yield made.block(number - 1)
            yield made.shard(number - 1)
        case _:
            yield from always(made)


def names_of(made: Pages, piece: Piece) -> Iterator[str]:
    """What the files of a piece are called, without making those that there are many of."""
    of, column, number = piece
    match of:
        case Of.NOTICE:
            for item in made.shelf.page(ALL, number, 1):
                yield notice_file(item.subject)
                yield from (attachment_file(item.subject, name) for name, _ in item.entry["attachments"])
        case Of.LIST:
            yield list_file(column, number)
        case Of.YEAR:
            yield catalogue.page_file(column, number)
        case Of.BLOCK:
            yield block_file(number - 1)
            yield shard_file(number - 1)
        case _:
            yield from (name for name, _ in files_of(made, piece))


def has_list(column: str) -> bool:
    """Whether a column of the shelf has a list of its own."""
    return column == ALL or column in columns()


def always(made: Pages) -> Iterator[File]:
    """What every publication may change."""
    yield catalogue.years(made.site, made.shelf)
    yield made.lookup()
    for column in columns().values():
        if column.holds == "columns":
            yield made.tree(column.id)
    yield from made.sitemap()
    yield made.home()


def _kinds(shelf: Shelf) -> Iterator[tuple[Of, str]]:
    """What there is of what, in the order of pieces."""
    held = shelf.columns()
    lists = [column for column in (ALL, *held) if has_list(column) and shelf.count(column)]
    years = [column for column in held if column.startswith(YEAR)]
    yield Of.STANDING, ""
    yield Of.NOTICE, ""
    yield from ((Of.LIST, column) for column in lists)
    yield from ((Of.LIST_FIRST, column) for column in lists)
    yield from ((Of.YEAR, column) for column in years)
    yield from ((Of.YEAR_FIRST, column) for column in years)
    yield Of.BLOCK, ""
    yield Of.REST, ""


def _numbers(shelf: Shelf, of: Of, column: str, behind: int) -> Iterable[int]:
    """The numbers of its pieces, higher than ``behind``."""
    match of:
        case Of.NOTICE:
            last = shelf.count()
        case Of.LIST:
            last = pages(shelf.count(column), PAGE)
        case Of.YEAR:
            return catalogue.numbers(shelf, column, behind)
        case Of.BLOCK:
            last = pages(shelf.count(), BLOCK, empty=False)
        case _:
            last = 1
    return range(behind + 1, last + 1)
