"""Say that a part of a delivery changed its state: the event that settles it, and that whoever watches hears."""

from typing import Protocol

from channels.base import Outcome
from streams.events import DeliveryTried, event
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


def say_tried(
    tx: Tx, part: Part, endpoint: str, outcome: Outcome, step: str = "", attempt: int = 0, cause: str = ""
) -> None:
    """Emit it; keyed by delivery, so that the outcomes of one stay in order."""
    tried = DeliveryTried(
        delivery=part.delivery,
        part=part.number,
        endpoint=endpoint,
        step=step,
        attempt=attempt,
        outcome=outcome,
        cause=cause,
    )
    tx.emit(event(tried, clock=tx.clock, subject=part.subject, key=part.delivery, traceparent=part.trace))
