"""What a message looks like on the site: the whole page, fixed but for its slots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from lxml import html as tree
from lxml.etree import _Element
from markupsafe import Markup, escape

from channels.base import File, Rendition, Slot
from channels.website.site import Site, attachment_file, day, notice_file
from config.columns import Column, columns, path_of
from config.kinds import kinds
from notices.changes import changes
from notices.notice import Message, Version
from notices.text import html
from notices.validity import end_of

PIECE = re.compile(r"\d[\d,.]*|[A-Za-z]+|.", re.DOTALL)
COMPARED = 1_000_000  # characters of one text times those of the other; beyond it the whole is marked
CHANGES = 50  # lines of the table of changes
CHANGED, AROUND = 200, 20  # characters kept at either end of a long passage: changed, unchanged
SLOTS = {slot.value: Markup(slot.mark) for slot in Slot}  # noqa: S704 - constants of ours
SHORT = 20  # characters of a value that can be set large above the text


Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Table:
    """A table of the kind's own fields."""

    label: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]


def rendition(site: Site, message: Message) -> Rendition:
    """The page of ``message``."""
    withdrawal = message.withdrawal
    leaves = withdrawal.leaves if withdrawal else ""
    template = {"gone": "gone.html", "redirect": "redirect.html"}.get(leaves, "notice.html")
    hidden = leaves in ("gone", "redirect")  # what was taken away is not named any more
    values = {**_of_every_page(site, message, hidden=hidden), **({} if hidden else _of_the_notice(site, message))}
    if leaves == "redirect":
        target = withdrawal.redirect if withdrawal else None
        values["target"] = site.link(notice_file(target) if target else "")
    body = site.page(template, **values)
    return Rendition((File("page.html", "text/html; charset=utf-8", body),), text=visible(body))


def column_of(version: Version) -> Column:
    """The column that ``version`` stands in, by its kind."""
    return columns()[kinds()[version.kind].column]


def visible(page: bytes) -> str:
    """What the page says of its notice: every word in its main part, without slots and what is counted or compared."""
    main = tree.document_fromstring(page.decode()).find(".//main")
    if main is None:
        raise ValueError("a page without a main part")
    text = "\n".join(line for piece in _pieces(main) if (line := piece.strip()))
    for slot in Slot:
        text = text.replace(slot.mark, "")
    return text


def _pieces(element: _Element) -> Iterator[str]:
    if element.tag == "nav" or "data-apparatus" in element.attrib:
        return
    yield element.text or ""
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""


def _of_every_page(site: Site, message: Message, *, hidden: bool) -> dict[str, Any]:
    version = message.version
    column = column_of(version)
    pictures = [file.name for file in version.attachments if file.media_type.startswith("image/")]
    return {
        "version": version,
        "withdrawal": message.withdrawal,
        "address": message.address,
        "column": column,
        "trail": path_of(column.id),
        "title": "公开件已撤下" if hidden else version.title,
        "keywords": "" if hidden else ",".join(version.keywords),
        "description": message.withdrawal.reason if hidden and message.withdrawal else version.summary,
        "section": message.office.sections.get(version.section, version.section),
        "image": site.address(attachment_file(message.subject, pictures[0])) if pictures and not hidden else "",
        "slots": SLOTS,
    }


def _of_the_notice(site: Site, message: Message) -> dict[str, Any]:
    version = message.version
    files = {file.name: attachment_file(message.subject, file.name) for file in version.attachments}
    links = {title: site.link(name) for title, name in files.items()}
    body, signed = _signed(_set(html(version.body, attachments=links)), message)
    highlights = [pair for pair in _facts(version, first=True) if isinstance(pair[1], str) and len(pair[1]) <= SHORT]
    return {
        "particulars": list(_particulars(message)),
        "particulars_full": list(_described(version)),
        "highlights": highlights,
        "facts": [pair for pair in _facts(version, first=False) if pair not in highlights],
        "tables": list(_tables(version)),
        "body": Markup(body),  # noqa: S704 - notices.text escapes
        "signed": signed,
        "correction": _correction(message),
        "attachments": [
            {"title": file.name, "name": files[file.name], "words": _size(file.size)} for file in version.attachments
        ],
    }


def _set(body: str) -> str:
    """The body as this site sets it. Whom it is addressed to (a first paragraph that ends in a colon) stands flush
    left (GB/T 9704-2012 §7.3.2); columns of tables are aligned by class, for the policy lets no style in."""
    body = re.sub(r"\A<p>([^<]{1,200}：</p>)", r'<p class="to">\1', body)
    return re.sub(r'<(t[hd]) style="text-align:(left|center|right)">', r'<\1 class="\2">', body)


def _signed(body: str, message: Message) -> tuple[str, bool]:
    """The body without 落款 and 成文日期 at its end, which the page sets itself; False when it is signed otherwise."""
    own = (
        rf"<p>{re.escape(escape(message.office.name))}(</p>\n<p>|<br />\n|\n){day(message.version.issued_on)}</p>\s*\Z"
    )
    rest = re.sub(own, "", body)
    return rest, rest != body or not re.search(r"\d{4}年\d{1,2}月\d{1,2}日</p>\s*\Z", body)


def _particulars(message: Message) -> Iterator[tuple[str, str]]:
    """The metadata table (国办秘书局《政府信息公开目录系统实施指引》), what is short."""
    version = message.version
    yield "索引号", version.index_number
    yield "主题分类", version.topic
    yield "发布机构", message.office.name
    yield "体裁分类", version.genre
    yield "文号", version.document_number or "无"
    yield "公开方式", version.disclosure
    yield "成文日期", version.issued_on.isoformat()
    yield "发布日期", SLOTS["published_at"]
    if version.effective_on:
        yield "施行日期", version.effective_on.isoformat()
    yield "有效期", _period(message)
    yield "有效性", SLOTS["validity"]
    yield "责任部门", message.office.sections.get(version.section, version.section)


def _described(version: Version) -> Iterator[tuple[str, str]]:
    """The metadata table, what takes a line of its own."""
    yield "名称", version.title
    if version.keywords:
        yield "主题词", "；".join(version.keywords)
    yield "内容概述", version.summary
    yield "公开依据", version.disclosure_basis


def _period(message: Message) -> str:
    if message.withdrawal:
        return "至撤回时止"
    end = end_of(message.version.ends_on, message.version.expires_at)
    return f"至{end.until}" if end else "长期有效，有变化时在本页标明"


def _facts(version: Version, *, first: bool) -> Iterator[tuple[str, str | list[str]]]:
    """The kind's own fields but tables, in the kind's order; with ``first`` only those that come before others."""
    kind = kinds()[version.kind]
    for field in kind.fields:
        value = version.fields.get(field.name)
        fact = version.fact(field.name)
        if (first and field.name not in kind.highlights) or field.type == "table" or not (value or fact):
            continue
        yield field.label, fact.forms[0] if fact else value or ""


def _tables(version: Version) -> Iterator[Table]:
    for field in kinds()[version.kind].fields:
        rows = version.fields.get(field.name)
        if field.type == "table" and rows:
            used = tuple(column for column in field.columns if any(row.get(column) for row in rows))
            yield Table(field.label, used, [{column: row.get(column, "") for column in used} for row in rows])


def _correction(message: Message) -> dict[str, Any] | None:
    if not message.is_correction:
        return None
    found = changes(message.previous or message.version, message.version)
    rows: list[dict[str, Any]] = [
        {"where": row.label, "before": _whole(row.old), "after": _whole(row.new)} for row in found.rows
    ]
    passages = [{"where": "正文", **_compared(one.old or "", one.new or "")} for one in found.passages]
    lines = rows + passages
    shown = [{**line, "before": _short(line["before"]), "after": _short(line["after"])} for line in lines[:CHANGES]]
    return {"note": message.version.public_note or "", "changes": shown, "more": len(lines) - len(shown)}


def _whole(text: str) -> Pieces:
    return [(text, True)] if text else []


def _short(pieces: Pieces) -> Pieces:
    """The pieces, those that would bury the change cut down to their ends."""
    return [(_cut(text, CHANGED if changed else AROUND), changed) for text, changed in pieces]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= 2 * most else f"{text[:most]}……{text[-most:]}"


def _compared(old: str, new: str) -> dict[str, Pieces]:
    """Both texts in pieces, each with whether it is on one side only. A number stays in one piece."""
    if not old or not new or len(old) * len(new) > COMPARED:
        return {"before": _whole(old), "after": _whole(new)}
    olds, news = PIECE.findall(old), PIECE.findall(new)
    codes = SequenceMatcher(None, olds, news, autojunk=False).get_opcodes()
    return {
        "before": [("".join(olds[a:b]), tag != "equal") for tag, a, b, _, _ in codes if a < b],
        "after": [("".join(news[a:b]), tag != "equal") for tag, _, _, a, b in codes if a < b],
    }


def _size(size: int) -> str:
    for unit, of in (("MB", 1_000_000), ("KB", 1_000)):
        if size >= of:
            return f"{size / of:.1f} {unit}".replace(".0 ", " ")
    return f"{size} 字节"
