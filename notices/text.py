"""A notice's Markdown as safe HTML, as plain text, and as a small tree that other layouts can set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
TOP = 2  # the page's own title is the only h1


@dataclass(frozen=True)
class Run:
    """Words set alike; or a picture, whose words they are."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None
    picture: str | None = None  # the attachment to show, by its name


@dataclass(frozen=True)
class Heading:
    """A heading; ``level`` counts from 1 within the body, without gaps."""

    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a line break that the author asked for is a run of ``\\n``."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Listing:
    """A list; ``start`` is the first number, None when the items have none."""

    items: "tuple[tuple[Block, ...], ...]"
    start: int | None = None


@dataclass(frozen=True)
class Table:
    """A table; every row is as long as ``head``."""

    head: tuple[tuple[Run, ...], ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    align: tuple[str, ...]  # "" | "left" | "center" | "right"


@dataclass(frozen=True)
class Quote:
    """Words of another."""

    blocks: "tuple[Block, ...]"


@dataclass(frozen=True)
class Rule:
    """A line across."""


Block = Heading | Paragraph | Listing | Table | Quote | Rule


def html(body: str, *, attachments: Mapping[str, str] | None = None) -> str:
    """Safe HTML: headings from h2 down without gaps; ``attachments`` gives the address of each attachment's name."""
    tokens = parsed(body)
    for token in tokens:
        for child in token.children or ():
            for attribute in ("href", "src"):
                target = child.attrGet(attribute)
                if isinstance(target, str) and not urlsplit(target).scheme:
                    child.attrSet(attribute, (attachments or {}).get(attachment_name(target), target))
    rendered: str = _markdown().renderer.render(tokens, _markdown().options, {})
    return rendered


def plain(body: str) -> str:
    """Every word a reader sees, a block a line."""
    return "\n".join(_words(blocks(body)))


def blocks(body: str) -> tuple[Block, ...]:
    """The body as a tree."""
    return _Reader(parsed(body)).blocks("")


def parsed(body: str) -> list[Token]:
    """The tokens of the body, headings put in order, lines joined."""
    tokens = _markdown().parse(body)
    open_levels: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1])
            while open_levels and open_levels[-1] >= written:
                open_levels.pop()
            open_levels.append(written)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(TOP + len(open_levels) - 1, 6)}"
        _join_lines(token.children or [])
    return tokens


def _join_lines(children: Sequence[Token]) -> None:
    """A line break in the source is a space between Latin words and nothing between Chinese characters."""
    following = [""]
    for token in reversed(children):
        following.append(token.content[:1] or following[-1])
    before = ""
    for token, behind in zip(children, reversed(following[:-1]), strict=True):
        if token.type == "softbreak":
            token.type, token.content = "text", " " if before.isascii() and behind.isascii() else ""
        before = token.content[-1:] or before


def safe_link(target: str) -> bool:
    """True for links to the web, a mailbox, a telephone, or an attachment beside the notice."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in SCHEMES and (parts.scheme in ("mailto", "tel") or bool(parts.netloc))
    return not parts.netloc and not parts.query and bool(parts.path) and "/" not in attachment_name(target)


def attachment_name(target: str) -> str:
    """The attachment that a relative link means."""
    return unquote(target.removeprefix("./"))


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = safe_link  # type: ignore[method-assign, assignment]  # markdown-it's documented way to set it
    return markdown


class _Reader:
    """Tokens → blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = iter(tokens)

    def blocks(self, until: str) -> tuple[Block, ...]:
        found: list[Block] = []
        for token in self.tokens:
            match token.type:
                case "heading_open":
                    found.append(Heading(int(token.tag[1]) - TOP + 1, self._runs()))
                case "paragraph_open":
                    found.append(Paragraph(self._runs()))
                case "bullet_list_open":
                    found.append(Listing(self._items("bullet_list_close")))
                case "ordered_list_open":
                    start = token.attrGet("start")
                    found.append(Listing(self._items("ordered_list_close"), 1 if start is None else int(start)))
                case "blockquote_open":
                    found.append(Quote(self.blocks("blockquote_close")))
                case "table_open":
                    found.append(self._table())
                case "fence" | "code_block":
                    found.append(Paragraph((Run(token.content.rstrip("\n")),)))
                case "hr":
                    found.append(Rule())
                case closing if closing == until:
                    break
        return tuple(found)

    def _items(self, until: str) -> tuple[tuple[Block, ...], ...]:
        items = []
        for token in self.tokens:
            if token.type == "list_item_open":
                items.append(self.blocks("list_item_close"))
            elif token.type == until:
                break
        return tuple(items)

    def _table(self) -> Table:
        rows: list[list[tuple[Run, ...]]] = []
        align: list[str] = []
        for token in self.tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    align.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                rows[-1].append(self._runs())
            elif token.type == "table_close":
                break
        return Table(tuple(rows[0]), tuple(tuple(row) for row in rows[1:]), tuple(align))

    def _runs(self) -> tuple[Run, ...]:
        runs: list[Run] = []
        strong = emphasis = 0
        href: str | None = None
        for token in next(self.tokens).children or ():
            match token.type:
                case "strong_open" | "strong_close":
                    strong += token.nesting
                case "em_open" | "em_close":
                    emphasis += token.nesting
                case "link_open":
                    href = str(token.attrGet("href"))
                case "link_close":
                    href = None
                case "hardbreak":
                    runs.append(Run("\n", bool(strong), bool(emphasis), href))
                case "image":
                    picture = attachment_name(str(token.attrGet("src")))
                    runs.append(Run(token.content, bool(strong), bool(emphasis), href, picture))
                case _ if token.content:
                    runs.append(Run(token.content, bool(strong), bool(emphasis), href))
        return tuple(_joined(runs))


def _joined(runs: Sequence[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if run.picture is not None:
            found.append(run)
        elif last and replace(last, text=run.text) == run:
            found[-1] = replace(last, text=last.text + run.text)
        elif run.text:
            found.append(run)
    return found


def _words(found: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in found:
        match block:
            case Heading(_, runs) | Paragraph(runs):
                lines.append(_line(runs))
            case Listing(items, start):
                for number, item in enumerate(items, start or 0):
                    mark = "" if start is None else f"{number}. "
                    first, *rest = _words(item) or [""]
                    lines += [mark + first, *rest]
            case Table(head, rows, _):
                lines += ["\t".join(_line(cell) for cell in row) for row in (head, *rows)]
            case Quote(inner):
                lines += _words(inner)
            case Rule():
                pass
    return lines


def _line(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)
