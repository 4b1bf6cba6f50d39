"""The account as a web application: the platform's interface, what happens to it, and its phone."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.misbehave import How, plain_status, treated
from sandbox.told import told
from sandbox.wechat import drafts, mass, pictures, publishing
from sandbox.wechat.account import Account
from sandbox.wechat.faults import Fault
from sandbox.wechat.happening import Ending, Happening
from sandbox.wechat.phone import HEADERS, LIST_HEADERS, find_row, render_article, render_list
from sandbox.wechat.request import read_file, read_json
from sandbox.wechat.token import check, stable_token

MOST = 12 * 1_048_576  # bytes of a request

Read = Callable[[Account, dict[str, Any]], dict[str, Any]]

INTERFACES: dict[str, Read] = {
    "draft/add": drafts.add,
    "draft/get": drafts.get,
    "draft/batchget": drafts.batchget,
    "draft/delete": drafts.delete,
    "freepublish/get": publishing.get,
    "freepublish/getarticle": publishing.get_article,
    "freepublish/batchget": publishing.batchget,
    "freepublish/delete": publishing.delete,
    "message/mass/sendall": mass.send_all,
    "message/mass/get": mass.get,
    "message/mass/delete": mass.delete,
}


class Platform:
    """The routes over one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._ending = Ending()
        self.app = Starlette(
            routes=[
                Route("/cgi-bin/{interface:path}", self.call, methods=["GET", "POST"]),
                Route("/happen", self.happen, methods=["POST"]),
                Route("/", self.show),
                Route("/changes", self.changes),
                Route("/article/{number}", self.show_article),
                Route("/pictures/{name}", self.picture),
                Route("/phone.css", self.style),
            ]
        )

    async def call(self, request: Request) -> Response:
        """One call of the platform's interface, treated as the account was told to."""
        interface = request.path_params["interface"]
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST:
                return PlainTextResponse("Request Entity Too Large", 413)
        command = self.account.conduct.next(interface)
        if command.how is How.CODE:
            return JSONResponse(Fault(int(command.code)).answer(_rid()))
        if command.how is How.STATUS:
            return plain_status(command)
        before = len(self.account.entries)
        answer = self._answer(interface, request, body)
        if len(self.account.entries) > before:
            await self.account.live.say_changed()
        return await treated(command, JSONResponse(answer, media_type="application/json; encoding=utf-8"))

    def _answer(self, interface: str, request: Request, body: bytes) -> dict[str, Any]:
        account = self.account
        account.settle()
        try:
            if interface == "stable_token":
                _posted(request)
                return stable_token(account, read_json(body))
            check(account, request.query_params.get("access_token", ""))
            if interface == "draft/count":
                return drafts.count(account)
            _posted(request)
            media = read_file(request.headers.get("content-type", ""), body)
            if interface == "media/uploadimg":
                return pictures.upload_image(account, media)
            if interface == "material/add_material":
                return pictures.add_material(account, request.query_params.get("type", ""), media)
            if interface == "freepublish/submit":
                return publishing.submit(account, read_json(body), self._ending)
            if interface in INTERFACES:
                return INTERFACES[interface](account, read_json(body))
            raise Fault(48001)
        except Fault as fault:
            return fault.answer(_rid())

    # -- told by tests and by people ----------------------------------------------------------------

    async def happen(self, request: Request) -> Response:
        """Let something happen from the platform's side."""
        happening, account = await told(request, Happening), self.account
        account.settle()
        match happening.what:
            case "token_invalidated":
                account.did("invalidated", fault=happening.fault)
            case "quota":
                account.quotas[happening.of] = happening.amount
            case "publications_end":
                self._ending = happening.ending
            case "article_banned":
                account.did("banned", article_id=happening.article)
            case "article_deleted":
                account.did("delete", article_id=happening.article)
            case "mass_protected":
                account.is_protected = happening.on
            case "mass_monthly":
                account.pushes_by_month = happening.on
            case "mass_confirmed" | "mass_refused":
                did = "confirmed" if happening.what == "mass_confirmed" else "unconfirmed"
                for msg_id in account.unconfirmed():
                    account.did(did, msg_id=msg_id)
        await account.live.say_changed()
        return Response(status_code=204)

    # -- for people ---------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """The account's articles."""
        self.account.settle()
        return HTMLResponse(render_list(self.account), headers=LIST_HEADERS)

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one at each change in the account."""
        return self.account.live.changes()

    async def show_article(self, request: Request) -> Response:
        """One article."""
        self.account.settle()
        row = find_row(self.account, request.path_params["number"])
        if row is None:
            return PlainTextResponse("", 404)
        return HTMLResponse(render_article(self.account, row), headers=HEADERS)

    async def style(self, request: Request) -> Response:
        """How the pages look."""
        return FileResponse(Path(__file__).with_name("phone.css"))

    async def picture(self, request: Request) -> Response:
        """A picture as it was uploaded."""
        file = self.account.pictures / request.path_params["name"]
        if file.parent != self.account.pictures or not file.is_file():
            return PlainTextResponse("", 404)
        return FileResponse(file)


def _posted(request: Request) -> None:
    if request.method != "POST":
        raise Fault(43002)


def _rid() -> str:
    """The number of a request, as the platform's answers name it."""
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
