"""The stages, in flow order. This page is the architecture.

    producers ── emit ─▶ notices ─▶ plan ─▶ deliveries ─▶ admit ─▶ lanes ─▶ channels
                                                                    └─ outcomes ─▶ settle

A stage is a plain function over one event and one transaction. It may be run any number of times for the
same event, by any engine, on any worker: ``run`` lets only the first one act. Sending is no stage: it is
done by ``streams.deliver`` over the lanes, outside every transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from streams.admit import admit
from streams.events import Data, DeliveryPlanned, DeliveryTried, Event, NoticeCorrected, NoticeReleased, NoticeWithdrawn
from streams.outlets import Outlets
from streams.plan import plan
from streams.settle import settle
from streams.store.store import Tx


@dataclass(frozen=True)
class Stage:
    """One stage: the topic it reads, the events it acts on, and what it does."""

    name: str
    topic: str
    on: tuple[type[Data], ...]
    act: Callable[[Tx, Event, Outlets], None]


STAGES: tuple[Stage, ...] = (
    Stage("plan", "notices", (NoticeReleased, NoticeCorrected, NoticeWithdrawn), plan),
    Stage("admit", "deliveries", (DeliveryPlanned,), admit),
    Stage("settle", "outcomes", (DeliveryTried,), settle),
)


def run(stage: Stage, event: Event, tx: Tx, outlets: Outlets) -> bool:
    """Let ``stage`` act on ``event`` in ``tx``, once for all; False when it has already, or has nothing to do."""
    if not isinstance(event.data, stage.on) or not tx.once(stage.name, event.id):
        return False
    stage.act(tx, event, outlets)
    return True
