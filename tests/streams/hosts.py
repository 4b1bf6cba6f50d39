"""Hosts of the stages that must behave alike: the embedded engine, and a double that is as hostile as a broker."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import select

from config.clock import DrivenClock
from streams.dead_letters import Carried, handle_all, is_stopped
from streams.deliver import Deliverer
from streams.embedded import Embedded
from streams.outlets import Outlets
from streams.recover import sweep
from streams.senders import Senders
from streams.stages import STAGES, Stage
from streams.store.store import Store, Tx
from streams.store.tables import event
from tests.streams.installation import Installation

LIMIT = 5  # dead letters in a row that stop a line


class Host(Protocol):
    """An engine as the conformance suite drives it."""

    def settle(self) -> None:
        """Carry every event and work every lane until nothing is left to do at this instant."""

    def restart(self) -> None:
        """What was running is dead; a new start takes over."""


class Place(Protocol):
    """What the hostile one works in: an installation of doubles, or a whole house."""

    @property
    def store(self) -> Store:
        """What happens is written here."""

    @property
    def clock(self) -> DrivenClock:
        """Its time."""

    def open_outlets(self, token: str | None = None) -> Outlets:
        """Its outlets, for one worker."""


class EmbeddedHost:
    """The embedded engine, driven by hand."""

    def __init__(self, here: Installation) -> None:
        self._here = here
        self._starts = 0
        self.restart()

    def settle(self) -> None:
        self._engine.run_until_idle()

    def restart(self) -> None:
        self._starts += 1
        token = f"start-{self._starts}"
        self._engine = Embedded(
            self._here.store, self._here.open_outlets(token), token=token, dead_letters_in_row=LIMIT, workers=4
        )
        self._engine.take_over()


class HostileHost:
    """Delivers each event one to three times, commits late and apart from the effects, loses some altogether,

    runs two workers and moves keys between them. What a worker was doing when it dies, it leaves behind.
    """

    def __init__(self, here: Place, seed: int = 7) -> None:
        self._here = here
        self._chance = random.Random(seed)
        self._starts = 0
        self._lost = True
        self.restart()

    def restart(self) -> None:
        self._starts += 1
        tokens = [f"start-{self._starts}-{worker}" for worker in "ab"]
        outlets = [self._here.open_outlets(token) for token in tokens]
        self._workers = [
            (made, Senders(self._here.store, Deliverer(self._here.store, made, token), 4))
            for made, token in zip(outlets, tokens, strict=True)
        ]
        self._committed: dict[tuple[str, str], int] = {}  # offsets are lost with the process: everything comes again
        self._here.clock.advance(61 if self._starts > 1 else 0)  # no folder to hold: leases run out first

    def settle(self) -> None:
        busy = True
        while busy:
            busy = sum(self._carry(stage) for stage in STAGES) > 0
            for outlets, senders in self._chance.sample(self._workers, 2):
                busy = bool(senders.run_due()) or busy
                if self._lost:
                    self._lost = False
                    busy = bool(sweep(self._here.store, outlets, limit=LIMIT, age=timedelta(0))) or busy

    def _carry(self, stage: Stage) -> int:
        """One poll of one stage; how many events were new."""
        topic = self._here.store.read(
            lambda c: c.execute(
                select(event.c.position, event.c.id, event.c.key, event.c.body)
                .where(event.c.topic == stage.topic)
                .order_by(event.c.position)
            ).all()
        )
        new = [row for row in topic if row.position > self._committed.get((stage.name, row.key), 0)]
        handled = [row for row in new if self._deliver(stage, (row.id, bytes(row.body)))]
        for row in handled:
            if self._chance.random() < 0.7 or row.position < topic[-1].position - 5:
                self._committed[stage.name, row.key] = row.position
        return len(handled)

    def _deliver(self, stage: Stage, carried: Carried) -> bool:
        """Once, several times, or not at all; false while the stage's line stands still."""
        if self._chance.random() < 0.1:
            self._lost = True  # on the way: the sweeper's business
            return True
        outcomes = []
        for _ in range(self._chance.randint(1, 3)):
            outlets, _senders = self._chance.choice(self._workers)
            outcomes.append(self._here.store.write(partial(_one, stage=stage, carried=carried, outlets=outlets)))
        return any(outcomes)


def _one(tx: Tx, *, stage: Stage, carried: Carried, outlets: Outlets) -> bool:
    if is_stopped(tx, stage):
        return False
    handle_all(tx, stage, [carried], outlets, LIMIT)
    return True


HOSTS: dict[str, Callable[[Installation], Host]] = {"embedded": EmbeddedHost, "hostile": HostileHost}
