"""One data folder opened: its configuration, store and outlets, for whoever works in it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.base import Http
from channels.http import AllowEntry, Guarded
from channels.smtp.client import GuardedSmtp
from channels.smtp.letter import Smtp
from config.clock import Clock, clock_of
from config.settings import Configuration, read
from notices.begins import begins
from notices.reminders import reminder_rules
from notices.staleness import places
from producers.work import engine_of, token_of
from streams.audit import HeadsFile
from streams.clock_trust import station_of
from streams.endpoints import refuse_orphans, seed
from streams.engine import Engine
from streams.outlets import Outlets
from streams.store.migrate import open_store
from streams.store.store import Store, Tx

HEADS = "heads.jsonl"


@dataclass(frozen=True)
class House:
    """What an act of a person or a process works with."""

    configuration: Configuration
    clock: Clock
    store: Store
    outlets: Outlets
    token: str  # of this start

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.configuration.home

    @property
    def station(self) -> str:
        """Names this data folder, over all its starts."""
        return station_of(self.token)

    @property
    def heads(self) -> Path:
        """Where the audit chains' heads are kept outside the database."""
        return self.home / HEADS

    def engine(self, *, places: bool = True, name: str | None = None) -> Engine:
        """An engine over this house; see ``producers.work``."""
        return engine_of(self.configuration, self.store, self.outlets, self.token, places=places, name=name)


@contextmanager
def house(home: Path, clock: Clock | None = None) -> Iterator[House]:
    """The house of the data folder ``home``, closed at the end.

    Raises ``SettingsError``, ``NewerStore`` or ``StoreUnavailable``.
    """
    clock = clock or clock_of()
    places()
    begins()  # a row that cannot be read stops the start, not the first notice it concerns
    reminder_rules()
    configuration = read(home)
    store = open_store(configuration.store_url, clock)
    try:
        store.keep_heads(HeadsFile(home / HEADS).keep)
        token = token_of(home)
        outlets = Outlets(
            configuration,
            store,
            http=partners(configuration, clock),
            own=_own(configuration, clock),
            smtp=mail_servers(configuration, clock),
            token=token,
        )
        store.write(lambda tx: _set_up(tx, configuration))
        yield House(configuration, clock, store, outlets, token)
    finally:
        store.close()


def _set_up(tx: Tx, configuration: Configuration) -> None:
    seed(tx, configuration)
    refuse_orphans(tx, configuration)


def partners(configuration: Configuration, clock: Clock) -> Http:
    """The client for outlets of others: what is private is reached only where the allow-list names it."""
    return Guarded(allow=_allowed(configuration), clock=clock)


def mail_servers(configuration: Configuration, clock: Clock) -> Smtp:
    """The client for mail servers, under the same allow-list."""
    return GuardedSmtp(allow=_allowed(configuration), clock=clock)


def _allowed(configuration: Configuration) -> Iterable[AllowEntry]:
    return (AllowEntry(row.origin, owner=row.owner, expires=row.expires) for row in configuration.allow)


def _own(configuration: Configuration, clock: Clock) -> Http:
    """The client that reads back what we published: it reaches our own public listener besides."""
    origin = f"http://127.0.0.1:{configuration.installation.port}"
    return Guarded(allow=(AllowEntry(origin, owner="gongkai"),), clock=clock)
