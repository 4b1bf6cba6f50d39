"""The least that writes the same entries: lxml and json, one entry after another."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"


@dataclass(frozen=True)
class Entry:
    """What a reader sees."""

    id: str
    link: str
    title: str
    summary: str
    html: str
    tags: tuple[str, ...]
    published: str
    updated: str


def atom(entries: Sequence[Entry]) -> bytes:
    out = io.BytesIO()
    with etree.xmlfile(out, encoding="utf-8") as xml, xml.element("feed", nsmap={None: ATOM}):
        for one in entries:
            with xml.element("entry"):
                for name in ("id", "title", "summary", "published", "updated"):
                    with xml.element(name):
                        xml.write(getattr(one, name))
                xml.write(etree.Element("link", rel="alternate", type="text/html", href=one.link))
                for tag in one.tags:
                    xml.write(etree.Element("category", term=tag))
                with xml.element("content", type="html"):
                    xml.write(one.html)
    return out.getvalue()


def rss(entries: Sequence[Entry]) -> bytes:
    out = io.BytesIO()
    with etree.xmlfile(out, encoding="utf-8") as xml, xml.element("rss", version="2.0", nsmap={"content": CONTENT}):
        for one in entries:
            with xml.element("item"):
                fields = {"guid": one.id, "link": one.link, "title": one.title, "description": one.summary}
                fields |= {"pubDate": one.published, f"{{{CONTENT}}}encoded": one.html}
                for name, text in fields.items():
                    with xml.element(name):
                        xml.write(text)
    return out.getvalue()


def json_feed(entries: Sequence[Entry]) -> bytes:
    return json.dumps({"items": [vars(one) for one in entries]}, ensure_ascii=False).encode()
