"""Who works on an installation: this process's engine, and whether another process has one running."""

import secrets
from pathlib import Path

from config.settings import Configuration
from streams.embedded import AlreadyRunning, Embedded, hold_folder, new_token
from streams.engine import Engine
from streams.outlets import Outlets
from streams.store.postgresql import PostgresStore
from streams.store.store import Store

STATION = "station"  # file of the data folder: what the leases of its processes begin with


def token_of(home: Path) -> str:
    """Names one start of a process of ``home``; every start of the same folder begins alike."""
    file = home / STATION
    if not file.exists():
        fresh = file.with_name(f".{STATION}-{secrets.token_hex(4)}")
        fresh.write_text(secrets.token_hex(4))
        fresh.replace(file)  # another process may do so at the same time: either name is good
    return f"{file.read_text().strip()}.{new_token()}"


def engine_of(
    configuration: Configuration, store: Store, outlets: Outlets, token: str, *, places: bool, name: str | None
) -> Engine:
    """The engine that the configuration names; the caller holds the folder (``streams.embedded.hold_folder``).

    ``places`` says whether outlets' files are on this machine, ``name`` is a worker's own and stays over its starts.
    """
    settings = configuration.installation
    if settings.engine == "kafka":
        from streams.kafka.engine import KafkaEngine  # its libraries take half a second to import

        assert isinstance(store, PostgresStore)  # the configuration says so
        return KafkaEngine(
            store,
            outlets,
            configuration.kafka,
            token=token,
            dead_letters_in_row=settings.dead_letters_in_row,
            workers=settings.workers,
            places=places,
            name=name,
        )
    return Embedded(
        store, outlets, token=token, dead_letters_in_row=settings.dead_letters_in_row, workers=settings.workers
    )


def is_worked(configuration: Configuration, store: Store) -> bool:
    """True while another process works: on this data folder, or, where several machines do, on any of them."""
    if configuration.installation.engine == "kafka":
        from streams.kafka.leader import SEAT

        assert isinstance(store, PostgresStore)  # the configuration says so
        if store.is_taken(SEAT):
            return True
    try:
        hold_folder(configuration.home).close()
    except AlreadyRunning:
        return True
    return False
