"""Reading back: is what stands at a public address, byte for byte, what was written?"""

import hashlib
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from channels.base import Compared, Http, Refused, TryAgain, Unsure
from channels.files import PUBLIC, strangers, writing
from config.messages import say


@dataclass(frozen=True)
class Written:
    """A file that should stand under ``place``/public and at its address."""

    name: str
    address: str
    sha256: str


def difference(http: Http, address: str, expected: bytes) -> str | None:
    """Empty when ``address`` answers with exactly ``expected``, else what is different; None if it cannot be read.

    What counts is the bytes: of a notice that was taken away they come with status 410, of one replaced with 301.
    """
    try:
        answer = http.request("GET", address, headers={"Cache-Control": "no-cache"}, limit=len(expected) + 1)
    except (TryAgain, Unsure, Refused):
        return None
    if answer.body == expected:
        return ""
    if answer.status not in (200, 410):
        return None
    found, wanted = (hashlib.sha256(body).hexdigest() for body in (answer.body, expected))
    return say("reading.differs", wanted=wanted[:12], found=found[:12])


def compare_files(
    http: Http, place: Path, written: Callable[[Collection[str] | None], Iterable[Written]]
) -> Iterator[Compared]:
    """Each file that was ``written`` (of these names at least), on disk and at its address, and each one there that
    nobody wrote.

    What differs is looked at once more while nobody writes: a send may have come in between.
    """
    differing = []
    for one in _files(http, place, written(None)):
        if one.difference:
            differing.append(one.what)
        else:
            yield one
    if differing:
        with writing(place):
            again = frozenset(differing)
            yield from _files(http, place, written(again), only=again)


def _files(
    http: Http, place: Path, written: Iterable[Written], only: Collection[str] | None = None
) -> Iterator[Compared]:
    known = set()
    for one in written:
        if one.name not in known and (only is None or one.name in only):
            yield Compared(one.name, _file(http, place / PUBLIC / one.name, one))
        known.add(one.name)
    for name in strangers(place, known):
        if only is None or name in only:
            yield Compared(name, say("reading.nobodys"))


def _file(http: Http, file: Path, one: Written) -> str | None:
    try:
        body = file.read_bytes()
    except OSError:
        return say("reading.lost")
    if hashlib.sha256(body).hexdigest() != one.sha256:
        return say("reading.altered")
    return difference(http, one.address, body)


def ask_at(asked: int, now: datetime) -> datetime | None:
    """When to read for the ``asked``-th time, counted from 0; None when it has been tried often enough."""
    return now + timedelta(seconds=_gaps()[asked]) if asked < len(_gaps()) else None


@cache
def _gaps() -> tuple[float, ...]:
    schedules = tomllib.loads((files("config") / "schedules.toml").read_text("utf-8"))
    return tuple(schedules["read_back"]["delays"])
