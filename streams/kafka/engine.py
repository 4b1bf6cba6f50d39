"""One worker of the Kafka engine: a host for the stages, senders for its share of the lanes, and a stand-in leader."""

import threading

from kafka.errors import KafkaError

from config.settings import KafkaTable
from streams.deliver import Deliverer
from streams.kafka.access import access
from streams.kafka.host import Host
from streams.kafka.leader import Leader
from streams.kafka.logs import ration
from streams.kafka.topics import administration, establish
from streams.outlets import Outlets
from streams.senders import Senders
from streams.store.leases import give_back
from streams.store.postgresql import PostgresStore
from streams.store.store import Tx

LOOK = 0.05  # seconds between two looks whether the name is ours
TAKEN = 10.0  # seconds: a dead holder of a name has lost it by then


class NameTaken(Exception):
    """Another worker of this installation works under the same name; the broker would shut out one for the other."""


class KafkaEngine:
    """Carries events through a broker, with as many others as there are."""

    def __init__(
        self,
        store: PostgresStore,
        outlets: Outlets,
        table: KafkaTable,
        *,
        token: str,
        dead_letters_in_row: int = 20,
        workers: int = 256,
        places: bool = True,
        name: str | None = None,
    ) -> None:
        self._store = store
        self._table = table
        self._token = token
        self._name = store.seat(f"gongkai/worker/{name}") if name else None
        self.host = Host(store, outlets, table, limit=dead_letters_in_row, places=places, name=name)
        self.leader = Leader(store, outlets, table, limit=dead_letters_in_row)
        self.senders = Senders(store, Deliverer(store, outlets, token), workers, self.host.share)

    def start(self) -> None:
        """Begin. A broker that is away, or does not let us in, is waited for.

        Raises ``TopicsDiffer`` when its topics are not as configured, ``Unprepared`` when we cannot even ask it,
        ``NameTaken`` when another worker of this name does not end; then nothing was begun.
        """
        ration()
        self._take_name()
        access(self._table)
        try:
            with administration(self._table) as admin:
                establish(admin, self._table)
        except KafkaError:
            pass  # the host says so, and tries again
        self._store.write(self._take_over)
        self.leader.start()
        self.host.start()
        self.senders.start()

    def stop(self) -> bool:
        """Finish what is under way and end; nothing is lost by ending harder. False: Faust waits for its broker."""
        self.senders.end()  # at once: what one begins while Faust is waited for might be cut off in its middle
        whole = self.host.stop()
        self.senders.stop()
        self.leader.stop()
        if self._name:
            self._name.leave()
        return whole

    def _take_name(self) -> None:
        """Group members of one name shut each other out, in turn and for ever: the second of them is not let in."""
        if self._name is None:
            return
        self._name.ask()
        pause, left = threading.Event(), TAKEN
        while not self._name.is_ours() and left > 0:
            pause.wait(LOOK)
            left -= LOOK
        if not self._name.is_ours():
            self._name.leave()
            raise NameTaken

    def _take_over(self, tx: Tx) -> None:
        """Whoever starts this holds the data folder: the leases of its former starts are a dead one's."""
        give_back(tx, station=self._token.partition(".")[0], but=self._token, due_at=tx.clock.now())

    def is_alive(self) -> bool:
        """True while everything that was started runs."""
        return self.host.is_alive() and self.leader.is_alive() and self.senders.is_alive()

    def still(self) -> float:
        """Seconds since the slowest of its loops last came round."""
        pulses = (self.host.pulse, self.senders.pulse, *self.leader.pulses.values())
        return max(pulse.age() for pulse in pulses)
