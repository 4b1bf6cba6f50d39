"""One conversation of the mail server: RFC 5321 as strict as it is written, for submission (RFC 6409).

Nobody hands in a mail without user and password. What it was told to do wrong, it does on the wire.
"""

import asyncio
import base64
import binascii
import contextlib
import os
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping

from config.clock import Clock
from sandbox.mail.account import STAGES, WORDS, Line, MailAccount, code_of, is_address
from sandbox.mail.letter import MOST, wrong_with
from sandbox.misbehave import WELL, How, Misbehaviour

COMMAND = 512  # octets of a command with its end (RFC 5321 §4.5.3.1.4)
RECIPIENTS = 100  # of one mail (RFC 5321 §4.5.3.1.8)
MAIL = re.compile(r"FROM:<([^<> ]*)>((?: [A-Za-z0-9-]+(?:=[!-<>-~]+)?)*)", re.IGNORECASE)
RCPT = re.compile(r"TO:<([^<> ]*)>", re.IGNORECASE)


class Over(Exception):
    """The conversation has ended."""


class Session:
    """With one client; ``tls`` is what STARTTLS is answered with, and where it is None there is none."""

    def __init__(
        self,
        accounts: Mapping[str, MailAccount],
        clock: Clock,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._reader, self._writer = streams
        self._tls = tls
        self._account: MailAccount | None = None
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._hello,
            "STARTTLS": self._start_tls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }

    async def run(self) -> None:
        """Until either side ends it."""
        with contextlib.suppress(Over, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._say("greeting", 220, "sandbox ESMTP")
            while True:
                verb, _, argument = (await self._command()).partition(" ")
                await self._verbs.get(verb.upper(), self._unknown)(argument.strip())
        self._writer.close()

    # -- commands -----------------------------------------------------------------------------------

    async def _hello(self, argument: str) -> None:
        if not argument:
            return await self._answer(501, "5.5.4 EHLO and a name")
        self._forget()
        offers = ["sandbox", f"SIZE {MOST}", "ENHANCEDSTATUSCODES", "AUTH PLAIN"]
        offers += ["STARTTLS"] if self._tls else []
        lines = "".join(f"250-{offer}\r\n" for offer in offers[:-1])
        said = await self._say("hello", 250, offers[-1], before=lines)
        self._greeted = said == 250
        return None

    async def _start_tls(self, argument: str) -> None:
        if self._tls is None:
            return await self._answer(502, "5.5.1 not here")
        if await self._say("tls", 220, "2.0.0 go on") == 220:
            await self._writer.start_tls(self._tls)
            self._tls, self._greeted, self._account = None, False, None
            self._forget()
        return None

    async def _auth(self, argument: str) -> None:
        kind, _, given = argument.partition(" ")
        if not self._greeted or self._account is not None:
            return await self._answer(503, "5.5.1 not now")
        if kind.upper() != "PLAIN":
            return await self._answer(504, "5.5.4 PLAIN only")
        if not given:
            await self._answer(334, "")
            given = await self._command()
        try:
            _, user, password = base64.b64decode(given, validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            return await self._answer(501, "5.5.2 that is not PLAIN")
        account = self._accounts.get(user)
        if account is None or not account.opens(user, password):
            return await self._answer(535, WORDS[535])
        if await self._say("auth", 235, "2.7.0 welcome") == 235:
            self._account = account
        return None

    async def _mail(self, argument: str) -> None:
        found = MAIL.fullmatch(argument)
        if self._account is None:
            return await self._answer(530, "5.7.0 authentication required")
        if self._sender is not None:
            return await self._answer(503, "5.5.1 one mail at a time")
        if found is None or not is_address(found[1]):
            return await self._answer(501, "5.1.7 MAIL FROM:<address>")
        size = re.search(r" SIZE=([0-9]{1,20})(?: |$)", found[2], re.IGNORECASE)
        if size and int(size[1]) > MOST:
            return await self._answer(552, WORDS[552])
        if await self._say("sender", 250, "2.1.0 ok") == 250:
            self._sender = found[1]
        return None

    async def _rcpt(self, argument: str) -> None:
        found = RCPT.fullmatch(argument)
        if self._sender is None:
            return await self._answer(503, "5.5.1 MAIL first")
        if found is None or not is_address(found[1]):
            return await self._answer(501, "5.1.3 RCPT TO:<address>")
        if len(self._recipients) == RECIPIENTS:
            return await self._answer(452, "4.5.3 too many recipients")
        if await self._say("recipient", 250, "2.1.5 ok", address=found[1]) == 250:
            self._recipients.append(found[1])
        return None

    async def _data(self, argument: str) -> None:
        if argument:
            return await self._answer(501, "5.5.4 DATA alone")
        if not self._recipients or self._account is None or self._sender is None:
            return await self._answer(503, "5.5.1 RCPT first")
        if await self._say("data", 354, "go on, and end with a dot") != 354:
            return None
        message = await self._content()
        wrong = wrong_with(message) if len(message) <= MOST else ""
        code = 250 if not wrong and len(message) <= MOST else 552 if not wrong else 554
        told = WORDS[552] if code == 552 else wrong or "2.0.0 taken"
        command = self._account.meets("end")
        if code == 250 and (given := code_of(command)) is not None:
            code, told = given, WORDS.get(given, "told to")
        now = self._clock.now().isoformat()
        whole = Line(now, code, told, self._sender, tuple(self._recipients), message.decode("ascii", "replace"))
        self._account.write(whole if code == 250 else Line(now, code, told))
        await self._account.live.say_changed()
        self._forget()
        if command.how is How.AFTER:
            code, told = command.status, WORDS.get(command.status, "told to")
        return await self._answer(code, told, command if code_of(command) is None else WELL)

    async def _rset(self, argument: str) -> None:
        self._forget()
        await self._answer(250, "2.0.0 ok")

    async def _noop(self, argument: str) -> None:
        await self._answer(250, "2.0.0 ok")

    async def _quit(self, argument: str) -> None:
        await self._answer(221, "2.0.0 bye")
        raise Over

    async def _unknown(self, argument: str) -> None:
        await self._answer(500, "5.5.2 what")

    # -- the wire -----------------------------------------------------------------------------------

    async def _command(self) -> str:
        line = await self._reader.readuntil(b"\n")
        if len(line) > COMMAND:
            await self._answer(500, "5.5.2 line too long")
            raise Over
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or not line.isascii():
            await self._answer(500, "5.5.2 lines end with CR LF, and are ASCII")
            raise Over
        return line[:-2].decode()

    async def _content(self) -> bytes:
        """Everything up to the dot, without the dots that were put in before others (RFC 5321 §4.5.2)."""
        lines, size = [], 0
        while (line := await self._reader.readuntil(b"\n")) != b".\r\n":
            size += len(line)
            if size <= MOST + 1_000:
                lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def _say(self, stage: str, code: int, words: str, *, before: str = "", address: str = "") -> int:
        """Answer at ``stage``, as whoever this is about was told to; the code that was said."""
        told = self._account or next(
            (one for one in self._accounts.values() if one.conduct.now.at == stage and stage in STAGES[:4]), None
        )
        command = WELL if told is None else told.meets(stage, address)
        if told is not None and (given := code_of(command)) is not None:
            told.write(Line(self._clock.now().isoformat(), given, f"{stage}: {WORDS.get(given, 'told to')}"))
            await self._answer(given, WORDS.get(given, "told to"))
            if given == 421:
                raise Over
            return given
        await self._answer(code, words, command, before=before)
        return code

    async def _answer(self, code: int, words: str, command: Misbehaviour = WELL, *, before: str = "") -> None:
        reply = f"{before}{code} {words}\r\n".encode()
        match command.how:
            case How.EXIT:
                os._exit(70)
            case How.SLOW:
                await asyncio.sleep(command.seconds)  # the wire's own time, whatever clock the office has
            case How.RESET:
                linger = struct.pack("ii", 1, 0)  # on, 0 s: closing sends RST
                self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._writer.transport.abort()
                raise Over
            case How.DROP:
                raise Over
            case How.DRIP:
                for byte in reply:
                    self._writer.write(bytes([byte]))
                    await self._writer.drain()
                    await asyncio.sleep(command.seconds)  # likewise
                return
        self._writer.write(reply)
        await self._writer.drain()

    def _forget(self) -> None:
        self._sender, self._recipients = None, []
