"""The outlets as one web application: receive, show, misbehave."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from config.clock import Clock
from config.messages import say
from sandbox.inbox import Inbox
from sandbox.live import Live
from sandbox.misbehave import Conduct, How, Misbehaviour, plain_status, treated
from sandbox.page import ASSETS, HEADERS, render_inbox, render_index
from sandbox.signature import Forged, new_secret, verify
from sandbox.sms.routes import Sms
from sandbox.sms.vendor import Vendor
from sandbox.told import told

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
    live: Live = field(default_factory=Live)

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


class Sandbox:
    """The routes over the partners, and those of the SMS vendors."""

    def __init__(self, partners: Mapping[str, Partner], sms: Sms, clock: Clock) -> None:
        self._partners = partners
        self._sms = sms
        self._clock = clock
        self.app = Starlette(
            routes=[
                Route("/", self.index),
                Route("/misbehave", self.misbehave, methods=["POST"]),
                Route("/partner/{name}", self.receive, methods=["POST"]),
                Route("/partner/{name}", self.shake_hands, methods=["OPTIONS"]),
                Route("/partner/{name}", self.show),
                Route("/partner/{name}/inbox.json", self.export),
                Route("/partner/{name}/changes", self.changes),
                *sms.routes,
                *(Route(f"/{asset}", self._asset(asset)) for asset in ASSETS),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        )

    # -- as a partner's server --------------------------------------------------------------------

    async def receive(self, request: Request) -> Response:
        """Take a webhook in, or treat it as the partner was told to."""
        partner = self._partner(request)
        command = partner.conduct.next()
        if command.how is How.STATUS:
            await partner.live.say_changed()
            return plain_status(command)
        refusal = await self._take_in(partner, request)
        await partner.live.say_changed()
        if refusal is not None:
            return refusal
        return await treated(command, Response(status_code=204))

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
        """All partners."""
        return HTMLResponse(render_index(self._partners, self._sms.phones_reached), headers=HEADERS)

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
        return self._partner(request).live.changes()

    async def misbehave(self, request: Request) -> Response:
        """Tell one outlet or all of them how to behave."""
        command = await told(request, Misbehaviour)
        outlets: Mapping[str, Partner | Vendor] = {**self._partners, **self._sms.vendors}
        if command.partner and command.partner not in outlets:
            raise HTTPException(404, say("sandbox.no_partner", name=command.partner, there_are=", ".join(outlets)))
        for outlet in [outlets[command.partner]] if command.partner else outlets.values():
            outlet.conduct.tell(command)
            await outlet.live.say_changed()
        return Response(status_code=204)

    def _partner(self, request: Request) -> Partner:
        name = request.path_params["name"]
        if name not in self._partners:
            raise HTTPException(404, say("sandbox.no_partner", name=name, there_are=", ".join(self._partners)))
        return self._partners[name]

    @staticmethod
    def _asset(name: str) -> Any:
        async def answer(request: Request) -> Response:
            return FileResponse(Path(__file__).with_name(name))

        return answer
