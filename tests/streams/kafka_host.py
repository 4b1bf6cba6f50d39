"""The Kafka engine as the conformance suite drives it: real topics, the lanes worked by hand at the driven clock."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from kafka import KafkaAdminClient

from config.settings import KafkaTable
from streams.deliver import Deliverer
from streams.kafka.host import Host as Carrier
from streams.kafka.lag import lag
from streams.kafka.leader import Leader
from streams.kafka.relay import waits
from streams.recover import sweep
from streams.senders import Senders
from streams.store.postgresql import PostgresStore
from tests.streams.installation import Installation


class KafkaHost:
    """One worker; what it carries, it carries by itself, what it sends, it sends in ``settle``."""

    def __init__(self, here: Installation, servers: str, prefix: str, limit: int) -> None:
        self._here = here
        self._limit = limit
        self.table = KafkaTable(servers=tuple(servers.split(",")), prefix=prefix, partitions=3)
        self._starts = 0
        self._admin = KafkaAdminClient(bootstrap_servers=list(self.table.servers))
        self._begin()

    def _begin(self) -> None:
        self._starts += 1
        token = f"start-{self._starts}"
        store, outlets = self._here.store, self._here.open_outlets(token)
        assert isinstance(store, PostgresStore)
        self._outlets = outlets
        self._leader = Leader(store, outlets, self.table, limit=self._limit)
        self._leader.look()
        self._carrier = Carrier(store, outlets, self.table, limit=self._limit, places=True)
        self._carrier.start()
        self._fresh = True  # what the one before it left on the topics comes first
        self._senders = Senders(store, Deliverer(store, outlets, token), 4)

    def settle(self) -> None:
        """Carry and send until nothing is left at this instant; what the topics lost the sweeper finds."""
        while True:
            if self._leader.relay() or self._fresh:
                self._carried()
            if self._senders.run_due() or waits(self._here.store)[0]:
                continue
            if not sweep(self._here.store, self._outlets, limit=self._limit, age=timedelta(0)):
                return

    def _carried(self) -> None:
        """Until the workers have answered for everything that stands on the topics."""
        self.until(lambda: not any(lag(self._admin, self.table).values()), "the events are carried")
        self._fresh = False

    def until(self, found: Callable[[], bool], what: str) -> None:
        """Wait until something is true."""
        patience, end = threading.Event(), time.monotonic() + 60
        while not found():
            assert time.monotonic() < end, f"waited in vain until {what}"
            patience.wait(0.01)

    def restart(self) -> None:
        """The worker is dead; after its leases another one goes on."""
        self._stop()
        self._here.clock.advance(61)
        self._begin()

    def close(self) -> None:
        """End it."""
        self._stop()
        self._admin.close()

    def _stop(self) -> None:
        self._carrier.stop()
        self._leader.stop()
