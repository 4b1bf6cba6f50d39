"""What became of the notice at an address, as a status: a plain file server can only say 200, this one says more."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from channels.shelf import State, opened
from channels.website.site import notice_file
from producers.serve.files import Found

NOTICE = re.compile(r"n/(\d{6})/([0-9a-z]+)\.html")


@dataclass(frozen=True)
class Standing:
    """The status to answer with, and for a notice that another took the place of, the file of that one."""

    status: int = 200
    successor: str = ""


def standing(found: Found) -> Standing:
    """410 for what was taken away, 301 for what was replaced; the page itself is sent along in any case."""
    notice = NOTICE.fullmatch(found.name)
    if notice is None:
        return Standing()
    stat = found.file.stat()
    return _of(found.place, f"{notice[1]}-{notice[2]}", (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=1024)
def _of(place: Path, subject: str, _signature: tuple[int, int, int]) -> Standing:
    """Asked once for each page that was written: the shelf is always ahead of its files."""
    with opened(place) as shelf:
        item = shelf.get(subject)
    if item is None:
        return Standing()
    if item.state is State.REDIRECTED and item.entry["redirect"]:
        return Standing(301, notice_file(item.entry["redirect"]))
    return Standing(410 if item.state is State.GONE else 200)
