"""How an outlet misbehaves on command: seen from the wire, as real ones do it."""

import asyncio
import os
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class How(StrEnum):
    """What it does to a request that it otherwise would take and answer well."""

    WELL = "well"  # nothing
    STATUS = "status"  # answers `status` (with `retry_after`) and keeps nothing
    AFTER = "after"  # keeps it, answers `status`
    CODE = "code"  # refuses it in its own words with `code`, and keeps nothing; partners have no codes
    SLOW = "slow"  # keeps it, answers after `seconds`
    DRIP = "drip"  # keeps it, answers one byte each `seconds`
    RESET = "reset"  # keeps it, resets the connection in the middle of its answer
    DROP = "drop"  # keeps it, ends the connection without a word
    EXIT = "exit"  # keeps it, and its process dies


class Misbehaviour(BaseModel):
    """One command. ``times`` requests, then well again; None: until told otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: How
    partner: str | None = None  # an outlet's name; None: all of them
    at: str | None = Field(None, max_length=100)  # of its interfaces this one (an account's ``draft/add``); None: any
    times: int | None = Field(None, ge=1)
    seconds: float = Field(1.0, ge=0, le=3_600)
    status: int = Field(500, ge=200, le=599)
    retry_after: str | None = Field(None, pattern=r"^[ -~]{1,100}$")  # seconds or a date, sound or not
    location: str | None = Field(None, pattern=r"^[!-~]{1,500}$")  # of a redirect
    code: str = Field("", pattern=r"^[-0-9A-Za-z_.]{0,100}$")  # of the outlet's documents
    numbers: frozenset[str] = frozenset()  # whom `code` concerns; empty: everybody


WELL = Misbehaviour(how=How.WELL)


@dataclass
class Conduct:
    """What one outlet is up to."""

    now: Misbehaviour = WELL
    left: int | None = None  # requests

    def tell(self, command: Misbehaviour) -> None:
        """From here on ``command`` holds."""
        self.now, self.left = command, command.times

    def next(self, at: str = "") -> Misbehaviour:
        """How the request is treated that has just come to the interface ``at``, where the outlet has several."""
        found = self.now
        if found.at not in (None, at):
            return WELL
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.tell(WELL)
        return found


async def treated(command: Misbehaviour, well: Response) -> Response:
    """What is answered to a request that was kept, and would have been answered ``well``."""
    match command.how:
        case How.WELL | How.CODE:
            return well
        case How.SLOW:
            await asyncio.sleep(command.seconds)  # the wire's own time, whatever clock the office has
            return well
        case How.AFTER:
            return plain_status(command)
    return OnTheWire(command)


def plain_status(command: Misbehaviour) -> Response:
    """The answer of ``How.STATUS`` and ``How.AFTER``."""
    headers = {"retry-after": command.retry_after, "location": command.location}
    return Response(status_code=command.status, headers={k: v for k, v in headers.items() if v is not None})


class OnTheWire(Response):
    """An answer that is no HTTP any more: done on the connection itself (``sandbox.server`` hands it over)."""

    def __init__(self, command: Misbehaviour) -> None:
        super().__init__()
        self._command = command

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"]["transport"]
        match self._command.how:
            case How.EXIT:
                os._exit(70)
            case How.RESET:
                transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of wh")
                linger = struct.pack("ii", 1, 0)  # on, 0 s: closing sends RST
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            case How.DRIP:
                for byte in b"HTTP/1.1 204 No Content\r\nX-Drip: yes\r\n\r\n":
                    if transport.is_closing():
                        break
                    transport.write(bytes([byte]))
                    await asyncio.sleep(self._command.seconds)  # the wire's own time, whatever clock the office has
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
