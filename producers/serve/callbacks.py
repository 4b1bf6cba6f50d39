"""``POST /sms/<endpoint>/<token>/receipts`` and ``/replies``: what vendors post, on the public listener.

Nothing of a post is logged, and nothing of its address: numbers, words of persons, the token.
"""

from collections import Counter

import structlog
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from channels.sms.vendor import Malformed
from config.messages import say
from config.serve import most_posted
from producers.house import House
from producers.posted import Box, box_at
from producers.replies import Heard
from streams.receipts import Taken

BELOW = "/sms/"
ENDS = {"cache-control": "no-store", "connection": "close"}  # of an answer to what was not read to its end

log = structlog.get_logger()


class CallBacks:
    """The application, and what this process has counted since its start."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.dropped: Counter[tuple[str, str]] = Counter()  # receipts of no text of ours, by endpoint and vendor
        self.replies: Counter[tuple[str, str]] = Counter()  # by endpoint, and whether it was an opt-out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        client = request.client.host if request.client else None
        try:
            box = await to_thread.run_sync(box_at, self._house, request.scope["path"], client)
        except Exception as error:  # no log quotes an address
            return _not_now("sms_post_unread", error)
        if box is None:
            words = "".join(f"{say('serve.not_here', lang)}\n" for lang in ("zh", "en"))
            return PlainTextResponse(words, 404, ENDS)
        body = await _body(request)
        if body is None:
            return Response(status_code=413, headers=ENDS)
        try:
            found = await to_thread.run_sync(box.take, self._house, body)
        except Malformed as error:
            log.warning("sms_post_malformed", endpoint=box.of.id, posts=box.posts, cause=str(error))
            return Response(status_code=400, headers=ENDS)
        except Exception as error:  # whatever it is, the vendor posts it again, and no log quotes it
            return _not_now("sms_post_failed", error, endpoint=box.of.id, posts=box.posts)
        return self._said(box, found)

    def _said(self, box: Box, found: Taken | Heard) -> Response:
        """Count, and answer as the vendor wants to hear it."""
        name = box.of.id
        if isinstance(found, Heard):
            self.replies[name, "opt-out"] += found.opted_out
            self.replies[name, "other"] += found.others
        elif found.young:  # dropped or not when it comes again
            log.info("receipts_early", endpoint=name, many=found.young)
            return Response(status_code=503, headers=ENDS)
        elif found.foreign:
            self.dropped[name, box.vendor.name] += found.foreign
            log.info("receipts_dropped", endpoint=name, vendor=box.vendor.name, many=found.foreign)
        return Response(box.vendor.taken, media_type="application/json")


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


def _not_now(event: str, error: Exception, **of: str) -> Response:
    log.error(event, kind=type(error).__name__, **of)
    return Response(status_code=503, headers=ENDS)
