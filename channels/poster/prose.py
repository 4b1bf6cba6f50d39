"""A notice's body as blocks to be set: paragraphs, lists, tables and headings of Markdown, nothing else of it."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.poster.sections import Block, Section

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def prose(body: str) -> tuple[Section, ...]:
    """The body cut at its headings; what stands before the first has no title."""
    title, blocks, made = "", list[Block](), list[Section]()
    for piece in _pieces(_MARKDOWN.parse(body)):
        if isinstance(piece, Block):
            blocks.append(piece)
            continue
        if title or blocks:
            made.append(Section(title, tuple(blocks), wide=True))
        title, blocks = piece, []
    return (*made, Section(title, tuple(blocks), wide=True))


def _pieces(tokens: Sequence[Token]) -> Iterator[str | Block]:
    """Headings as texts, everything else as blocks; neighbouring paragraphs stay one block."""
    paragraphs: list[str] = []
    for start, token in enumerate(tokens):
        if token.level:
            continue
        if token.type == "paragraph_open":
            paragraphs.append(_text(tokens[start + 1]))
            continue
        if token.type in ("paragraph_close", "inline"):
            continue
        if paragraphs:
            yield Block("text", tuple((text,) for text in paragraphs))
            paragraphs = []
        if token.type == "heading_open":
            yield _text(tokens[start + 1])
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield Block("numbered" if token.type.startswith("o") else "bullets", tuple(_items(tokens, start)))
        elif token.type == "table_open":
            head, *rows = _rows(tokens, start)
            yield Block("table", tuple(rows), head)
        elif token.type in ("fence", "code_block"):
            yield Block("text", tuple((line,) for line in token.content.splitlines()))
        elif token.type == "blockquote_open":
            inside = tokens[start : _end(tokens, start)]
            yield Block("text", tuple((_text(t),) for t in inside if t.type == "inline"))
    if paragraphs:
        yield Block("text", tuple((text,) for text in paragraphs))


def _text(inline: Token) -> str:
    """The words of a line; marks of emphasis and addresses of links fall away."""
    parts = [" " if t.type in ("softbreak", "hardbreak") else t.content for t in inline.children or ()]
    return "".join(parts).strip()


def _items(tokens: Sequence[Token], start: int) -> Iterator[tuple[str, ...]]:
    """One row an item, its paragraphs and those of lists inside it joined."""
    words: list[str] = []
    for token in tokens[start : _end(tokens, start)]:
        if token.type == "inline":
            words.append(_text(token))
        elif token.type == "list_item_close" and token.level == 1:
            yield (" ".join(words),)
            words = []


def _rows(tokens: Sequence[Token], start: int) -> Iterator[tuple[str, ...]]:
    cells: list[str] = []
    for token in tokens[start : _end(tokens, start)]:
        if token.type == "inline":
            cells.append(_text(token))
        elif token.type == "tr_close":
            yield tuple(cells)
            cells = []


def _end(tokens: Sequence[Token], start: int) -> int:
    closing = tokens[start].type.replace("_open", "_close")
    return next(at for at in range(start + 1, len(tokens)) if tokens[at].type == closing and tokens[at].level == 0)
