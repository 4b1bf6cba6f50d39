"""What may not stand in a notice's body: raw HTML, links that lead nowhere safe, pictures that are not attached."""

from collections.abc import Collection
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from notices.entries import Entries
from notices.text import attachment_name, safe_link


def check_body(entries: Entries, body: str, line: int, attachments: Collection[str]) -> None:
    """Note what is wrong with ``body``, which starts on ``line`` of its file and may link to ``attachments``."""
    if not body.strip():
        entries.wrong(line, "正文", "body_empty")
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
