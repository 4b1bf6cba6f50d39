"""One message as an entry of each format: the bytes that are approved, put into every feed as they stand."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from lxml import etree
from lxml.etree import _Element
from markupsafe import Markup

from channels.base import SLOT, File, Slot
from config.clock import wall
from config.kinds import kinds
from notices.asked import why_shorter
from notices.notice import Attachment, Message
from notices.text import html

ATOM = "http://www.w3.org/2005/Atom"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

ATOM_FIRST: dict[str, str] = {None: ATOM}  # type: ignore[dict-item]  # the stubs know no default namespace
MARK = SLOT.split("{")[0]  # how the mark of a slot begins
WORD_JOINER = "\u2060"  # nobody sees it
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


@dataclass(frozen=True)
class Entry:
    """What a reader of a feed sees of a message."""

    id: str
    title: str
    summary: str
    tags: tuple[str, ...]
    html: str
    message: Message

    @property
    def text(self) -> str:
        """Every word of it, a piece a line."""
        words = etree.fromstring(self.html, etree.HTMLParser(encoding="utf-8")).itertext()
        return "\n".join([self.title, self.summary, *self.tags, *filter(str.strip, words)])


def entry(message: Message, authority: str) -> Entry:
    """The entry of ``message``, its id minted under ``authority``."""
    version, withdrawal = message.version, message.withdrawal
    wording = version.wording.get("feed", {})
    title, summary = wording.get("title", version.title), wording.get("summary", version.summary)
    tags = (kinds()[version.kind].name, *version.keywords)
    if withdrawal:
        title, summary = f"【已撤回】{title}", withdrawal.reason
        if withdrawal.leaves != "banner":  # what was taken away is not named any more
            title, tags = f"【已撤回】{version.index_number}", tags[:1]
    elif version.public_note:
        summary = f"【更正】{version.public_note} {summary}"
    return Entry(
        id=tag(authority, message.subject),
        title=_clean(title),
        summary=_clean(summary),
        tags=tuple(map(_clean, tags)),
        html=_clean(_content(message)),
        message=message,
    )


def tag(authority: str, notice: str) -> str:
    """The id of a notice's entry (RFC 4151): the same for every version and in every format."""
    return f"tag:{authority},{notice[:4]}-{notice[4:6]}:{notice}"


def files(entry: Entry) -> tuple[File, ...]:
    """The entry in the three formats; of a withdrawal the tombstone (RFC 6721) besides."""
    made = [
        File("entry.atom", "application/atom+xml;type=entry", etree.tostring(_atom(entry), encoding="utf-8")),
        File("item.rss", "application/rss+xml", etree.tostring(_rss(entry), encoding="utf-8")),
        File("item.json", "application/feed+json", _json(entry)),
    ]
    if entry.message.withdrawal:
        made.append(File("deleted.atom", "application/atom+xml", etree.tostring(_tombstone(entry), encoding="utf-8")))
    return tuple(made)


def _content(message: Message) -> str:
    version, withdrawal = message.version, message.withdrawal
    highlights = (version.fact(name) for name in kinds()[version.kind].highlights)
    particulars = [
        ("索引号", version.index_number),
        ("文号", version.document_number),
        ("发布机构", message.office.name),
        *((fact.label, fact.forms[0]) for fact in highlights if fact),
        *filter(None, [why_shorter(version)]),
        ("咨询电话", version.phone),
    ]
    addresses = {attachment.name: _address(message, attachment) for attachment in version.attachments}
    body = Markup(html(version.body, attachments=addresses))  # noqa: S704 - notices.text escapes
    return _template().render(
        address=message.address,
        attachments=addresses,
        body=body,
        note=version.public_note,
        particulars=[(label, value) for label, value in particulars if value],
        withdrawal=withdrawal,
        withdrawn_on=f"{wall(withdrawal.at):%Y年%-m月%-d日}" if withdrawal else "",
    )


@cache
def _template() -> Template:
    return Environment(
        loader=PackageLoader("templates", "feed"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("content.html")


def add(parent: _Element, name: str, text: str = "", **attributes: str) -> _Element:
    """A new last child of ``parent``, in the parent's namespace unless ``name`` has its own."""
    if not name.startswith("{") and (namespace := etree.QName(parent).namespace):
        name = f"{{{namespace}}}{name}"
    child = etree.SubElement(parent, name, attributes)
    child.text = text or None
    return child


def _atom(entry: Entry) -> _Element:
    message = entry.message
    atom = etree.Element(f"{{{ATOM}}}entry", nsmap=ATOM_FIRST)
    add(atom, "id", entry.id)
    add(atom, "title", entry.title)
    add(atom, "updated", Slot.UPDATED_AT.mark)
    add(atom, "published", Slot.PUBLISHED_AT.mark)
    add(add(atom, "author"), "name", message.office.name)
    add(atom, "link", rel="alternate", type="text/html", hreflang="zh-CN", href=message.address)
    for term in entry.tags:
        add(atom, "category", term=term)
    for name, href, media_type, size in _attached(message):
        add(atom, "link", rel="enclosure", type=media_type, length=str(size), title=name, href=href)
    add(atom, "summary", entry.summary)
    add(atom, "content", entry.html, type="html")
    return atom


def _tombstone(entry: Entry) -> _Element:
    deleted = etree.Element(f"{{{TOMBSTONES}}}deleted-entry", nsmap={**ATOM_FIRST, "at": TOMBSTONES})
    deleted.attrib.update({"ref": entry.id, "when": Slot.UPDATED_AT.mark})
    add(add(deleted, "by"), f"{{{ATOM}}}name", entry.message.office.name)
    add(deleted, "comment", entry.summary)
    add(deleted, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=entry.message.address)
    return deleted


def _rss(entry: Entry) -> _Element:
    message = entry.message
    rss = etree.Element("item", nsmap={"content": CONTENT, "dc": DUBLIN_CORE})
    add(rss, "title", entry.title)
    add(rss, "link", message.address)
    add(rss, "guid", entry.id, isPermaLink="false")
    add(rss, "pubDate", Slot.PUBLISHED_AT.mark)
    add(rss, f"{{{DUBLIN_CORE}}}creator", message.office.name)
    for term in entry.tags:
        add(rss, "category", term)
    add(rss, "description", entry.summary)
    add(rss, f"{{{CONTENT}}}encoded", entry.html)
    return rss


def _json(entry: Entry) -> bytes:
    message = entry.message
    version, withdrawal = message.version, message.withdrawal
    item = {
        "id": entry.id,
        "url": message.address,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": Slot.PUBLISHED_AT.mark,
        "date_modified": Slot.UPDATED_AT.mark,
        "language": "zh-CN",
        "authors": [{"name": message.office.name}],
        "tags": entry.tags,
        "attachments": [
            {"url": href, "mime_type": media_type, "title": name, "size_in_bytes": size}
            for name, href, media_type, size in _attached(message)
        ],
        "_gongkai": {
            "about": "https://www.jsonfeed.org/version/1.1/#extensions",
            "notice": message.subject,
            "version": version.number,
            "sequence": message.sequence,
            "index_number": version.index_number,
            "document_number": version.document_number,
            "kind": version.kind,
            "withdrawn": withdrawal is not None,
        },
    }
    return json.dumps(item, ensure_ascii=False).encode()


def _attached(message: Message) -> Iterator[tuple[str, str, str, int]]:
    """Name, address, media type and bytes of each attachment that readers may still have."""
    for attachment in () if message.withdrawal else message.version.attachments:
        yield _clean(attachment.name), _address(message, attachment), attachment.media_type, attachment.size


def _address(message: Message, attachment: Attachment) -> str:
    """Attachments stand in a folder of their notice's own."""
    return f"{message.address.removesuffix('.html')}/{quote(attachment.name)}"


def _clean(text: str) -> str:
    """``text`` as XML can hold it, so that one pasted control character breaks no feed; nothing in it is a slot."""
    return NOT_XML.sub("", text).replace(MARK, f"{MARK[:2]}{WORD_JOINER}{MARK[2:]}")
