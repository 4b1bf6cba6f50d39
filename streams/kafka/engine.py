"""One worker of the Kafka engine: a host for the stages, senders for its share of the lanes, and a stand-in leader."""

from kafka.errors import KafkaError

from config.settings import KafkaTable
from streams.deliver import Deliverer
from streams.kafka.host import Host
from streams.kafka.leader import Leader
from streams.kafka.topics import administration, establish
from streams.outlets import Outlets
from streams.senders import Senders
from streams.store.postgresql import PostgresStore


class Kafka:
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
        self._table = table
        self.host = Host(store, outlets, table, limit=dead_letters_in_row, places=places, name=name)
        self.leader = Leader(store, outlets, table, limit=dead_letters_in_row)
        self.senders = Senders(store, Deliverer(store, outlets, token), workers, self.host.share)

    def start(self) -> None:
        """Begin. A broker that is away is waited for; raises ``TopicsDiffer`` when its topics are not as configured."""
        try:
            with administration(self._table) as admin:
                establish(admin, self._table)
        except KafkaError:
            pass  # the host says so, and tries again
        self.leader.start()
        self.host.start()
        self.senders.start()

    def stop(self) -> None:
        """Finish what is under way and end; nothing is lost by ending harder."""
        self.host.stop()
        self.senders.stop()
        self.leader.stop()

    def is_alive(self) -> bool:
        """True while everything that was started works."""
        return self.host.is_alive() and self.leader.is_alive() and self.senders.is_alive()
