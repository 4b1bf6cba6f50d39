"""Every page of the site that is derived from the shelf: lists, tree, look-up, home, sitemap."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any
from xml.sax.saxutils import escape

from channels.base import Blobs, fill
from channels.shelf import ALL, Item, Shelf
from channels.website.entry import URGENT, Listed, listed
from channels.website.site import Site, attachment_file, notice_file
from channels.website.slots import slots
from config.clock import wall
from config.columns import Column, columns, path_of

PAGE = 20  # notices a list page
BLOCK = 500  # notices a block of the look-up, and a shard of the sitemap
EVERYTHING = Column(
    id="all",
    name="全部公开件",
    name_en="Everything published",
    holds="notices",
    type="政府信息公开",
    keywords="政府信息公开",
    description="按发布时间列出，最近公开的在前。",
)
CATALOGUE = Column(
    id="catalogue",
    name="公开目录",
    name_en="Catalogue",
    holds="columns",
    type="政府信息公开目录",
    keywords="政府信息公开目录,索引号",
    description="每一件的索引号终身不变，按年份和索引号查找。",
)

File = tuple[str, bytes]


class Pages:
    """Makes the files of one site from its shelf. Nothing here writes."""

    def __init__(self, site: Site, shelf: Shelf, blobs: Blobs) -> None:
        self.site, self.shelf, self._blobs = site, shelf, blobs

    # -- notices -----------------------------------------------------------------------------------

    def notice(self, item: Item) -> File:
        """The page of a notice: the approved bytes with their slots filled."""
        return notice_file(item.subject), fill(self._blobs.get(item.rendition), slots(self.site, self.shelf, item))

    def attachments(self, item: Item) -> Iterator[File]:
        """The files beside it."""
        for name, sha256 in item.entry["attachments"]:
            yield attachment_file(item.subject, name), self._blobs.get(sha256)

    # -- lists ------------------------------------------------------------------------

    def index(self, column: str) -> File:
        """What a column shows first: its last page, with the full one before it while the last is not full."""
        last = pages(self.shelf.count(column), PAGE)
        items = chain.from_iterable(self._page(column, number) for number in (last, last - 1))
        return self._list(column, items=list(items), number=0, newer=0, older=max(last - 2, 0))

    def page(self, column: str, number: int) -> File:
        """Page ``number`` of a column, counted from the oldest: once full it changes only when an item of it does."""
        newer = number + 1 if self.shelf.count(column) >= number * PAGE else 0
        return self._list(column, items=self._page(column, number), number=number, newer=newer, older=number - 1)

    def _list(self, column: str, *, number: int, **values: Any) -> File:
        shown = columns()[column] if column else EVERYTHING
        trail = path_of(column)[:-1] if column else ()
        body = self.site.page("list.html", column=shown, folder=shown.id, number=number, trail=trail, **values)
        return list_file(column, number), body

    def _page(self, column: str, number: int) -> list[Listed]:
        return [listed(item) for item in reversed(self.shelf.page(column, number, PAGE)) if item.listed and number]

    # -- look-up and sitemap --------------------------------------------------------------------------

    def block(self, number: int) -> File:
        """``BLOCK`` notices for the look-up, oldest first; ``number`` from 0."""
        rows = [
            {
                "address": one.name,
                "title": one.title,
                "document_number": one.document_number,
                "index_number": one.index_number,
                "date": one.day,
                "column": one.column_name,
                "withdrawn": one.withdrawn,
                "corrected": one.corrected,
                "urgent": one.urgent,
                "ends_at": one.end.at.isoformat() if one.end else "",
                "ended": one.end.state if one.end else "",
                "shown_to": one.shown.at.isoformat() if one.shown else "",
                "shown": one.shown.state if one.shown else "",
            }
            for one in (listed(item) for item in self.shelf.page(ALL, number + 1, BLOCK) if item.listed)
        ]
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        return block_file(number), f"[\n{lines}\n]\n".encode()

    def lookup(self) -> File:
        """The page of the look-up; it says how many blocks there are."""
        blocks = pages(self.shelf.count(), BLOCK, empty=False)
        return "lookup/index.html", self.site.page("lookup.html", "lookup/", trail=(), blocks=blocks, size=BLOCK)

    def shard(self, number: int) -> File:
        """The sitemap of one block."""
        items = (item for item in self.shelf.page(ALL, number + 1, BLOCK) if item.listed)
        return shard_file(number), self._urls(
            (notice_file(item.subject), f"{wall(item.updated_at):%Y-%m-%d}") for item in items
        )

    def sitemap(self) -> Iterator[File]:
        """The index of sitemaps, and the one of pages that are not notices."""
        shards = [shard_file(n) for n in range(pages(self.shelf.count(), BLOCK, empty=False))]
        lines = [
            f"<sitemap><loc>{escape(self.site.address(name))}</loc></sitemap>"
            for name in ("sitemap/pages.xml", *shards)
        ]
        yield "sitemap.xml", _xml("sitemapindex", lines)
        names = ["", *(f"{column.id}/" for column in self._filled()), "all/", "catalogue/"]
        yield "sitemap/pages.xml", self._urls((name, "") for name in names)

    def _urls(self, entries: Iterator[tuple[str, str]]) -> bytes:
        lines = []
        for name, changed in entries:
            lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
            lines.append(f"<url><loc>{escape(self.site.address(name))}</loc>{lastmod}</url>")
        return _xml("urlset", lines)

    # -- tree and home ---------------------------------------------------------------------------------

    def tree(self, column: str) -> File:
        """A column that holds others: each with its newest; what is empty is not named."""
        shown = columns()[column]
        children = [child for child in self._filled() if child.parent == column]
        return f"{column}/index.html", self.site.page(
            "tree.html",
            f"{column}/",
            column=shown,
            trail=path_of(column)[:-1],
            children=[(child, self._newest(child.id, 5)) for child in children],
        )

    def home(self) -> File:
        """The front page."""
        cards = [(column, self._newest(column.id, 4)) for column in self._filled() if column.holds == "notices"]
        return "index.html", self.site.page(
            "home.html",
            "",
            urgent=[one for one in self._newest(URGENT, 3) if one.urgent and not one.ended],
            latest=self._newest(ALL, 12),
            cards=cards,
            doors=[(f"{column.id}/", column.name, column.description) for column in self._doors()]
            + [("catalogue/", CATALOGUE.name, CATALOGUE.description)],
        )

    def _newest(self, column: str, most: int) -> list[Listed]:
        return [listed(item) for item in self.shelf.newest(column, most)]

    def _doors(self) -> list[Column]:
        return [column for column in self._filled() if column.parent == "disclosure"]

    def _filled(self) -> list[Column]:
        """The columns that have something to show, in the order of the tree."""
        held = set(self.shelf.columns())
        parents = {columns()[column].parent for column in held if column in columns()}
        return [
            column
            for column in columns().values()
            if column.holds == "page" or column.id in held or column.id in parents or column.id == "disclosure"
        ]

    # -- pages of their own ------------------------------------------------------------------------------

    def standing(self) -> Iterator[File]:
        """What does not depend on any notice."""
        own = {"disclosure-guide": "guide.html", "disclosure-rules": "rules.html", "request": "request.html"}
        for id_, template in own.items():
            yield (
                f"{id_}/index.html",
                self.site.page(
                    template,
                    f"{id_}/",
                    column=columns()[id_],
                    trail=path_of(id_)[:-1],
                    topics=[column for column in columns().values() if column.holds == "notices"],
                ),
            )
        yield "404.html", self.site.page("missing.html")
        yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {self.site.address('sitemap.xml')}\n".encode()
        yield from assets()


def list_file(column: str, number: int) -> str:
    """The file of a page of a column's list; 0 is what the column shows first."""
    return f"{column or EVERYTHING.id}/{number or 'index'}.html"


def block_file(number: int) -> str:
    """The file of a block of the look-up."""
    return f"lookup/{number:03d}.json"


def shard_file(number: int) -> str:
    """The file of a block's sitemap."""
    return f"sitemap/{number:03d}.xml"


def pages(count: int, size: int, *, empty: bool = True) -> int:
    """How many pages ``count`` positions take; with ``empty`` a full last page has an empty one after it."""
    return count // size + 1 if empty else -(-count // size)


@cache
def assets() -> tuple[File, ...]:
    """Style, scripts and pictures."""
    found = (files("templates") / "website" / "assets").iterdir()
    return tuple(sorted((f"assets/{file.name}", file.read_bytes()) for file in found))


def _xml(root: str, lines: list[str]) -> bytes:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = "\n".join(lines)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">\n{body}\n</{root}>\n'.encode()
