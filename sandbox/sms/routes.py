"""The vendors as routes of the sandbox, and their call-backs as its tasks."""

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from config.clock import Clock, wall
from config.messages import say
from sandbox.live import Live
from sandbox.page import HEADERS, template
from sandbox.sms.aliyun import Aliyun
from sandbox.sms.callbacks import CallBacks
from sandbox.sms.numbers import alias, canonical
from sandbox.sms.phone import Phone, moment, phone_of, phones
from sandbox.sms.registered import Manner
from sandbox.sms.tencent import Tencent
from sandbox.sms.vendor import Call, Vendor
from sandbox.told import body_of, told

MOST = 1_048_576  # bytes of a request
SHOWN = 100  # phones in the list, the newest; the witness has them all


class _Receipts(Manner):
    """The command to post receipts, of this once. ``to``: somewhere else than registered."""

    to: str | None = None


class _Reply(BaseModel):
    """The command that the holder of a number answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    text: str = Field("R", min_length=1, max_length=500)
    sign: str | None = None  # None: of the newest text
    to: str | None = None
    times: int = Field(1, ge=1, le=100)


class Sms:
    """Both vendors, as opened in ``home``."""

    def __init__(self, home: Path, registered: Path, secrets: Path, clock: Clock, *, account: str = "") -> None:
        """``account`` is the name of the official account that the same people read, where there is one."""
        self._clock = clock
        self._account = account
        self._live = Live()
        made = tuple(kind(home, registered, secrets, clock, self._live) for kind in (Aliyun, Tencent))
        self.vendors: Mapping[str, Vendor] = {vendor.name: vendor for vendor in made}
        self._callbacks = {vendor.name: CallBacks(vendor) for vendor in made}
        self._running: list[asyncio.Task[None]] = []
        self.routes = [
            Route("/", self.api, methods=["POST"]),
            Route("/sms/{vendor}/receipts", self.receipts, methods=["POST"]),
            Route("/sms/{vendor}/reply", self.reply, methods=["POST"]),
            Route("/phones", self.phones),
            Route("/phones/changes", self.changes),
            Route("/phones/{alias}", self.phone),
        ]

    def start(self) -> None:
        """Post call-backs from here on."""
        self._running = [asyncio.create_task(each.run()) for each in self._callbacks.values()]

    async def leave(self) -> None:
        """Post nothing more."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def api(self, request: Request) -> Response:
        """The vendors' own interface: both have one address, and say in headers what they are asked."""
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        name = "aliyun" if "x-acs-action" in headers else "tencent" if "x-tc-action" in headers else ""
        body = await body_of(request, MOST)
        call = Call(request.method, request.url.path, request.url.query, headers, body)
        return await self._vendor(name).receive(call)

    async def receipts(self, request: Request) -> Response:
        """Let the carrier speak of every text now, and post what it said."""
        vendor = self._vendor(request.path_params["vendor"])
        command = await told(request, _Receipts)
        registered = vendor.registrations.read()
        to = command.to if command.to is not None else registered.report_to if registered else ""
        callbacks = self._callbacks[vendor.name]
        spoken = callbacks.report(command, to, delay=command.after or 0)
        return JSONResponse({"receipts": spoken, "taken": await callbacks.post(), "waiting": len(callbacks.waiting)})

    async def reply(self, request: Request) -> Response:
        """The holder of a number answers."""
        vendor = self._vendor(request.path_params["vendor"])
        command = await told(request, _Reply)
        number = canonical(command.number) or self._number(command.number)
        texts = vendor.witness.of.get(number or "", [])
        if not number or not texts:
            raise HTTPException(404, say("sandbox.no_text_to_it"))
        registered = vendor.registrations.read()
        to = command.to if command.to is not None else registered.reply_to if registered else ""
        callbacks = self._callbacks[vendor.name]
        callbacks.reply(number, command.sign or texts[-1].sign, command.text, to, command.times)
        taken = await callbacks.post()
        await vendor.live.say_changed()
        return JSONResponse({"taken": taken, "waiting": len(callbacks.waiting)})

    # -- for people -------------------------------------------------------------------------------

    @property
    def phones_reached(self) -> int:
        """How many phones there are."""
        return len({number for vendor in self.vendors.values() for number in vendor.witness.of})

    async def phones(self, request: Request) -> Response:
        """Every phone, its number masked."""
        found, reached = phones(self.vendors.values(), SHOWN), self.phones_reached
        page = template(
            "phones.html.j2", phones=found, reached=reached, account=self._account, today=self._today(), moment=moment
        )
        return HTMLResponse(page, headers=HEADERS)

    async def phone(self, request: Request) -> Response:
        """One phone, with what one signature has sent to it."""
        number = self._number(request.path_params["alias"])
        threads = phone_of(number, self.vendors.values()).threads if number else ()
        wanted = request.query_params.get("from")
        thread = next((each for each in threads if wanted in (None, each.sign)), None)
        if number is None or thread is None:
            raise HTTPException(404, say("sandbox.no_text_to_it"))
        page = template("phone.html.j2", phone=Phone(number, threads), thread=thread, today=self._today())
        return HTMLResponse(page, headers=HEADERS)

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one at each change on any phone."""
        return self._live.changes()

    def _today(self) -> date:
        return wall(self._clock.now()).date()

    def _number(self, given: str) -> str | None:
        known = {number for vendor in self.vendors.values() for number in vendor.witness.of}
        return next((number for number in known if alias(number) == given), None)

    def _vendor(self, name: str) -> Vendor:
        if name not in self.vendors:
            raise HTTPException(404, say("sandbox.no_partner", name=name, there_are=", ".join(self.vendors)))
        return self.vendors[name]
