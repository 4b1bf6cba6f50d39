"""From a row of the store to a channel that can speak: endpoints, their messages, their renditions."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Row, bindparam, select

from channels.base import Channel, File, Http, Nature, Options, Rendition, Tools, load
from channels.pretend import Pretend
from channels.smtp.letter import Smtp
from config.channels import channel_tables
from config.settings import Configuration
from notices.notice import Message, Office
from streams.kept import Kept
from streams.retry import Schedule, schedule
from streams.seal import Seal
from streams.store import tables
from streams.store.store import Store, Tx, blob_of

HOLD = timedelta(seconds=15)  # a shared key is held at most so long: what one request takes at most
NUMBERS = "numbers"  # the secret under which numbers of persons are kept
KEPT = 2**25  # bytes of renditions at most

MESSAGE = select(tables.message).where(tables.message.c.id == bindparam("of"))
FIRST = select(tables.message.c.released_at).where(
    tables.message.c.subject == bindparam("of"), tables.message.c.sequence == 1
)
MANIFEST = select(tables.rendition.c.manifest).where(
    tables.rendition.c.message == bindparam("of"),
    tables.rendition.c.channel == bindparam("of_channel"),
    tables.rendition.c.edition == bindparam("of_edition"),
)


@dataclass(frozen=True)
class Endpoint:
    """投放点: one outlet of a channel."""

    id: str
    office: str
    channel: str
    title: str
    options: str  # JSON
    pretend: bool
    enabled: bool
    reason: str | None


@dataclass(frozen=True)
class Said:
    """A message with the instants it was released at."""

    message: Message
    released_at: datetime
    first_released_at: datetime


class Outlets:
    """Hands out channels, messages and renditions. What it caches is immutable, or keyed by what it was made from."""

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        *,
        http: Http,
        own: Http,
        smtp: Smtp,
        token: str,
        find: Callable[[str], type[Channel]] = load,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._http = {True: http, False: own}  # by whether the channel leaves the machine
        self._smtp = smtp
        self._find = find
        self._shared = SharedStore(store, token)
        self.channel = lru_cache(maxsize=4096)(self._channel)
        self._messages = Kept[Said](512)
        self._renditions = Kept[Rendition](KEPT, lambda made: sum(len(file.body) for file in made.files))
        store.on_failure(self._messages.forget)  # what was read of a transaction that never came to be
        store.on_failure(self._renditions.forget)

    def office(self, office: str) -> Office:
        """The office of the configuration. Raises ``KeyError``."""
        return Office(id=office, **self._configuration.offices[office].model_dump(exclude={"staff"}))

    def channel_class(self, endpoint: Endpoint) -> type[Channel]:
        """The class that speaks for the endpoint."""
        return self._find(endpoint.channel)

    def nature(self, endpoint: Endpoint) -> Nature:
        """What may be done there when an answer was never seen; a rehearsal reaches nobody."""
        return Pretend.nature if endpoint.pretend else self.channel_class(endpoint).nature

    def looks_up_after(self, endpoint: Endpoint) -> timedelta | None:
        """How long after a send whose answer was never seen its channel asks what became of it; None: nobody can."""
        return None if endpoint.pretend else self.channel_class(endpoint).looks_up_after

    def schedule(self, endpoint: Endpoint, *, urgent: bool) -> Schedule:
        """When its messages are tried again; emergencies have a schedule of their own."""
        return schedule("emergency" if urgent else channel_tables().get(endpoint.channel, {}).get("schedule", "normal"))

    def tools(self, endpoint: Endpoint) -> Tools:
        """What a channel of this endpoint may use."""
        path = self._configuration.offices[endpoint.office].path
        return Tools(
            clock=self._store.clock,
            http=self._http[self.channel_class(endpoint).leaves],
            smtp=self._smtp,
            blobs=StoreBlobs(self._store),
            shared=self._shared,
            place=place(self._configuration.home, endpoint.id),
            public_url=self._configuration.public_url + path,
            secret=self._configuration.secret,
        )

    def seal(self) -> Seal:
        """What opens the numbers of persons, as the secret ``numbers`` has it now.

        Raises ``SettingsError`` when there is none, ``BadKey`` when it is no key.
        """
        return _seal(self._configuration.secret(NUMBERS))

    def said(self, connection: Connection, message: str) -> Said:
        """The message, as the transaction of ``connection`` sees it. Raises ``NoResultFound``."""
        return self._messages.get(message, lambda: _said(connection, message))

    def rendition(self, connection: Connection, message: str, channel: str, edition: str) -> Rendition:
        """The approved bytes, as the transaction sees them. Raises ``KeyError`` when nobody approved any."""
        of = (message, channel, edition)
        return self._renditions.get(of, lambda: _rendition(connection, *of))

    def _channel(self, endpoint: Endpoint) -> Channel:
        kind = self.channel_class(endpoint)
        options: Options = kind.Options.model_validate(json.loads(endpoint.options))
        channel = kind(options, self.tools(endpoint))
        return Pretend(channel) if endpoint.pretend else channel


def endpoint_of(row: "Row[tuple[object, ...]]") -> Endpoint:
    """The endpoint in a row of its table."""
    return Endpoint(
        id=row.id,
        office=row.office,
        channel=row.channel,
        title=row.title,
        options=row.options,
        pretend=row.pretend,
        enabled=row.state == "enabled",
        reason=row.reason,
    )


def place(home: Path, endpoint: str) -> Path:
    """The folder of an endpoint's own."""
    return home / "outlets" / endpoint


def manifest(rendition: Rendition) -> str:
    """What is written down of a rendition besides its bytes: the hash of its text, and its files."""
    text = hashlib.sha256(rendition.text.encode()).hexdigest()
    files = [[file.name, file.media_type, hashlib.sha256(file.body).hexdigest()] for file in rendition.files]
    return json.dumps({"text": text, "files": files}, ensure_ascii=False)


_seal = lru_cache(maxsize=2)(Seal)


def _said(connection: Connection, message: str) -> Said:
    row = connection.execute(MESSAGE, {"of": message}).one()
    first = row.released_at if row.sequence == 1 else connection.execute(FIRST, {"of": row.subject}).scalar()
    return Said(Message.model_validate_json(row.content), row.released_at, first or row.released_at)


def _rendition(connection: Connection, message: str, channel: str, edition: str) -> Rendition:
    of = {"of": message, "of_channel": channel, "of_edition": edition}
    found = connection.execute(MANIFEST, of).scalar()
    if found is None:
        raise KeyError((message, channel, edition))
    files = tuple(
        File(name, media_type, blob_of(connection, sha256)) for name, media_type, sha256 in json.loads(found)["files"]
    )
    return Rendition(files, text="")  # the words were checked at approval; sending needs none


class StoreBlobs:
    """Bytes by hash, from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, sha256: str) -> bytes:
        """The bytes; ``KeyError`` when there are none."""
        return self._store.get_blob(sha256)


class SharedStore:
    """The leased key-value store of ``channels.base.Shared``, in the table ``shared``."""

    def __init__(self, store: Store, token: str) -> None:
        self._store = store
        self._token = token

    def get(self, key: str) -> str | None:
        """The value, or None when there is none or it has expired."""
        shared, now = tables.shared, self._store.clock.now()
        row = self._store.read(lambda c: c.execute(select(shared).where(shared.c.key == key)).first())
        if row is None or row.expires_at is None or row.expires_at <= now:
            return None
        return str(row.value)

    def put(self, key: str, value: str, *, expires_at: datetime) -> None:
        """Keep ``value`` until ``expires_at``."""
        shared = tables.shared

        def act(tx: Tx) -> None:
            tx.connection.execute(tx.insert_or_ignore(shared), {"key": key})
            tx.connection.execute(shared.update().where(shared.c.key == key).values(value=value, expires_at=expires_at))

        self._store.write(act)

    @contextmanager
    def hold(self, key: str) -> Iterator[bool]:
        """Hold the key alone; gives False when another worker holds it."""
        shared, now = tables.shared, self._store.clock.now()
        mine = f"{self._token}.{secrets.token_hex(4)}"  # this hold's own: one that lapsed lets no later one go

        def take(tx: Tx) -> bool:
            tx.connection.execute(tx.insert_or_ignore(shared), {"key": key})
            free = (shared.c.holder.is_(None)) | (shared.c.held_until <= now)
            taken = tx.connection.execute(
                shared.update().where(shared.c.key == key, free).values(holder=mine, held_until=now + HOLD)
            )
            return taken.rowcount == 1

        def release(tx: Tx) -> None:
            held = (shared.c.key == key) & (shared.c.holder == mine)
            tx.connection.execute(shared.update().where(held).values(holder=None, held_until=None))

        got = self._store.write(take)
        try:
            yield got
        finally:
            if got:
                self._store.write(release)
