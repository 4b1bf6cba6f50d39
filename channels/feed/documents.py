"""Whole feeds of a column's entries: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1. Equal entries make equal bytes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from channels.feed.entry import ATOM, ATOM_FIRST, TOMBSTONES, add
from channels.shelf import Item
from config.clock import wall

FORMS = ("atom", "rss", "json")  # endings of the files
GENERATOR = "Gongkai 公开"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Head:
    """What a feed says of itself. ``address`` lacks the format's ending; ``page`` is the same for people."""

    id: str
    title: str
    description: str
    author: str
    address: str
    page: str
    since: datetime  # when the first notice of all came; an empty feed is as old

    def updated(self, items: Sequence[Item]) -> datetime:
        """When something last changed in it."""
        return items[0].updated_at if items else self.since


def documents(head: Head, items: Sequence[Item], most: int) -> dict[str, bytes]:
    """The feed by its form. ``items`` come latest change first, none or as many as fit into ``most`` bytes."""
    return {"atom": _atom(head, items, most), "rss": _rss(head, items, most), "json": _json(head, items, most)}


def instant(moment: datetime) -> str:
    """As Atom and JSON Feed write it (RFC 3339), in Shanghai time."""
    return wall(moment).isoformat(timespec="seconds")


def rss_instant(moment: datetime) -> str:
    """As RSS writes it (RFC 822), in Shanghai time."""
    return format_datetime(wall(moment))


def _atom(head: Head, items: Sequence[Item], most: int) -> bytes:
    feed = etree.Element(f"{{{ATOM}}}feed", {LANGUAGE: "zh-CN"}, nsmap={**ATOM_FIRST, "at": TOMBSTONES})
    add(feed, "id", head.id)
    add(feed, "title", head.title)
    add(feed, "subtitle", head.description)
    add(feed, "updated", instant(head.updated(items)))
    add(add(feed, "author"), "name", head.author)
    add(feed, "link", rel="self", type="application/atom+xml", href=f"{head.address}.atom")
    add(feed, "link", rel="alternate", type="text/html", hreflang="zh-CN", href=head.page)
    add(feed, "generator", GENERATOR)
    before, after = _around(feed, "</feed>")
    fitting = _fitting(items, ("deleted.atom", "entry.atom"), most - len(before) - len(after))
    # RFC 4287's grammar has every extension before the first entry, tombstones too.
    tombstones = [item.entry["deleted.atom"] for item in fitting if "deleted.atom" in item.entry]
    return b"\n".join([before, *_bytes(tombstones), *_bytes(item.entry["entry.atom"] for item in fitting), after])


def _rss(head: Head, items: Sequence[Item], most: int) -> bytes:
    rss = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": ATOM})
    channel = add(rss, "channel")
    add(channel, "title", head.title)
    add(channel, "link", head.page)
    add(channel, "description", head.description)
    add(channel, "language", "zh-cn")
    add(channel, "lastBuildDate", rss_instant(head.updated(items)))
    add(channel, "generator", GENERATOR)
    add(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=f"{head.address}.rss")
    before, after = _around(rss, "</channel></rss>")
    fitting = _fitting(items, ("item.rss",), most - len(before) - len(after))
    return b"\n".join([before, *_bytes(item.entry["item.rss"] for item in fitting), after])


def _json(head: Head, items: Sequence[Item], most: int) -> bytes:
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "description": head.description,
        "home_page_url": head.page,
        "feed_url": f"{head.address}.json",
        "language": "zh-CN",
        "authors": [{"name": head.author}],
    }
    before = json.dumps(about, ensure_ascii=False).removesuffix("}").encode() + b', "items": [\n'
    after = b"\n]}\n"
    fitting = _fitting(items, ("item.json",), most - len(before) - len(after))
    return before + b",\n".join(_bytes(item.entry["item.json"] for item in fitting)) + after


def _around(root: etree._Element, end: str) -> tuple[bytes, bytes]:
    """The document of ``root`` before and after the place just inside its ``end``."""
    empty = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return empty.removesuffix(end.encode()), f"{end}\n".encode()


def _fitting(items: Sequence[Item], names: Sequence[str], most: int) -> list[Item]:
    """The first ``items`` whose fragments ``names`` fit into ``most`` bytes, each on its line; one in any case."""
    fitting: list[Item] = []
    for item in items:
        most -= sum(len(item.entry[name].encode()) + 2 for name in names if name in item.entry)
        if fitting and most < 0:
            break
        fitting.append(item)
    return fitting


def _bytes(fragments: Iterable[str]) -> Iterator[bytes]:
    return (fragment.encode() for fragment in fragments)
