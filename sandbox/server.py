"""Serving the outlets on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from config.clock import Clock
from config.listening import listening
from sandbox.app import Partner, Sandbox
from sandbox.mail.account import MailAccount
from sandbox.mail.office import PostOffice
from sandbox.outlet import Outlet
from sandbox.robots import Robot
from sandbox.sms.routes import Sms
from sandbox.wechat.account import Account

HOST = "127.0.0.1"
LONGEST = 1_048_576  # bytes of a request's line and headers: 阿里云's SDK puts all parameters into the address


@dataclass(frozen=True)
class Opened:
    """The outlets that were named, by their names."""

    partners: Mapping[str, Partner]
    robots: Mapping[str, Robot]
    mail: Mapping[str, MailAccount]


class _Wire(H11Protocol):
    """Hands each request the connection it came by, so that an answer can be broken on the wire."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Posts call-backs while it serves; lets the pages' streams end before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, outlets: Sequence[Outlet], sms: Sms, office: PostOffice) -> None:
        super().__init__(config)
        self.outlets = outlets
        self.sms = sms
        self.office = office

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.sms.start()
        await self.office.open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.office.close()
        await self.sms.leave()
        for outlet in self.outlets:
            await outlet.live.leave()
        await super().shutdown(sockets)


def serve(
    partners: Mapping[str, str],
    home: Path,
    clock: Clock,
    *,
    robots: Mapping[str, str] = MappingProxyType({}),
    mail: Mapping[str, str] = MappingProxyType({}),
    port: int = 0,
    mail_port: int = 0,
    secrets: Path | None = None,
    registered: Path | None = None,
    wechat: tuple[str, str] | None = None,
    ready: Callable[[str, int, Opened], None] = lambda address, mail_port, opened: None,
) -> None:
    """Serve ``partners``, ``robots`` and ``mail`` accounts (title by name) on loopback until told to end.

    What they get is kept in ``home``, secrets in ``secrets`` (default: ``home/secrets``), one file an outlet, made when
    missing and read anew at each request. ``registered`` (default: ``home/sms``) is what the SMS vendors hold
    (``sandbox.sms``), ``wechat`` the AppID and the name of an official account. ``port`` 0 is any free one, and so
    is ``mail_port``, where mails are handed in if there are accounts; ``ready`` is told the address, that port and who
    is there, once it listens. It ends by SIGINT and SIGTERM.
    Raises ``OSError`` when a port is taken.
    """
    with listening(HOST, port) as door:
        keys = secrets or home / "secrets"
        inboxes = {name: Partner.open(name, title, home, keys) for name, title in partners.items()}
        groups = {name: Robot.open(name, title, home, keys) for name, title in robots.items()}
        accounts = {name: MailAccount.open(name, title, home, keys) for name, title in mail.items()}
        office = PostOffice(accounts, clock, listening(HOST, mail_port) if accounts else None)
        sms = Sms(home, registered or home / "sms", keys, clock, account=wechat[1] if wechat else "")
        account = Account(*wechat, home, keys, clock) if wechat else None
        config = uvicorn.Config(
            Sandbox(inboxes, groups, accounts, sms, account, clock).app,
            http=_Wire,
            loop="asyncio",
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=LONGEST,
        )
        ready(f"http://{HOST}:{door.getsockname()[1]}/", office.port, Opened(inboxes, groups, accounts))
        outlets: list[Outlet] = [*inboxes.values(), *groups.values(), *accounts.values(), *sms.vendors.values()]
        outlets += [account] if account else []
        server = _Server(config, outlets, sms, office)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn passes the signal on when it has stopped
            server.run(sockets=[door])
        for outlet in outlets:
            outlet.close()
