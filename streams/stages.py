"""The stages, in flow order. This page is the architecture.

    producers ── emit ─▶ notices ─▶ plan ─▶ deliveries ─▶ admit ─▶ lanes ─▶ channels
                            │                                       └─ outcomes ─▶ settle
                            ├─▶ follow: what is told of a matter, and when
                            └─▶ owe: what must follow by which day

A stage is a plain function over events and one transaction. It may be run any number of times for the same
event, by any engine, on any worker: ``run`` lets only the first one act. Sending is no stage: it is done by
``streams.deliver`` over the lanes, outside every transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.admit import admit
from streams.events import (
    VOCABULARY,
    Data,
    DeliveryPlanned,
    DeliveryTried,
    Event,
    NoticeCorrected,
    NoticeReleased,
    NoticeWithdrawn,
    Said,
)
from streams.follow import follow
from streams.outlets import Outlets
from streams.owe import owe
from streams.plan import plan
from streams.settle import settle
from streams.store.store import Tx


@dataclass(frozen=True)
class Stage:
    """One stage: the topic it reads, the events it acts on, and what it does with a batch of them, in order."""

    name: str
    topic: str
    on: tuple[type[Data], ...]
    act: Callable[[Tx, Sequence[Event], Outlets], None]


NOTICES = (NoticeReleased, NoticeCorrected, NoticeWithdrawn)  # what people said
SAID = tuple(data for data in VOCABULARY if issubclass(data, Said))
STAGES: tuple[Stage, ...] = (
    Stage("plan", "notices", SAID, plan),
    Stage("admit", "deliveries", (DeliveryPlanned,), admit),
    Stage("settle", "outcomes", (DeliveryTried,), settle),
    Stage("follow", "notices", NOTICES, follow),
    Stage("owe", "notices", NOTICES, owe),  # the last: nothing that is sent waits for it
)


def run(stage: Stage, events: Sequence[Event], tx: Tx, outlets: Outlets) -> None:
    """Let ``stage`` act in ``tx`` on those of ``events`` that are its business and that it has never acted on."""
    mine = {event.id: event for event in events if isinstance(event.data, stage.on)}
    new = tx.once(stage.name, mine)
    if todo := [event for event in mine.values() if event.id in new]:
        stage.act(tx, todo, outlets)
