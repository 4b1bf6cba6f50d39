"""Links in the body of a notice that point to the installation's own site, and whether they lead anywhere.

Only what stands below ``n/`` is judged: the addresses that we promise to keep, of notices and of what is attached to
them. Columns and lists come and go with what they hold, and what else the same host serves is not ours. A link without
a scheme is an attachment of the same version, let in with it (``notices.body``): it cannot die alone.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from notices.text import parsed

BELOW = "n/"  # of a site: every notice's permanent address
_PAGE = re.compile(r"n/(\d{6})/([0-9a-z]+)\.html")
_FILE = re.compile(r"n/(\d{6})/([0-9a-z]+)/([^/]+)")
_PORTS = {"http": 80, "https": 443}


class Why(StrEnum):
    """Why a link is dead."""

    GONE = "gone"  # its notice was taken away
    MISSING = "missing"  # no notice has its page there: there never was one, it is not out yet, or not on the site
    ATTACHMENT = "attachment"  # the notice is there, the file is not


@dataclass(frozen=True)
class Public:
    """Where readers find everything: the installation's address without a slash at its end, and each site's path."""

    root: str
    sites: tuple[str, ...]  # "" or "/yunling"


@dataclass(frozen=True)
class Address:
    """What a link to our own site means; ``notice`` is empty where it can be none's."""

    site: str
    notice: str = ""
    file: str = ""  # the attachment; empty: the page


@dataclass(frozen=True)
class Stands:
    """What readers find at a notice's address."""

    site: str
    files: frozenset[str] = frozenset()  # attached, while its page has them
    gone: bool = False
    successor: str = ""  # the notice that its page leads to


def links(body: str) -> Iterator[str]:
    """Every target of the Markdown ``body``, once, in order."""
    found: dict[str, None] = {}
    for block in parsed(body):
        for token in block.children or ():
            target = token.attrGet("href" if token.type == "link_open" else "src")
            if isinstance(target, str):
                found[target] = None
    yield from found


def address_of(link: str, public: Public) -> Address | None:
    """What of our own ``link`` points to; None where it is not ours, or nothing that is judged."""
    below = _below(link, public)
    if below is None:
        return None
    site = max((one for one in public.sites if below.startswith(f"{one}/")), key=len, default="")
    name = below.removeprefix(f"{site}/")
    if not name.startswith(BELOW):
        return None
    if found := _PAGE.fullmatch(name):
        return Address(site, f"{found[1]}-{found[2]}")
    if found := _FILE.fullmatch(name):
        return Address(site, f"{found[1]}-{found[2]}", found[3])
    return Address(site)


def why_dead(at: Address, stands: Callable[[str], Stands | None]) -> Why | None:
    """Why the link to ``at`` leads nowhere, None where it leads somewhere; ``stands`` says what of a notice does."""
    there = stands(at.notice) if at.notice else None
    if there is None or there.site != at.site:
        return Why.MISSING
    if at.file and not there.gone:
        return None if at.file in there.files else Why.ATTACHMENT
    seen = {at.notice}
    while there is not None and there.successor:
        if there.successor in seen:
            return Why.MISSING
        seen.add(there.successor)
        there = stands(there.successor)
    if there is None:
        return Why.MISSING
    return Why.GONE if there.gone else None


def is_outside(link: str, public: Public) -> bool:
    """Whether ``link`` leads to a page that is not of this installation."""
    return urlsplit(link).scheme in _PORTS and _below(link, public) is None


def _below(link: str, public: Public) -> str | None:
    """The path of ``link`` below the installation's address; None where it is not there."""
    parts, root = urlsplit(link), urlsplit(public.root)
    path = unquote(parts.path)
    try:
        there = parts.scheme in _PORTS and _host(parts) == _host(root)
        is_ours = there and f"{path}/".startswith(f"{root.path}/")
    except ValueError:  # a port that is none
        return None
    return path.removeprefix(root.path) if is_ours else None


def _host(parts: SplitResult) -> tuple[str, int | None]:
    """Host and port, told apart by nothing but what they are; http and https of one host are one site."""
    name, port = parts.hostname or "", parts.port
    with suppress(UnicodeError):  # no name of a host: equal to itself alone
        name = name.encode("idna").decode()
    return name, None if port == _PORTS.get(parts.scheme) else port
