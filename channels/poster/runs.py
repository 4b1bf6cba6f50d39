"""Addresses and numbers that a line broke, read together again: a figure does not end where a line does."""

import re
from collections.abc import Iterable

_RUN = re.compile(r"[!-~]{2,}")  # letters, digits and marks without a space between them
_PIECE = re.compile(r"[A-Za-z0-9]*[^A-Za-z0-9]+|[A-Za-z0-9]+")


def joined(text: str, said: Iterable[str]) -> str:
    """The ``text`` of a page without breaks inside the runs of what was ``said``; lines break after their marks."""
    runs = {run for one in said for run in _RUN.findall(one)}
    for run in sorted(runs, key=lambda run: (-len(run), run)):
        pieces = _PIECE.findall(run)
        if len(pieces) > 1:
            broken = re.compile(r"\s*".join(map(re.escape, pieces)))
            text = run.join(broken.split(text))
    return text
