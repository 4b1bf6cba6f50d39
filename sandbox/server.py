"""Serving the outlets on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from config.clock import Clock
from sandbox.app import Partner, Sandbox
from sandbox.wechat.account import Account

HOST = "127.0.0.1"


class _Wire(H11Protocol):
    """Hands each request the connection it came by, so that an answer can be broken on the wire."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Lets the pages' streams end before it waits for connections to close."""

    partners: Mapping[str, Partner] = {}

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for partner in self.partners.values():
            await partner.leave()
        await super().shutdown(sockets)


def serve(
    partners: Mapping[str, str],
    home: Path,
    clock: Clock,
    *,
    port: int = 0,
    secrets: Path | None = None,
    wechat: tuple[str, str] | None = None,
    ready: Callable[[str, Mapping[str, Partner]], None] = lambda address, partners: None,
) -> None:
    """Serve ``partners`` (title by name) on loopback until the process is told to end (SIGINT, SIGTERM).

    Inboxes are kept in ``home``, secrets in ``secrets`` (default: ``home/secrets``), one file a partner, made when
    missing and read anew at each request. ``wechat`` is the AppID and the name of an official account, whose secret is
    in the file ``wechat`` there. ``port`` 0 is any free one; ``ready`` is told the address once it listens.
    Raises ``OSError`` when the port is taken.
    """
    with socket.create_server((HOST, port)) as listening:
        opened = {
            name: Partner.open(name, title, home, secrets or home / "secrets") for name, title in partners.items()
        }
        kept = secrets or home / "secrets"
        account = Account(*wechat, home / "wechat", kept / "wechat", clock) if wechat else None
        config = uvicorn.Config(
            Sandbox(opened, clock, account).app,
            http=_Wire,
            loop="asyncio",
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        ready(f"http://{HOST}:{listening.getsockname()[1]}/", opened)
        server = _Server(config)
        server.partners = opened
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn passes the signal on when it has stopped
            server.run(sockets=[listening])
        for partner in opened.values():
            partner.inbox.close()
        if account is not None:
            account.close()
