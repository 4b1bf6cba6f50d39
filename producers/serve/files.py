"""Which file a public path means: the sites of the offices, each the public folders of its outlets laid over another.

Nothing outside those folders is ever found, whatever the path says, and nothing whose name begins with a dot.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from channels.base import load
from channels.files import PUBLIC
from config.channels import channel_tables
from config.clock import Clock
from config.settings import Configuration
from streams.outlets import place
from streams.store.store import Store, StoreUnavailable
from streams.store.tables import endpoint

INDEX = "index.html"
MISSING = "404.html"
FRESH = timedelta(seconds=1)  # an endpoint that was added is served after at most so long
LONGEST = 1_000  # characters of a path


@dataclass(frozen=True)
class Site:
    """One office's site: where it hangs below the address, and the places it is made of, the first one in front."""

    path: str  # "" or "/yunling"
    places: tuple[Path, ...]


@dataclass(frozen=True)
class Found:
    """A file that may be served. ``name`` is relative to its site."""

    name: str
    file: Path
    place: Path  # of the endpoint that wrote it
    base: str  # the path of its site


@dataclass(frozen=True)
class Moved:
    """The path lacks the slash at its end."""

    location: str  # a path


@dataclass(frozen=True)
class Missing:
    """There is no such file; ``page`` says so in the site's own way, where it has one."""

    page: Found | None


class Files:
    """Finds files; may be asked by many threads."""

    def __init__(self, configuration: Configuration, store: Store, clock: Clock) -> None:
        self._configuration = configuration
        self._store = store
        self._clock = clock
        self._sites: tuple[Site, ...] = ()
        self._looked: datetime | None = None

    def find(self, path: str) -> Found | Moved | Missing:
        """What stands at ``path``, as it came on the wire, decoded once."""
        site = self._site(path)
        if site is None:
            return Missing(None)
        if path == site.path != "":
            return Moved(f"{path}/")
        names = safe_names(path.removeprefix(site.path))
        if names is None:
            return Missing(_file(site, (MISSING,)))
        if found := _file(site, names):
            return found
        if _file(site, (*names, INDEX)):
            return Moved(f"{site.path}/{'/'.join(names)}/")
        return Missing(_file(site, (MISSING,)))

    def _site(self, path: str) -> Site | None:
        for site in self._all():
            if path == site.path or path.startswith(f"{site.path}/"):
                return site
        return None

    def _all(self) -> tuple[Site, ...]:
        """The sites, the deepest path first. What was known before holds while the store cannot be read."""
        now = self._clock.now()
        if self._looked is None or not timedelta(0) <= now - self._looked < FRESH:
            with suppress(StoreUnavailable):  # the files are there without it
                self._sites = tuple(self._look())
            self._looked = now
        return self._sites

    def _look(self) -> Iterator[Site]:
        rows = self._store.read(
            lambda c: c.execute(select(endpoint).order_by(endpoint.c.added_at, endpoint.c.id)).all()
        )
        order = [name for name in channel_tables() if load(name).writes_files]
        offices = self._configuration.offices
        for office, table in sorted(offices.items(), key=lambda pair: len(pair[1].path), reverse=True):
            mine = [row for row in rows if row.office == office and row.channel in order]
            mine.sort(key=lambda row: order.index(row.channel))
            yield Site(table.path, tuple(place(self._configuration.home, row.id) for row in mine))


def safe_names(path: str) -> tuple[str, ...] | None:
    """The names on the way that ``path`` describes, ``index.html`` for a folder; None when it is not to be walked."""
    if len(path) > LONGEST:
        return None
    names = path.removeprefix("/").split("/")
    if names[-1] == "":
        names[-1] = INDEX
    if any(not name or name.startswith(".") or "\\" in name or not name.isprintable() for name in names):
        return None
    return tuple(names)


def _file(site: Site, names: tuple[str, ...]) -> Found | None:
    """The first of the site's places that has this file."""
    for one in site.places:
        file = _inside(one / PUBLIC, names)
        if file is not None and file.is_file():
            return Found("/".join(names), file, one, site.path)
    return None


def _inside(root: Path, names: tuple[str, ...]) -> Path | None:
    """The real file or folder, when it exists and lies below ``root``."""
    try:
        top = root.resolve(strict=True)
        real = top.joinpath(*names).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # not there, a name too long, a loop of links
        return None
    if not real.is_relative_to(top) or any(part.startswith(".") for part in real.relative_to(top).parts):
        return None
    return real
