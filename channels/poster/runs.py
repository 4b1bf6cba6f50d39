"""Addresses and numbers that a line broke, read together again: a figure does not end where a line does."""

import re
from collections.abc import Iterable

from notices.figures import figures

_RUN = re.compile(r"[!-~]{2,}")  # letters, digits and marks without a space between them
_PIECE = re.compile(r"[^!-~]|[A-Za-z0-9]*[!-/:-@\[-`{-~]+|[A-Za-z0-9]+")  # a line may end after each


def joined(text: str, said: Iterable[str]) -> str:
    """The ``text`` of a page without breaks inside the runs and figures of what was ``said``; lines break after the
    marks of a run, and anywhere in a unit (10个工作日)."""
    runs = {run for one in said for run in (*_RUN.findall(one), *(figure.text for figure in figures(one)))}
    for run in sorted(runs, key=lambda run: (-len(run), run)):
        pieces = [piece for piece in _PIECE.findall(run) if piece.strip()]
        if len(pieces) > 1:
            broken = re.compile(r"\s*".join(map(re.escape, pieces)))
            text = run.join(broken.split(text))
    return text
