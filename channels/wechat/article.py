"""The article: a message as HTML that the platform's editor keeps: inline styles, plain tables, no links out."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import html as tree
from lxml.etree import _Element
from markupsafe import Markup, escape

from channels.press.headline import width
from channels.wechat.cover import keys
from channels.wechat.fields import unsaid
from channels.wechat.pictures import PICTURE, marks
from channels.wechat.rules import looks
from config.clock import wall
from config.kinds import kinds
from notices.facts import FactType
from notices.notice import Message, Version
from notices.text import Block, Heading, Listing, Paragraph, Quote, Rule, Run, Table, blocks

BLOCKS = frozenset({"section", "p", "h2", "h3", "h4", "li", "tr", "blockquote", "table", "ol", "ul", "hr"})
WHOLE = re.compile(r"(0\d{2,3}-\d{7,8}|400-\d{3}-\d{4}|\d{4}-\d{2}-\d{2})")  # telephones, and days as tables have them
SHORT = 4.6  # em: a cell that stays on one line, and leaves the others room
MARKS = "。，；：！？、）》”"
_LEADS = re.compile(r"https?://")


def article(message: Message) -> str:
    """The content of the article that says ``message``."""
    version, withdrawal = message.version, message.withdrawal
    kind = kinds()[version.kind]
    values = {
        "message": message,
        "version": version,
        "office": message.office,
        "section": message.office.sections.get(version.section, ""),
        "kind": kind,
        "looks": looks("withdrawn" if withdrawal else kind.poster),
        "picture": PICTURE,
        "pictures": marks(version),
        "facts": [] if withdrawal else list(_facts(version)),
        "body": [] if withdrawal else [*_unsigned(blocks(version.body), message), *unsaid(version)],
        # nobody is named who was not given: who signed it need not have read the article, nor who read it a withdrawal
        "reviewers": "" if withdrawal else version.wording.get("wechat", {}).get("reviewers", ""),
        "issued": _day(version.issued_on),
        "withdrawn": _day(wall(withdrawal.at).date()) if withdrawal else "",
    }
    made = _environment().get_template("withdrawn.html" if withdrawal else "article.html").render(**values)
    return re.sub(r">\s*\n\s*<", "><", made.strip())


def taken(message: Message) -> str:
    """What happens to the articles of a notice of which nothing is left to say; it is not sent anywhere."""
    values = {"message": message, "version": message.version}
    return _environment().get_template("taken.html").render(**values)


def visible(content: str) -> str:
    """Every word of the content that a reader sees, or hears in a picture's place, a block a line."""
    root = tree.fragment_fromstring(content, create_parent="div")
    return "\n".join(line for piece in _pieces(root) if (line := " ".join(piece.split())))


def _pieces(element: _Element) -> Iterator[str]:
    """The words of ``element``, broken where a block or a cell begins and ends."""
    line = element.text or ""
    for child in element:
        if child.tag in BLOCKS or child.tag in ("td", "th", "br"):
            yield line
            yield from _pieces(child)
            line = child.tail or ""
        elif child.tag == "img":
            line += child.get("alt", "") + (child.tail or "")
        else:
            first, *rest = _pieces(child)
            line += first
            for piece in rest:
                yield line
                line = piece
            line += child.tail or ""
    yield line


def _facts(version: Version) -> Iterator[tuple[str, str]]:
    """What readers look for first: the kind's highlights, dates in full."""
    told = dict(keys(version))
    for name in kinds()[version.kind].highlights:
        fact = version.fact(name)
        if fact is not None and (fact.label in told or fact.type in (FactType.DATE, FactType.TIME)):
            yield fact.label, fact.forms[0]


def _unsigned(found: Sequence[Block], message: Message) -> list[Block]:
    """The body without the signature at its end: the article is signed once."""
    signature = {message.office.name, message.office.short, _day(message.version.issued_on)}
    kept = list(found)
    while kept and isinstance(kept[-1], Paragraph) and _signs(kept[-1].runs, signature):
        kept.pop()
    return kept


def _signs(runs: Sequence[Run], signature: Collection[str]) -> bool:
    """Whether a paragraph says nothing but the signature; a seal beside it is a picture, and stays."""
    lines = "".join(run.text for run in runs).splitlines()
    return all(line.strip() in signature for line in lines) and not any(run.picture for run in runs)


def _alone(runs: Sequence[Run], pictures: Collection[str]) -> bool:
    """Whether a paragraph shows a picture, or several, without words beside."""
    words = "".join(run.text for run in runs if run.picture not in pictures)
    return not words.strip() and any(run.picture in pictures for run in runs)


def _leads(run: Run) -> str:
    """The address behind a run that is not the run itself: it is said, for here it cannot be followed."""
    shown = run.href or ""
    return shown if _LEADS.match(shown) and shown.rstrip("/") != run.text.rstrip("/") else ""


def _whole(text: str) -> Markup:
    """``text`` with telephones and days in one piece: a finger finds no number that is broken in two, an eye no day."""
    pieces = WHOLE.split(text)
    kept = (
        f'<span style="white-space:nowrap">{one}</span>' if at % 2 else escape(one) for at, one in enumerate(pieces)
    )
    return Markup("".join(kept))  # noqa: S704 - digits, or escaped


def _short(cell: Sequence[Run]) -> str:
    """The style of a cell that is not broken: a short word in a narrow column."""
    return ";white-space:nowrap" if width("".join(run.text for run in cell)) <= SHORT else ""


def _tidy(runs: Sequence[Run]) -> list[Run]:
    """Without the space that Markdown asks for behind bold words that end in a mark."""
    found: list[Run] = []
    for run in runs:
        after_mark = bool(found) and found[-1].strong and found[-1].text[-1:] in MARKS
        found.append(replace(run, text=run.text.removeprefix(" ")) if after_mark else run)
    return found


def _kind_of(block: Block) -> str:
    names: dict[type[Any], str] = {
        Heading: "heading",
        Paragraph: "paragraph",
        Listing: "listing",
        Table: "table",
        Quote: "quote",
        Rule: "rule",
    }
    return names[type(block)]


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("templates", "wechat"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "alone": _alone,
        "kind_of": _kind_of,
        "leads": _leads,
        "short": _short,
        "tidy": _tidy,
        "whole": _whole,
    }
    return made
