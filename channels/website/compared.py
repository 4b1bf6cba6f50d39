"""The table of changes of a correction: what was and what is, with what differs marked."""

import re
from difflib import SequenceMatcher
from typing import Any

from notices.changes import changes
from notices.notice import Version

PIECE = re.compile(r"\d[\d,.]*|[A-Za-z]+|.", re.DOTALL)
COMPARED = 1_000_000  # characters of one text times those of the other; beyond it the whole is marked
ALIKE = 0.4  # below it nearly all is marked: then the whole reads easier
CHANGES = 50  # lines of the table
CHANGED, AROUND = 200, 20  # characters kept at either end of a long passage: changed, unchanged

Pieces = list[tuple[str, bool]]


def table_of_changes(old: Version, new: Version) -> tuple[list[dict[str, Any]], int]:
    """The first lines of the table, and how many more there are."""
    found = changes(old, new)
    lines: list[dict[str, Any]] = [{"where": row.label, **compared(row.old, row.new)} for row in found.rows]
    lines += [{"where": "正文", **compared(one.old or "", one.new or "")} for one in found.passages]
    shown = [{**line, "before": _short(line["before"]), "after": _short(line["after"])} for line in lines[:CHANGES]]
    return shown, len(lines) - len(shown)


def compared(old: str, new: str) -> dict[str, Pieces]:
    """Both texts in pieces, each with whether it is on one side only. A number stays in one piece."""
    whole = {"before": _whole(old), "after": _whole(new)}
    if not old or not new or len(old) * len(new) > COMPARED:
        return whole
    olds, news = PIECE.findall(old), PIECE.findall(new)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    if matcher.ratio() < ALIKE:
        return whole
    codes = matcher.get_opcodes()
    return {
        "before": [("".join(olds[a:b]), tag != "equal") for tag, a, b, _, _ in codes if a < b],
        "after": [("".join(news[a:b]), tag != "equal") for tag, _, _, a, b in codes if a < b],
    }


def _whole(text: str) -> Pieces:
    return [(text, True)] if text else []


def _short(pieces: Pieces) -> Pieces:
    """The pieces, those that would bury the change cut down to their ends."""
    return [(_cut(text, CHANGED if changed else AROUND), changed) for text, changed in pieces]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= 2 * most else f"{text[:most]}……{text[-most:]}"
