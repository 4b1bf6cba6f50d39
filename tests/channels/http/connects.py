"""Every connection this process opens, seen by the interpreter itself; none is let out of the machine."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

_watching: list[list[str]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watching and isinstance(arguments[1], tuple):
        address = str(arguments[1][0])
        for seen in _watching:
            seen.append(address)
        if not ip_address(address).is_loopback:
            raise OSError(errno.ENETUNREACH, "kept on this machine by the test")


sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The addresses that are connected to while it lasts, in order."""
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
