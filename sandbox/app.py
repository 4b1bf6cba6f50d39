"""The outlets as one web application: receive, show, misbehave."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from config.clock import Clock
from config.messages import say
from sandbox.inbox import Inbox
from sandbox.mail.account import MailAccount
from sandbox.mail.routes import Mail
from sandbox.misbehave import How, Misbehaviour, plain_status, treated
from sandbox.outlet import Outlet, secret_of
from sandbox.page import ASSETS, HEADERS, render_inbox, render_index
from sandbox.robots import Robot, Robots
from sandbox.signature import Forged, new_secret, verify
from sandbox.sms.registered import Unreadable
from sandbox.sms.routes import Sms
from sandbox.told import told
from sandbox.wechat.account import Account
from sandbox.wechat.app import Platform

MOST = 65_536  # bytes of a request
EVENT = "application/cloudevents+json"


Found = TypeVar("Found", bound=Outlet)


@dataclass
class Partner(Outlet):
    """One receiver of webhooks, with its inbox."""

    inbox: Inbox

    @classmethod
    def open(cls, name: str, title: str, home: Path, secrets: Path) -> "Partner":
        """The partner as its folder has it; a secret is made when there is none yet."""
        home.mkdir(parents=True, exist_ok=True)
        return cls(name, title, secret_of(secrets, name, new_secret), Inbox(home / f"{name}.jsonl"))

    def close(self) -> None:
        """Close its inbox."""
        self.inbox.close()


class Sandbox:
    """The routes over partners, robots, mail accounts and SMS vendors, and an official account where there is one."""

    def __init__(
        self,
        partners: Mapping[str, Partner],
        robots: Mapping[str, Robot],
        mail: Mapping[str, MailAccount],
        sms: Sms,
        account: Account | None,
        clock: Clock,
    ) -> None:
        self._partners = partners
        self._robots = robots
        self._mail = mail
        self._sms = sms
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
                *Robots(robots, clock).routes,
                *Mail(mail).routes,
                *sms.routes,
                *(Route(f"/{asset}", self._asset(asset)) for asset in ASSETS),
                *([Mount("/wechat", Platform(account).app)] if account else []),
            ],
            exception_handlers={Unreadable: _say_unreadable},
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
        """All of them."""
        page = render_index(self._partners, self._robots, self._mail, self._account, self._sms.phones_reached)
        return HTMLResponse(page, headers=HEADERS)

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
        outlets: dict[str, Outlet] = {**self._partners, **self._robots, **self._mail, **self._sms.vendors}
        if self._account:
            outlets[self._account.name] = self._account
        able = {name: outlet for name, outlet in outlets.items() if outlet.knows(command)}
        for outlet in [_found(able, command.partner)] if command.partner else able.values():
            outlet.conduct.tell(command)
            await outlet.live.say_changed()
        return Response(status_code=204)

    def _partner(self, request: Request) -> Partner:
        return _found(self._partners, request.path_params["name"])

    @staticmethod
    def _asset(name: str) -> Any:
        async def answer(request: Request) -> Response:
            return FileResponse(Path(__file__).with_name(name))

        return answer


async def _say_unreadable(request: Request, wrong: Exception) -> Response:
    return PlainTextResponse(say("sandbox.wrong_registration", problem=wrong), 409)


def _found(outlets: Mapping[str, Found], name: str) -> Found:
    if name not in outlets:
        raise HTTPException(404, say("sandbox.no_partner", name=name, there_are=", ".join(outlets)))
    return outlets[name]
