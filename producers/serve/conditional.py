"""What a request's conditions ask for (RFC 9110 §13, §14): nothing new, a part, or the whole. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
TAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True)
class Part:
    """Bytes ``start`` up to but without ``end``."""

    start: int
    end: int


@dataclass(frozen=True)
class Unsatisfiable:
    """The part that was asked for is not there."""


def is_known(headers: Mapping[str, str], tags: tuple[str, ...], modified: datetime) -> bool:
    """True when the client has it already: one of ``tags``, or what was there at ``modified`` (whole seconds)."""
    if (wanted := headers.get("if-none-match")) is not None:
        return wanted.strip() == "*" or not set(TAG.findall(wanted)).isdisjoint(tags)
    since = _instant(headers.get("if-modified-since"))
    return since is not None and modified <= since


def part(headers: Mapping[str, str], tag: str, modified: datetime, size: int) -> Part | Unsatisfiable | None:
    """The part asked for; None for the whole, also where several parts are asked for, as the standard allows."""
    found = RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or found[1] == found[2] == "":
        return None
    if (unless := headers.get("if-range")) is not None and unless != tag and _instant(unless) != modified:
        return None
    if found[1] == "":
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2] or size) + 1, size)
        if found[2] and int(found[2]) < start:
            return None  # not a range: ignored, RFC 9110 §14.1.1
    return Part(start, end) if start < end else Unsatisfiable()


def takes_gzip(accept: str) -> bool:
    """Whether an ``Accept-Encoding`` lets gzip in."""
    weights = {}
    for item in accept.lower().split(","):
        coding, _, weight = item.partition(";")
        weights[coding.strip()] = weight.strip().replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return weights.get("gzip", weights.get("*", False))


def _instant(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value) if value else None
    except (ValueError, IndexError, TypeError, OverflowError):  # by turns, as the text goes
        return None
    return found if found is not None and found.tzinfo is not None else None
