"""Say that a part of a delivery changed its state: the event that settles it, and that whoever watches hears."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from channels.base import Outcome
from streams.events import DeliveryTried, Event, event
from streams.store.store import Tx


class Part(Protocol):
    """What names a part: a row of ``part``, or a ``streams.lanes.Waiting``."""

    @property
    def delivery(self) -> str:
        """Id of its delivery."""

    @property
    def number(self) -> int:
        """Its number within the delivery."""

    @property
    def subject(self) -> str:
        """The notice."""

    @property
    def trace(self) -> str:
        """``traceparent`` of the publication."""


@dataclass(frozen=True)
class Tried:
    """What is said: the part, its new state, and of an attempt its step, number and cause."""

    part: Part
    endpoint: str
    outcome: Outcome
    step: str = ""
    attempt: int = 0
    cause: str = ""


def say_tried(tx: Tx, tried: Iterable[Tried]) -> None:
    """Emit it; keyed by delivery, so that the outcomes of one stay in order."""
    tx.emit(*(_event(tx, one) for one in tried))


def _event(tx: Tx, one: Tried) -> Event:
    part = one.part
    data = DeliveryTried(
        delivery=part.delivery,
        part=part.number,
        endpoint=one.endpoint,
        step=one.step,
        attempt=one.attempt,
        outcome=one.outcome,
        cause=one.cause,
    )
    return event(data, clock=tx.clock, subject=part.subject, key=part.delivery, traceparent=part.trace)
