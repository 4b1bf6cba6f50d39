"""How the brokers are reached and told who we are: one place for what administers, what relays, and what carries."""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any

import aiokafka.errors
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest
from kafka.errors import KafkaError

from config.settings import KafkaTable, SettingsError

ANSWER = 2_000  # ms for each answer of a broker that is asked why it was of no use
CLOSED = 0.5  # seconds for the line to it to be closed in order


class NoAccess(KafkaError):  # type: ignore[misc]  # the library has no types
    """There is no way in; the text says why. Waiting alone will not open one, if that is ``sure``."""

    def __init__(self, why: str, *, sure: bool = True) -> None:
        super().__init__(why)
        self.sure = sure

    def __str__(self) -> str:
        return str(self.args[0])


class Unprepared(NoAccess, SettingsError):
    """What ``[kafka]`` names is missing here or cannot be used; the text says what and where."""


class ShutOut(NoAccess):
    """A broker is there, and does not let us in, or is not who it should be."""


@dataclass(frozen=True)
class Access:
    """What every client of a broker is told."""

    security: str  # PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
    context: ssl.SSLContext | None = None
    mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """By the names that kafka-python and aiokafka have for them."""
        return {
            "security_protocol": self.security,
            "ssl_context": self.context,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


def access(table: KafkaTable) -> Access:
    """As it is now: files and secret are read anew each time. Raises ``Unprepared``."""
    context = _context(table) if table.is_sealed else None
    if not table.asks_who:
        return Access(table.security, context)
    try:
        password = table.password()
    except SettingsError as error:
        raise Unprepared(str(error)) from None
    if not password:
        raise Unprepared(f"the secret {table.secret!r} is empty")
    return Access(table.security, context, table.mechanism, table.user, password)


def client(table: KafkaTable) -> dict[str, Any]:
    """What a client of kafka-python is given. Raises ``Unprepared``."""
    return {"bootstrap_servers": list(table.servers), **access(table).settings}


def what_hinders(table: KafkaTable) -> ShutOut | None:
    """Why no broker lets us in; None when one does, or all are away. kafka-python says "unable to bootstrap" of it all.

    Not for a thread with an event loop. Raises ``Unprepared``.
    """
    return asyncio.run(_knock(table, access(table)))


async def _knock(table: KafkaTable, known: Access) -> ShutOut | None:
    found = None
    for answer in asyncio.as_completed([_ask(server, known) for server in table.servers]):
        try:
            await answer
        except ShutOut as error:
            found = error
        except (OSError, aiokafka.errors.KafkaError):
            continue  # away, or of no use today
        else:
            return None
    return found


async def _ask(server: str, known: Access) -> None:
    """Ask a broker for nothing in particular. Raises ``ShutOut``, and whatever is raised when it is away."""
    host, _, port = server.rpartition(":")
    line = AIOKafkaConnection(host.strip("[]"), int(port), request_timeout_ms=ANSWER, **known.settings)
    try:
        await line.connect()
        await line.send(MetadataRequest([]))
    except aiokafka.errors.BrokerResponseError as error:
        raise ShutOut(f"{server}: {error}") from None
    except ssl.SSLError as error:
        raise ShutOut(f"{server}: {getattr(error, 'verify_message', None) or error.reason}") from None
    except (aiokafka.errors.KafkaConnectionError, ConnectionResetError):
        why = f"{server}: ends the line, as if it wanted another security than {known.security!r}, or a certificate"
        raise ShutOut(why, sure=False) from None  # so does one that is just starting
    finally:
        await asyncio.wait([line.close()], timeout=CLOSED)


def _context(table: KafkaTable) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=table.file(table.ca) if table.ca else None)
    except OSError as error:  # so are those of ``ssl``
        raise Unprepared(f"ca = {table.ca!r}: {error.strerror}") from None
    if table.certificate:
        try:
            # a passphrase would be asked for at the terminal
            context.load_cert_chain(table.file(table.certificate), table.file(table.key), password="")
        except OSError as error:
            named = f"certificate = {table.certificate!r}, key = {table.key!r}"
            raise Unprepared(f"{named}: {error.strerror}; the key goes with it, and has no passphrase") from None
    return context
