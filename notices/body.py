"""What may not stand in a notice's body: raw HTML, links that lead nowhere safe, pictures that are not attached.

And what would take the program too long to read: that is told first, before anything is made of it.
"""

from collections.abc import Collection, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from config.fields import bounds
from notices.entries import Entries
from notices.text import attachment_name, safe_link

BELOW_HEAD = frozenset(" \t|:->*+.0123456789")  # all that stands in the line below a table's head, in a list too


def check_body(entries: Entries, body: str, line: int, attachments: Collection[str]) -> None:
    """Note what is wrong with ``body``, which starts on ``line`` of its file and may link to ``attachments``."""
    if not body.strip():
        entries.wrong(line, "正文", "body_empty")
    if costly := list(_costly(body)):
        for at, key, count, limit in costly:
            entries.wrong(line + at, "正文", key, count=count, limit=limit)
        return
    for block in _markdown().parse(body):
        at = line + (block.map[0] if block.map else 0)
        if block.type == "html_block":
            entries.wrong(at, "正文", "raw_html", given=_short(block.content))
        for token in block.children or ():
            if token.type in ("softbreak", "hardbreak"):
                at += 1
            elif token.type == "html_inline":
                entries.wrong(at, "正文", "raw_html", given=_short(token.content))
            else:
                _check_target(entries, token, at, attachments)


def _costly(body: str) -> Iterator[tuple[int, str, int, int]]:
    """What is too much to be read: the line, counted from 0, the name of its messages, how much, and the bound."""
    most = bounds()
    if len(body) > most.body_characters:
        yield 0, "body_too_long", len(body), most.body_characters
        return
    at = cells = 0
    for passage, lines in _passages(body):
        brackets = passage.count("[")
        if brackets > most.body_brackets:
            yield at, "body_brackets", brackets, most.body_brackets
        if any("-" in row and BELOW_HEAD.issuperset(row) for row in lines):
            cells += max(row.count("|") for row in lines) * len(lines)
        at += len(lines)
    if cells > most.body_cells:
        yield 0, "body_cells", cells, most.body_cells


def _passages(body: str) -> Iterator[tuple[str, list[str]]]:
    """The body in pieces that end with a blank line: no paragraph and no table goes across one."""
    lines: list[str] = []
    for line in body.split("\n"):
        lines.append(line)
        if not line.strip():
            yield "\n".join(lines), lines
            lines = []
    if lines:
        yield "\n".join(lines), lines


def _check_target(entries: Entries, token: Token, line: int, attachments: Collection[str]) -> None:
    target = token.attrGet("href" if token.type == "link_open" else "src")
    if not isinstance(target, str):
        return
    name = attachment_name(target)
    if token.type == "image" and name not in attachments:
        entries.wrong(line, "正文", "image_not_attached", given=_short(target))
    elif not safe_link(target):
        entries.wrong(line, "正文", "link", given=_short(target))
    elif ":" not in target and name not in attachments:
        entries.wrong(line, "正文", "link_not_attached", given=_short(name))


def _short(text: str) -> str:
    line = text.strip().split("\n")[0]
    return line if len(line) <= 40 else f"{line[:40]}…"


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown.validateLink = lambda target: True  # type: ignore[method-assign, assignment]  # so that every link is seen here
    return markdown
