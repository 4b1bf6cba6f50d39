"""The catalogue by index number: of each year one page for every twenty serial numbers.

A page holds its numbers for ever, whether all of them are given or not and whenever they come, so the order is that
of the numbers and one publication still touches a fixed number of pages. (docs/decisions/0023-catalogue-by-number.md)
"""

from collections.abc import Iterator, Sequence
from typing import Any

from channels.shelf import Shelf
from channels.website.entry import SHARED, YEAR, Listed, listed
from channels.website.pages import CATALOGUE, PAGE, File
from channels.website.site import Site
from config.columns import path_of

SPAN = PAGE * SHARED  # positions a page


def years(site: Site, shelf: Shelf) -> File:
    """The years that have something."""
    found = [column.removeprefix(YEAR) for column in shelf.columns() if column.startswith(YEAR)]
    return "catalogue/index.html", _made(site, year="", number=0, years=sorted(found, reverse=True))


def touched(site: Site, shelf: Shelf, column: str, position: int) -> Iterator[File]:
    """The pages that show a year's item at ``position``, and those that lead to them."""
    number = _page_of(position)
    for other in _beside(shelf, column, number):
        if other:
            yield page(site, shelf, column, other)
    yield page(site, shelf, column, number)
    yield index(site, shelf, column)


def numbers(shelf: Shelf, column: str, after: int = 0) -> Iterator[int]:
    """The pages of a year that hold anything, behind ``after``: somebody's serial number may be of nine digits."""
    while after := _beside(shelf, column, after)[1]:
        yield after


def page(site: Site, shelf: Shelf, column: str, number: int) -> File:
    """The page ``number`` of a year, with the way to those beside it."""
    lower, higher = _beside(shelf, column, number)
    return _file(site, column, number, _items(shelf, column, number), lower, higher)


def index(site: Site, shelf: Shelf, column: str) -> File:
    """What a year shows first: the highest page, with the one before it."""
    highest = _page_of(shelf.count(column))
    before, _ = _beside(shelf, column, highest)
    items = [*_items(shelf, column, highest), *(_items(shelf, column, before) if before else [])]
    return _file(site, column, 0, items, _beside(shelf, column, before)[0] if before else 0, 0)


def _file(site: Site, column: str, number: int, items: Sequence[Listed], lower: int, higher: int) -> File:
    year = column.removeprefix(YEAR)
    folder = f"catalogue/{year}"
    body = _made(site, year=year, folder=folder, number=number, items=items, lower=lower, higher=higher)
    return page_file(column, number), body


def page_file(column: str, number: int) -> str:
    """The file of a page of a year; 0 is what the year shows first."""
    return f"catalogue/{column.removeprefix(YEAR)}/{number or 'index'}.html"


def _items(shelf: Shelf, column: str, number: int) -> list[Listed]:
    return [listed(item) for item in reversed(shelf.page(column, number, SPAN)) if item.listed]


def _beside(shelf: Shelf, column: str, number: int) -> tuple[int, int]:
    """The nearest pages with lower and with higher numbers; 0 for none."""
    lower, higher = shelf.beyond(column, (number - 1) * SPAN + 1, number * SPAN)
    return _page_of(lower), _page_of(higher)


def _page_of(position: int) -> int:
    return -(-position // SPAN)


def _made(site: Site, *, year: str, **values: Any) -> bytes:
    trail = (*path_of("disclosure"), *((CATALOGUE,) if year else ()))
    return site.page("catalogue.html", "catalogue/", column=CATALOGUE, year=year, trail=trail, **values)
