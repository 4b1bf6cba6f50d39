"""The door of the mail server: a conversation with each client."""

import asyncio
import socket
import ssl
from collections.abc import Mapping

from config.clock import Clock
from sandbox.mail.account import MailAccount
from sandbox.mail.session import Session


class PostOffice:
    """Takes mails in at ``slot``, a socket that listens; None where nobody has an account.

    ``implicit`` is spoken from the first byte, ``starttls`` when it is asked for.
    """

    def __init__(
        self,
        accounts: Mapping[str, MailAccount],
        clock: Clock,
        slot: socket.socket | None,
        *,
        implicit: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._slot = slot
        self._implicit = implicit
        self._starttls = starttls
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; 0 where nobody has an account."""
        return int(self._slot.getsockname()[1]) if self._slot else 0

    async def open(self) -> None:
        """Begin."""
        if self._slot is not None:
            self._server = await asyncio.start_server(self._talk, sock=self._slot, ssl=self._implicit)

    def close(self) -> None:
        """Let nobody in any more."""
        if self._server is not None:
            self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(self._accounts, self._clock, (reader, writer), self._starttls).run()
