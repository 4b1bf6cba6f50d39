"""How a duty of a notice stands: decided from everything that was said of it, whoever hears of that in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.begins import COMMON, Begin, Met, On
from notices.notice import RelationType, Version


@dataclass(frozen=True)
class Own:
    """One message of the notice itself: a version, or that it was taken back."""

    message: str
    at: datetime
    version: Version
    is_withdrawal: bool


@dataclass(frozen=True)
class Tied:
    """One message of another notice, and how that one is tied to this one from then on."""

    message: str
    notice: str
    kind: str
    at: datetime
    ties: frozenset[str]  # none: it was taken back, or says nothing of this notice any more
    version: Version | None = None  # its text, where rows of it may bear on this notice


@dataclass(frozen=True)
class History:
    """Everything that bears on what a notice owes; each notice's messages in their order."""

    own: Sequence[Own]
    tied: Sequence[Tied]


@dataclass(frozen=True)
class End:
    """Why a duty is not open any more."""

    how: str  # met | withdrawn: its notice was taken back | dropped: its notice does not owe it any more
    message: str  # the one that did it
    at: datetime


@dataclass(frozen=True)
class Stands:
    """A duty, from when on it is counted, by which text, and its end if it has one."""

    start: datetime
    version: Version  # the newest
    end: End | None


def rows(begin: Begin, history: History) -> tuple[str, ...]:
    """What tells apart the duties that ``begin`` may make of the notice: of whatever its texts ever named."""
    texts = (one.version for one in history.own)
    return tuple(dict.fromkeys(row for version in texts for row in begin.rows_of(version)))


def stands(begin: Begin, history: History, row: str = "") -> Stands | None:
    """How the duty that ``begin`` makes of the notice, or of one ``row`` of it, stands; None when it never owed it."""
    versions = [one for one in history.own if not one.is_withdrawal]
    withdrawn = next((one for one in history.own if one.is_withdrawal), None)
    if begin.on is On.WITHDRAWN:
        start = begin.start_of(withdrawn.version, withdrawn.at) if withdrawn else None
        return Stands(start, withdrawn.version, None) if withdrawn and start else None
    if begin.on is On.REPLACED:
        return _since_replaced(begin, versions, withdrawn, history.tied)
    first = versions[0].at if versions else None
    owing = [(one, start) for one in versions if first and (start := begin.start_of(one.version, first, row))]
    if not owing:
        return None
    last, start = owing[-1]
    other = _owed_already(begin, start, versions[0], history.tied)
    if other and other.at <= owing[0][0].at:
        return None
    after = versions[versions.index(last) + 1 :]
    tied = [one for one in history.tied if withdrawn is None or one.at <= withdrawn.at]
    ends = [
        *_by_row(begin, row, start, versions, tied, after),
        _met(begin, start, [one for one, _ in owing] if begin.each else versions, tied),
        _passed(begin, versions[0], tied),
        End("dropped", other.message, other.at) if other else None,
        End("dropped", after[0].message, after[0].at) if after else None,
        End("withdrawn", withdrawn.message, withdrawn.at) if withdrawn else None,
    ]
    # the first of them; at the same instant, met is better than fallen away
    end = min((one for one in ends if one), key=lambda one: one.at, default=None)
    return Stands(start, versions[-1].version, end)


def _since_replaced(
    begin: Begin, versions: Sequence[Own], withdrawn: Own | None, tied: Sequence[Tied]
) -> Stands | None:
    """Since the first of those that replace it now does; where none does any more, until the last of them ceased to."""
    since: dict[str, Tied] = {}
    gone: list[tuple[Tied, Tied]] = []  # who replaced it, and what ended that
    for one in tied:
        if withdrawn is not None and one.at > withdrawn.at:
            continue
        if RelationType.REPLACES in one.ties:
            since.setdefault(one.notice, one)
        elif before := since.pop(one.notice, None):
            gone.append((before, one))
    if not versions or not (since or gone):
        return None
    end = End("withdrawn", withdrawn.message, withdrawn.at) if withdrawn else None
    if since:
        by = min(since.values(), key=lambda one: (one.at, one.message))
    else:
        by, last = max(gone, key=lambda pair: (pair[1].at, pair[1].message))
        end = End("dropped", last.message, last.at)
    start = begin.start_of(versions[-1].version, max(by.at, versions[0].at))
    return Stands(start, versions[-1].version, end) if start else None


def _met(begin: Begin, start: datetime, versions: Sequence[Own], tied: Sequence[Tied]) -> End | None:
    match begin.met:
        case Met.RELEASE:
            return _by_release(start, versions)
        case Met.FIELD:
            return _by_field(begin, versions)
        case Met.NOTICE:
            return _by_notice(begin, begin.kind, versions[0], tied)
        case Met.ROW | Met.WORD | Met.TIME:
            return None


def _by_release(start: datetime, versions: Sequence[Own]) -> End:
    """What was changed after it was out is out with the correction that says so; a slip of the date is none.

    A row is out with the first of ``versions`` that has it.
    """
    by = next((one for one in versions if one.at >= start), versions[-1])
    return End("met", by.message, by.at)


def _by_field(begin: Begin, versions: Sequence[Own]) -> End | None:
    """Since when the text says so, without a break."""
    since = None
    for one in versions:
        since = (since or one) if begin.is_met_by(one.version) else None
    return End("met", since.message, since.at) if since else None


def _passed(begin: Begin, first: Own, tied: Sequence[Tied]) -> End | None:
    """A later notice owes it now."""
    to = _by_notice(begin, begin.passes_to, first, tied) if begin.passes_to else None
    return End("dropped", to.message, to.at) if to else None


def _owed_already(begin: Begin, start: datetime, first: Own, tied: Sequence[Tied]) -> Tied | None:
    """The message since which an earlier notice owes, from the same instant, what only one of them does."""
    earlier = {one.notice for one in tied if one.at <= first.at}
    since: dict[str, Tied] = {}
    for one in tied:
        its = begin.start_of(one.version, one.at) if one.version and begin.once in one.ties else None
        if its == start and one.notice in earlier:
            since.setdefault(one.notice, one)
        else:
            since.pop(one.notice, None)
    return min(since.values(), key=lambda one: (one.at, one.message), default=None)


def _by_notice(begin: Begin, kind: str, first: Own, tied: Sequence[Tied]) -> End | None:
    """The notice of ``kind`` that is tied to it for the longest. A number in common says nothing of who came before."""
    earlier = {one.notice for one in tied if one.at <= first.at}
    since: dict[str, Tied] = {}
    for one in tied:
        by = one.ties & set(begin.ties) - (COMMON.keys() if one.notice in earlier else set())
        if by and kind in ("", one.kind):
            since.setdefault(one.notice, one)
        else:
            since.pop(one.notice, None)
    met = min(since.values(), key=lambda one: (one.at, one.message), default=None)
    return End("met", met.message, max(met.at, first.at)) if met else None


def _by_row(
    begin: Begin, row: str, start: datetime, versions: Sequence[Own], tied: Sequence[Tied], after: Sequence[Own]
) -> Iterator[End]:
    """A correction says that it is so; or a later notice does, or names another day, or the same one: then that notice
    owes it from then on, with the newest word there is."""
    if begin.met is not Met.ROW:
        return
    cells = begin.cells_of(after[0].version, row) if after else None
    if cells and begin.is_met_in(cells):
        yield End("met", after[0].message, after[0].at)
    first = versions[0].at
    earlier = {one.notice for one in tied if one.at <= first}
    since: dict[str, End] = {}
    for one in tied:
        how = None if one.notice in earlier else _said_of(begin, row, start, one)
        if how is None:
            since.pop(one.notice, None)
        elif one.notice not in since or since[one.notice].how != how:
            since[one.notice] = End(how, one.message, one.at)
    yield from sorted(since.values(), key=lambda end: (end.at, end.message))


def _said_of(begin: Begin, row: str, start: datetime, one: Tied) -> str | None:
    """How the duty of a row that began with ``start`` ends by what another notice says of it; None: it does not."""
    if one.version is None or not one.ties & set(begin.ties) or begin.kind not in ("", one.kind):
        return None
    cells = begin.cells_of(one.version, row)
    if cells is None:
        return None
    if begin.is_met_in(cells):
        return "met"
    named = begin.day_in(cells)
    return None if named is None else "met" if named != start else "dropped"
