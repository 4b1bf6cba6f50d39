"""The outlets as one web application: receive, show, misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from config.clock import Clock
from config.messages import say
from sandbox.inbox import Inbox
from sandbox.misbehave import Conduct, How, Misbehaviour, OnTheWire, plain_status
from sandbox.page import ASSETS, HEADERS, render_inbox, render_index
from sandbox.signature import Forged, new_secret, verify
from sandbox.wechat.account import Account
from sandbox.wechat.app import Platform

MOST = 65_536  # bytes of a request
EVENT = "application/cloudevents+json"


@dataclass
class Partner:
    """One receiver: its name in addresses, how it is called, its secret's file, its inbox, its conduct."""

    name: str
    title: str
    secret_file: Path
    inbox: Inbox
    conduct: Conduct = field(default_factory=Conduct)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    leaving: bool = False

    @classmethod
    def open(cls, name: str, title: str, home: Path, secrets: Path) -> "Partner":
        """The partner as its folder has it; a secret is made when there is none yet."""
        home.mkdir(parents=True, exist_ok=True)
        secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret_file = secrets / name
        if not secret_file.exists():
            secret_file.touch(mode=0o600)
            secret_file.write_text(new_secret() + "\n", "utf-8")
        return cls(name, title, secret_file, Inbox(home / f"{name}.jsonl"))

    async def say_changed(self) -> None:
        """Wake up whoever looks at the inbox."""
        async with self.changed:
            self.changed.notify_all()

    async def leave(self) -> None:
        """End the pages' streams: the server is about to stop."""
        self.leaving = True
        await self.say_changed()


class Sandbox:
    """The routes over the partners, and over an official account where there is one."""

    def __init__(self, partners: Mapping[str, Partner], clock: Clock, account: Account | None = None) -> None:
        self._partners = partners
        self._clock = clock
        self._account = account
        self.app = Starlette(
            routes=[
                Route("/", self.index),
                Route("/misbehave", self.misbehave, methods=["POST"]),
                Route("/partner/{name}", self.receive, methods=["POST"]),
                Route("/partner/{name}", self.shake_hands, methods=["OPTIONS"]),
                Route("/partner/{name}", self.show),
                Route("/partner/{name}/inbox.json", self.export),
                Route("/partner/{name}/changes", self.changes),
                *(Route(f"/{asset}", self._asset(asset)) for asset in ASSETS),
                *([Mount("/wechat", Platform(account).app)] if account else []),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        )

    # -- as a partner's server --------------------------------------------------------------------

    async def receive(self, request: Request) -> Response:
        """Take a webhook in, or treat it as the partner was told to."""
        partner = self._partner(request)
        command = partner.conduct.next()
        if command.how is How.STATUS:
            await partner.say_changed()
            return plain_status(command)
        refusal = await self._take_in(partner, request)
        await partner.say_changed()
        if refusal is not None:
            return refusal
        if command.how is How.SLOW:
            await asyncio.sleep(command.seconds)  # the wire's own time, whatever clock the office has
        elif command.how is not How.WELL:
            return OnTheWire(command)
        return Response(status_code=204)

    async def shake_hands(self, request: Request) -> Response:
        """CloudEvents webhook binding §4: whoever asks may send."""
        self._partner(request)
        origin = request.headers.get("webhook-request-origin", "*")
        return Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "6000", "Allow": "POST"})

    async def _take_in(self, partner: Partner, request: Request) -> Response | None:
        """Keep the event; or what is answered instead."""
        now = self._clock.now()
        identity = request.headers.get("webhook-id", "")

        def refused(status: int, reason: str) -> Response:
            partner.inbox.refuse(identity, reason, now.isoformat())
            return PlainTextResponse(say(f"sandbox.{reason}", most=MOST), status)

        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST:
                return refused(413, "too_large")
        try:
            verify(request.headers, body, partner.secret_file.read_text("utf-8"), now)
        except Forged as forged:
            return refused(401, str(forged))
        if request.headers.get("content-type", "").partition(";")[0] != EVENT:
            return refused(415, "wrong_type")
        try:
            event: Any = json.loads(body)
        except ValueError:
            event = None
        if not isinstance(event, dict) or not {"specversion", "type", "id", "source"} <= event.keys():
            return refused(400, "not_an_event")
        partner.inbox.receive(identity, event, now.isoformat())
        return None

    # -- for people -------------------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        """All partners, and the account."""
        return HTMLResponse(render_index(self._partners, self._account), headers=HEADERS)

    async def show(self, request: Request) -> Response:
        """A partner's inbox."""
        return HTMLResponse(render_inbox(self._partner(request), str(request.base_url)), headers=HEADERS)

    async def export(self, request: Request) -> Response:
        """The same for programs."""
        inbox = self._partner(request).inbox
        entries = [asdict(entry) for entry in inbox.entries]
        return JSONResponse({"missing": inbox.missing(), "entries": entries}, headers={"cache-control": "no-store"})

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one at each change."""
        partner = self._partner(request)

        async def stream() -> AsyncIterator[str]:
            yield "retry: 1000\n\n"
            while not partner.leaving:
                async with partner.changed:
                    await partner.changed.wait()
                yield f"data: {len(partner.inbox.entries)}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def misbehave(self, request: Request) -> Response:
        """Tell one partner or all of them how to behave. JSON only: a page elsewhere cannot post that unasked."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return PlainTextResponse(say("sandbox.misbehave_help", problem="Content-Type: application/json"), 415)
        try:
            command = Misbehaviour.model_validate_json(await request.body())
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            return PlainTextResponse(say("sandbox.misbehave_help", problem=problems), 400)
        for partner in [self._found(command.partner)] if command.partner else self._partners.values():
            partner.conduct.tell(command)
            await partner.say_changed()
        return Response(status_code=204)

    def _partner(self, request: Request) -> Partner:
        return self._found(request.path_params["name"])

    def _found(self, name: str) -> Partner:
        if name not in self._partners:
            raise HTTPException(404, say("sandbox.no_partner", name=name, there_are=", ".join(self._partners)))
        return self._partners[name]

    @staticmethod
    def _asset(name: str) -> Any:
        async def answer(request: Request) -> Response:
            return FileResponse(Path(__file__).with_name(name))

        return answer
