"""What the live pages show, and the parts they are made of: a part is sent anew, whole, when what it shows changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from config.serve import inner, live
from producers.ailing import ailing
from producers.held import waits
from producers.house import House
from producers.lookup import find
from producers.serve.board import Line, Page, lines, page
from producers.serve.figures import Figures, Outlet, figures
from producers.timeline import Timeline, timeline


@dataclass(frozen=True)
class Status:
    """The status page that begins at a mark of the one before it; the first for an empty one."""

    before: str = ""


@dataclass(frozen=True)
class Notice:
    """The page of one notice, by its id, index number or address."""

    name: str


View = Status | Notice


@dataclass(frozen=True)
class Board:
    """What a status page shows."""

    page: Page
    figures: Figures


@dataclass(frozen=True)
class Story:
    """What a notice's page shows."""

    line: Line
    timeline: Timeline


@dataclass(frozen=True)
class Part:
    """A part of a page: the macro of ``parts.html.j2`` that makes it, and what it is given."""

    macro: str
    values: Sequence[object]
    ordered: bool = True  # stands among others, in their order


class Reader:
    """Reads views from the store; the totals at most every few seconds, as they cost most."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._figures: Figures | None = None
        self._figured_at: datetime | None = None

    def read(self, view: View) -> Board | Story:
        """What ``view`` shows now. Raises ``UnknownNotice``, ``ValueError`` or ``StoreUnavailable``."""
        configuration = self._house.configuration
        if isinstance(view, Status):
            totals = self._totals()
            shown = self._house.store.read(lambda c: page(c, configuration, view.before, inner().page))
            return Board(shown, totals)

        def act(connection: Connection) -> Story:
            row = find(connection, view.name)
            return Story(lines(connection, configuration, [row])[0], timeline(connection, row.id))

        return self._house.store.read(act)

    def _totals(self) -> Figures:
        now, old = self._house.clock.now(), timedelta(seconds=live().figures)
        if self._figures is None or self._figured_at is None or not timedelta(0) <= now - self._figured_at < old:
            ails = (Outlet(one.endpoint, one.title, "ails", one.why, one.since) for one in ailing(self._house))
            found = self._house.store.read(figures)
            acts, sends = waits(self._house) if found.doubts else (0, 0)
            outlets = (*found.outlets, *ails)
            self._figures = replace(found, outlets=outlets, held_acts=acts, held_sends=sends)
            self._figured_at = now
        return self._figures


def parts(seen: Board | Story) -> Mapping[str, Part]:
    """The parts of a page by their id in it, in order."""
    if isinstance(seen, Board):
        rows = {f"n-{line.id}": Part("line", (line, seen.page.channels, inner().marks)) for line in seen.page.lines}
        return {
            "figures": Part("figures", (seen.figures,), ordered=False),
            "head": Part("head", (seen.page.channels,), ordered=False),
            **rows,
        }
    return {
        "summary": Part("summary", (seen.line,), ordered=False),
        "acts": Part("acts", (seen.timeline.acts,), ordered=False),
        **{way.standing.delivery: Part("way", (way,)) for way in seen.timeline.ways},
    }
