"""One worker of the Kafka engine: a host for the stages, senders for its share of the lanes, and a stand-in leader."""

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
        self.host = Host(store, outlets, table, limit=dead_letters_in_row, places=places, name=name)
        self.leader = Leader(store, outlets, table, limit=dead_letters_in_row)
        self.senders = Senders(store, Deliverer(store, outlets, token), workers, self.host.share)

    def start(self) -> None:
        """Begin. A broker that is away, or does not let us in, is waited for.

        Raises ``TopicsDiffer`` when its topics are not as configured, ``Unprepared`` when we cannot even ask it.
        """
        ration()
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
        return whole

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
