"""What every form of the public needs: a body with a bound, sent from a page of ours, not too often; threads."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from config.messages import say
from config.serve import most_posted
from producers.comments.rates import Rates, client
from producers.comments.written import NotAForm, Written, written
from producers.house import House
from producers.serve.comment_pages import Pages

ENDS = {"connection": "close"}  # of an answer to what was not read to its end
FORM = "application/x-www-form-urlencoded"
READERS, WRITERS = 16, 8  # at once: who is refused never waits behind those that are being written down

T = TypeVar("T")
log = structlog.get_logger()


class Forms:
    """Of one process. Nothing that is sent is logged, and no address."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.pages = Pages(house)
        self.rates = Rates()
        self._limiters: tuple[CapacityLimiter, CapacityLimiter] | None = None

    async def written(self, request: Request) -> Written | Response:
        """What was sent; an answer when it is none of our forms, comes from elsewhere, or too often."""
        body = await _body(request)
        if body is None:
            return await self.refused("large", 413, headers=ENDS)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return await self.refused("kind", 415)
        try:
            said = written(body)
        except NotAForm:
            return await self.refused("kind", 400)
        if not self._is_ours(request):
            return await self.refused("elsewhere", 403, said.text)
        if wait := self.rates.wait(self.house.clock.now(), [("posts", self.client(request))]):
            return await self.refused("often", 429, said.text, after(wait))
        return said

    def client(self, request: Request) -> str:
        """Whose request it is, for counting."""
        peer = request.client.host if request.client else ""
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        return client(peer, forwarded, self.house.configuration.comments.proxies)

    def _is_ours(self, request: Request) -> bool:
        """Whether the form was sent from a page of ours, as far as the browser says."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin")
        own = {urlsplit(self.house.configuration.public_url).netloc, request.headers.get("host", "")}
        return origin is None or urlsplit(origin).netloc in own

    async def read(self, act: Callable[..., T], *of: object, **named: object) -> T:
        """What only reads, on a thread."""
        return await to_thread.run_sync(partial(act, *of, **named), limiter=self._limits()[0])

    async def write(self, act: Callable[..., T], *of: object) -> T:
        """What writes, on a thread."""
        return await to_thread.run_sync(partial(act, *of), limiter=self._limits()[1])

    def _limits(self) -> tuple[CapacityLimiter, CapacityLimiter]:
        if self._limiters is None:  # only where there is a loop
            self._limiters = CapacityLimiter(READERS), CapacityLimiter(WRITERS)
        return self._limiters

    async def refused(
        self, why: str, status: int, text: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """It was not taken; the ``text`` goes back."""
        return page(await self.read(self.pages.refused, why, text), status, headers)

    async def not_now(self, error: Exception, text: str = "") -> Response:
        """The store is away, or the key is not there, or worse."""
        log.error("comment_failed", kind=type(error).__name__)
        return await self.refused("not_now", 503, text, after(30))


def after(seconds: float) -> dict[str, str]:
    """The header that says when to come again."""
    return {"retry-after": str(int(seconds) + 1)}


def page(html: bytes | None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that nobody keeps; the plainest one where there is no page."""
    fresh = {"cache-control": "no-store", **(headers or {})}
    if html is not None:
        return HTMLResponse(html, status, fresh)
    words = "".join(f"{say('serve.not_here', lang)}\n" for lang in ("zh", "en"))
    return PlainTextResponse(words, status if status >= 400 else 404, fresh)


async def _body(request: Request) -> bytes | None:
    """None when it is longer than a post may be."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most_posted():
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_posted():
            return None
    return bytes(body)
