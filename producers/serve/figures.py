"""The state of the whole, in a few figures: for the head of the status page, for ``/metrics`` and for ``/readyz``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from channels.base import Outcome
from streams import clock_trust
from streams.fold import WAITING
from streams.store.tables import dead_letter, delivery, endpoint, lane, line

ATTENTION = (Outcome.FAILED, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.PARKED, Outcome.EXPIRED)


@dataclass(frozen=True)
class Outlet:
    """An endpoint that does not send as it should, and why."""

    endpoint: str
    title: str
    how: str  # open | paused | disabled | ails: sends, and something is to be mended
    why: str
    since: datetime | None


@dataclass(frozen=True)
class Figures:
    """What the store says at one instant."""

    deliveries: Mapping[tuple[str, Outcome], int]  # by channel and state
    oldest: Mapping[str, datetime]  # by channel: since when its oldest waiting delivery waits
    dead_letters: int
    stopped: Mapping[str, str]  # stages that stand still, and why
    outlets: tuple[Outlet, ...]
    laid_up: int = 0  # parked deliveries that wait for a disabled endpoint: whoever disabled it knows
    doubts: tuple[datetime, ...] = ()  # since when the clocks of machines are not believed, each by itself
    held_acts: int = 0  # what is due and waits for them, where somebody counted
    held_sends: int = 0

    @property
    def waiting(self) -> int:
        """Deliveries on their way."""
        return sum(count for (_, state), count in self.deliveries.items() if state in WAITING)

    @property
    def attention(self) -> int:
        """Deliveries that a person must look at."""
        return sum(count for (_, state), count in self.deliveries.items() if state in ATTENTION) - self.laid_up

    @property
    def is_well(self) -> bool:
        """Nothing that a person must look at; an endpoint that was paused, or is tried again, is none."""
        return not (self.attention or self.dead_letters or self.stopped or self.doubts)


def figures(connection: Connection) -> Figures:
    """The figures of this instant."""
    waits = delivery.c.state.in_(WAITING)
    rows = connection.execute(
        select(
            endpoint.c.channel,
            delivery.c.state,
            func.count().label("n"),
            func.min(delivery.c.planned_at).filter(waits).label("oldest"),
        )
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .group_by(endpoint.c.channel, delivery.c.state)
    ).all()
    oldest: dict[str, datetime] = {}
    for row in rows:
        if row.oldest is not None:
            oldest[row.channel] = min(row.oldest, oldest.get(row.channel, row.oldest))
    disabled = (endpoint.c.state != "enabled") & (delivery.c.state == Outcome.PARKED)
    laid_up = (
        select(func.count()).select_from(delivery).join(endpoint, endpoint.c.id == delivery.c.endpoint).where(disabled)
    )
    letters = connection.execute(select(func.count()).where(dead_letter.c.state == "waiting")).scalar_one()
    stopped = connection.execute(select(line.c.stage, line.c.why).where(line.c.stopped_at.is_not(None)))
    return Figures(
        {(row.channel, Outcome(row.state)): row.n for row in rows},
        oldest,
        letters,
        {row.stage: row.why or "" for row in stopped},
        _outlets(connection),
        connection.execute(laid_up).scalar_one(),
        tuple(clock_trust.doubts(connection).values()),
    )


def _outlets(connection: Connection) -> tuple[Outlet, ...]:
    found: dict[str, Outlet] = {}
    rows = connection.execute(
        select(endpoint.c.id, endpoint.c.title, endpoint.c.state, endpoint.c.reason, lane)
        .outerjoin(lane, lane.c.endpoint == endpoint.c.id)
        .where((endpoint.c.state != "enabled") | lane.c.opened_at.is_not(None) | lane.c.paused_at.is_not(None))
        .order_by(endpoint.c.id, lane.c.urgent)
    )
    for row in rows:
        if row.id in found:
            continue
        if row.state != "enabled":
            found[row.id] = Outlet(row.id, row.title, "disabled", row.reason or "", None)
        elif row.paused_at is not None:
            found[row.id] = Outlet(row.id, row.title, "paused", row.paused_why or "", row.paused_at)
        else:
            found[row.id] = Outlet(row.id, row.title, "open", "", row.failing_since or row.opened_at)
    return tuple(found.values())
