"""The inner listener's application: pages for those who run this installation. ``Inner.routes`` is the table of them.

The staff console and the operators' dashboards add their routes there. Nobody can sign in yet, so everything here
only reads, and requests of this machine alone are taken (``listeners.bind_inner``, the hosts below).
"""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

import templates
from config.messages import Language, say
from config.serve import inner, live
from producers.house import House
from producers.ical import ical
from producers.lookup import UnknownNotice
from producers.planned import planned
from producers.serve.documents import opened
from producers.serve.due import Due, due
from producers.serve.figures import Figures, figures
from producers.serve.live import Live, Look
from producers.serve.metrics import MEDIA_TYPE, exposition
from producers.serve.posters import wall
from producers.serve.public import Public, There, answer
from producers.serve.views import Board, Notice, Reader, Status, Story, View, parts
from producers.serve.words import clock_time, render, render_part
from streams.store.store import StoreUnavailable

BEAT = round(live().beat / live().look)  # rounds between two signs of life
PLANNED = 200  # triggers on their page, the next ones
FRESH = {"cache-control": "no-store"}
TEMPLATES = Path(templates.__file__).parent
ASSETS = {"inner.css": "inner", "live.js": "inner", "emblem.svg": "website"}


class Inner:
    """The application."""

    def __init__(self, house: House, public: Public, works: Callable[[], bool]) -> None:
        self._house = house
        self.public = public
        self._works = works
        self.live: Live[View, Board | Story] = Live(Reader(house).read, house.clock)
        hosts = ["127.0.0.1", "localhost", "[::1]", house.configuration.installation.inner_host]
        self.app = Starlette(
            routes=self.routes(),
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)],
            exception_handlers={HTTPException: self.wrong, StoreUnavailable: self.unreadable},
        )

    def routes(self) -> list[BaseRoute]:
        """Every page, by its path."""
        return [
            # for people
            Route("/", self.status),
            Route("/notices/{name:path}", self.notice),
            Route("/posters", self.posters),
            Route("/timed", self.timed),
            Route("/due", self.due),
            Route("/due/{office}.ics", self.due_calendar),
            Mount("/files", app=self.files),
            # for their scripts
            Route("/live", self.changes),
            Route("/assets/{name}", self.asset),
            # for machines that look after this one
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    # -- for people -------------------------------------------------------------------------------

    async def status(self, request: Request) -> Response:
        """Every notice over all outlets."""
        before = request.query_params.get("before", "")
        look = await self._look(Status(before))
        return self._page(request, "status.html.j2", look=look, before=before, most=inner().marks)

    async def notice(self, request: Request) -> Response:
        """Everything that became of one."""
        look = await self._look(Notice(request.path_params["name"]))
        return self._page(request, "notice.html.j2", look=look)

    async def posters(self, request: Request) -> Response:
        """The posters to print."""
        look = await self._look(Status(request.query_params.get("before", "")))
        assert isinstance(look.seen, Board)
        page = look.seen.page
        hung = await to_thread.run_sync(wall, self._house.configuration, page.lines)
        return self._page(request, "posters.html.j2", look=look, page=page, wall=hung)

    async def timed(self, request: Request) -> Response:
        """What waits for its instant, the next first."""
        offices = tuple(self._house.configuration.offices)
        wanted = partial(planned, self._house, offices, most=PLANNED, lang=_language(request))
        waiting = await to_thread.run_sync(wanted)
        return self._page(request, "timed.html.j2", planned=waiting)

    async def due(self, request: Request) -> Response:
        """What the offices owe, most urgent first."""
        offices = await to_thread.run_sync(self._due)
        return self._page(request, "due.html.j2", offices=offices)

    async def due_calendar(self, request: Request) -> Response:
        """The same of one office, for a calendar program."""
        found = {one.id: one for one in await to_thread.run_sync(self._due)}
        one = found.get(request.path_params["office"])
        if one is None:
            raise HTTPException(404)
        body = ical(one.office, [row.owed for row in one.rows], self._house.clock.now())
        return Response(body, media_type="text/calendar", headers=FRESH)

    def _due(self) -> list[Due]:
        now, configuration = self._house.clock.now(), self._house.configuration
        return self._house.store.read(lambda connection: due(connection, configuration, now))

    async def files(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The posters as the public listener serves them, for the page here that shows them; nothing else of it."""
        path = scope["path"].removeprefix("/files")
        offices = self._house.configuration.offices.values()
        if not any(path.startswith(f"{office.path}/posters/") for office in offices):
            raise HTTPException(404)
        await self.public({**scope, "path": path}, receive, send)

    # -- for their scripts ------------------------------------------------------------------------

    async def changes(self, request: Request) -> Response:
        """Server-sent events of one live page: its parts that changed, and signs of life."""
        if self.live.watchers >= inner().viewers:
            return PlainTextResponse("", 503, {"retry-after": "5", **FRESH})
        query = request.query_params
        view: View = Notice(query["notice"]) if "notice" in query else Status(query.get("before", ""))
        await self._look(view)
        stream = self._events(view, _language(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers=FRESH)

    async def _events(self, view: View, lang: Language) -> AsyncIterator[str]:
        told: dict[str, Any] = {}
        failed, quiet = False, BEAT
        async with aclosing(self.live.watch(view)) as looks:
            async for look in looks:
                seen = dict(parts(look.seen))
                if seen != told:
                    yield _event("parts", self._difference(told, seen, lang))
                quiet += 1
                if seen != told or look.failed != failed or quiet >= BEAT:
                    yield _event("beat", {"at": clock_time(look.at), "failed": look.failed})
                    quiet = 0
                told, failed = seen, look.failed

    def _difference(self, told: dict[str, Any], seen: dict[str, Any], lang: Language) -> dict[str, Any]:
        now = self._house.clock.now()
        changed = {name: part for name, part in seen.items() if told.get(name) != part}
        return {
            "order": [name for name, part in seen.items() if part.ordered],
            "parts": {name: render_part(part.macro, part.values, lang, now) for name, part in changed.items()},
        }

    async def asset(self, request: Request) -> Response:
        """Style, script, emblem."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        document = await to_thread.run_sync(opened, TEMPLATES / ASSETS[name] / "assets" / name, name)
        return answer(There(document), request.headers, head=request.method == "HEAD")

    # -- for machines that look after this one -------------------------------------------------------

    async def healthz(self, request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("ok\n", headers=FRESH)

    async def readyz(self, request: Request) -> Response:
        """200 when the store can be read, the engine works and no stage stands still; else 503, and what does not."""
        found = {"store": True, "engine": self._works(), "stages": True}
        try:
            found["stages"] = not (await self._figures()).stopped
        except StoreUnavailable:
            found["store"] = found["stages"] = False
        return JSONResponse(found, 200 if all(found.values()) else 503, FRESH)

    async def metrics(self, request: Request) -> Response:
        """For Prometheus."""
        now, live = self._house.clock.now(), self.live
        body = exposition(await self._figures(), now, live.watchers, self.public.callbacks)
        return Response(body, media_type=MEDIA_TYPE, headers=FRESH)

    async def _figures(self) -> Figures:
        return await to_thread.run_sync(self._house.store.read, figures)

    # -- answers -----------------------------------------------------------------------------------

    async def _look(self, view: View) -> Look[Board | Story]:
        try:
            return await self.live.now(view)
        except (UnknownNotice, ValueError) as error:
            raise HTTPException(404) from error

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        now, url = self._house.clock.now(), self._house.configuration.public_url
        look = values.get("look")
        if look is not None and look.failed:
            status = 503
        html = render(
            template,
            _language(request),
            now,
            here=request.url.path,
            public_url=url,
            patience=live().stale,
            **values,
        )
        return HTMLResponse(html, status, FRESH)

    async def wrong(self, request: Request, error: Exception) -> Response:
        """What is not here, or not like this."""
        assert isinstance(error, HTTPException)
        words = say("inner.not_here", _language(request))
        return self._page(request, "wrong.html.j2", error.status_code, words=words)

    async def unreadable(self, request: Request, error: Exception) -> Response:
        """The store is away, and there was no look at this before."""
        return self._page(request, "wrong.html.j2", 503, words=say("inner.unreadable", _language(request)))


def _language(request: Request) -> Language:
    return "en" if request.query_params.get("lang") == "en" else "zh"


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {dumps(data, ensure_ascii=False)}\n\n"
