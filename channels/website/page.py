"""What a message looks like on the site: the whole page, fixed but for its slots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import html as tree
from lxml.etree import _Element
from markupsafe import Markup, escape

from channels.base import File, Rendition, Slot
from channels.website import setting
from channels.website.asking import asking
from channels.website.compared import table_of_changes
from channels.website.matter import life
from channels.website.site import Site, attachment_file, day, notice_file
from config.columns import Column, columns, path_of
from config.kinds import kinds
from notices.asked import CONSULTS
from notices.matter import EXTENDS, PAGE
from notices.notice import Message, Version
from notices.steps import ASKING
from notices.text import Table as BodyTable
from notices.text import blocks, html
from notices.validity import end_of

SLOTS = {slot.value: Markup(slot.mark) for slot in Slot}  # noqa: S704 - constants of ours
ORDINALS = ("号", "期")  # units of numbers that count none: 第1号
SHORT = 20  # characters of a value that can be set large above the text


@dataclass(frozen=True)
class Table:
    """A table of the kind's own fields."""

    label: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def rendition(site: Site, message: Message) -> Rendition:
    """The page of ``message``."""
    withdrawal = message.withdrawal
    leaves = withdrawal.leaves if withdrawal else ""
    own = "matter.html" if message.version.kind == PAGE else "notice.html"
    template = {"gone": "gone.html", "redirect": "redirect.html"}.get(leaves, own)
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
    """The words of ``element``, broken where another element begins, but not within a figure that is kept whole."""
    if element.tag == "nav" or "data-apparatus" in element.attrib:
        return
    line = element.text or ""
    for child in element:
        if child.tag == "wbr" or (child.tag == "span" and child.get("class") == "nb"):
            line += "".join(_pieces(child)) + (child.tail or "")
        else:
            yield line
            yield from _pieces(child)
            line = child.tail or ""
    yield line


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
        **_comments(message),
        "image": site.address(attachment_file(message.subject, pictures[0])) if pictures and not hidden else "",
        "slots": SLOTS,
    }


def _of_the_notice(site: Site, message: Message) -> dict[str, Any]:
    version = message.version
    files = {file.name: attachment_file(message.subject, file.name) for file in version.attachments}
    links = {title: site.link(name) for title, name in files.items()}
    body, signed = _signed(html(version.body, attachments=links), message)
    highlights = [pair for pair in _facts(version, first=True) if isinstance(pair[1], str) and len(pair[1]) <= SHORT]
    return {
        "particulars": list(_particulars(message)),
        "particulars_full": list(_described(version)),
        "highlights": highlights,
        "facts": [pair for pair in _facts(version, first=False) if pair not in highlights],
        "tables": list(_tables(version)),
        "body": Markup(setting.body(body)),  # noqa: S704 - notices.text escapes
        "signed": signed,
        "correction": _correction(message),
        **(_of_the_matter(site, message) if version.kind == PAGE else {}),
        "attachments": [
            {"title": file.name, "name": files[file.name], "words": _size(file.size)} for file in version.attachments
        ],
    }


def _comments(message: Message) -> dict[str, Any]:
    """How comments are given, on a notice that asks for them and stands; until when is in its slot."""
    version = message.version
    if message.withdrawal or version.kind not in (CONSULTS, EXTENDS):
        return {"ways": None}
    return {"ways": {name: version.fields[name] for name in ("address", "email", "contact")}}


def _of_the_matter(site: Site, message: Message) -> dict[str, Any]:
    """Its steps, and until when and where comments are taken, while they are."""
    version, asks = message.version, message.asks
    steps = list(life(site, version))
    if message.withdrawal or not asks or version.fields["phase"] != ASKING:
        return {"life": steps, "asking": None}
    title = next((tie.title for tie in version.relations if tie.notice == asks[0]), "")
    return {
        "life": steps,
        "asking": asking(site, date.fromisoformat(version.fields["open_to"]), asks[0]),
        "consultation": {"link": site.link(notice_file(asks[0])), "title": title},
    }


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
        ordinal = "第" if field.unit in ORDINALS else ""
        yield field.label, ordinal + fact.forms[0] if fact else value or ""


def _tables(version: Version) -> Iterator[Table]:
    """The kind's own tables, but those that stand in the body already."""
    said = [_rows(block) for block in blocks(version.body) if isinstance(block, BodyTable)]
    for field in kinds()[version.kind].fields:
        rows = version.fields.get(field.name)
        if field.type == "table" and rows:
            used = tuple(column for column in field.columns if any(row.get(column) for row in rows))
            table = Table(field.label, used, [tuple(str(row.get(column, "")) for column in used) for row in rows])
            if table.rows not in said:
                yield table


def _rows(table: BodyTable) -> list[tuple[str, ...]]:
    return [tuple("".join(run.text for run in cell) for cell in row) for row in table.rows]


def _correction(message: Message) -> dict[str, Any] | None:
    if not message.is_correction:
        return None
    shown, more = table_of_changes(message.previous or message.version, message.version)
    return {"note": message.version.public_note or "", "changes": shown, "more": more}


def _size(size: int) -> str:
    for unit, of in (("MB", 1_000_000), ("KB", 1_000)):
        if size >= of:
            return f"{size / of:.1f} {unit}".replace(".0 ", " ")
    return f"{size} 字节"
