"""The public listener's application: the files of the sites, forms for comments (``comments``), and where vendors post
(``callbacks``).

Conditional and partial requests, packed where it helps, a status that says what became of a notice. Whatever a
request says, only files below the public folders are read (``files``), and only GET and HEAD are answered with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from config.messages import say
from config.serve import public
from producers.serve import comments
from producers.serve.callbacks import BELOW, CallBacks
from producers.serve.comments import Comments
from producers.serve.conditional import Part, Unsatisfiable, is_known, part, takes_gzip
from producers.serve.documents import Document, opened
from producers.serve.files import Files, Found, Missing, Moved
from producers.serve.standing import standing

NOT_KEPT = {"cache-control": "no-cache"}  # what is missing may be there in a moment


@dataclass(frozen=True)
class There:
    """A document, and what it is sent as."""

    document: Document
    status: int = 200
    location: str = ""


class Public:
    """The application."""

    def __init__(self, files: Files, callbacks: CallBacks, comments: Comments) -> None:
        self._files = files
        self.callbacks = callbacks
        self._comments = comments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "POST" and scope["path"].startswith(BELOW):
            await self.callbacks(scope, receive, send)
            return
        if scope["path"].startswith(comments.BELOW) and comments.asset(scope["path"]) is None:
            await self._comments(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            refused = Response(status_code=405, headers={"allow": "GET, HEAD", "connection": "close"})
            await refused(scope, receive, send)
            return
        found = await to_thread.run_sync(self._look, scope["path"])
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        try:
            await answer(found, Headers(scope=scope), head=scope["method"] == "HEAD")(scope, receive, send)
        finally:
            found.document.close()

    def _look(self, path: str) -> There | Response:
        """Everything that touches the disk before the first byte goes out."""
        if ours := comments.asset(path):
            return There(opened(ours, ours.name))
        found = self._files.find(path)
        try:
            if isinstance(found, Found):
                now = standing(found)
                location = f"{found.base}/{now.successor}" if now.successor else ""
                return There(opened(found.file, found.name), now.status, quote(location))
            if isinstance(found, Missing) and found.page is not None:
                return There(opened(found.page.file, found.page.name), 404)
        except FileNotFoundError:  # taken away between finding and opening
            found = Missing(None)
        if isinstance(found, Moved):
            return Response(status_code=301, headers={"location": quote(found.location), **NOT_KEPT})
        words = "".join(f"{say('serve.not_here', lang)}\n" for lang in ("zh", "en"))
        return PlainTextResponse(words, 404, NOT_KEPT)


def answer(there: There, headers: Mapping[str, str], *, head: bool) -> Response:
    """The response to a request with these ``headers`` (names in lower case)."""
    document = there.document
    packs = document.packed is not None and takes_gzip(headers.get("accept-encoding", ""))
    ours = {} if document.packed is None else {"vary": "Accept-Encoding"}
    if there.status == 404:
        ours |= NOT_KEPT
    else:
        ours["cache-control"] = public().cache_control
        ours["last-modified"] = document.http_date
        ours["etag"] = document.packed_tag if packs else document.tag
    if there.location:
        ours["location"] = there.location
    if there.status == 200:
        ours["accept-ranges"] = "bytes"
        if is_known(headers, (document.tag, document.packed_tag), document.modified):
            return Response(status_code=304, headers=ours)
        wanted = part(headers, document.tag, document.modified, document.size)
        if isinstance(wanted, Unsatisfiable):
            return Response(status_code=416, headers=ours | {"content-range": f"bytes */{document.size}"})
        if wanted is not None:
            span = f"bytes {wanted.start}-{wanted.end - 1}/{document.size}"
            return _sent(document, 206, ours | {"etag": document.tag, "content-range": span}, wanted, head=head)
    if packs:
        return Response(document.packed, there.status, ours | {"content-encoding": "gzip"}, document.media_type)
    return _sent(document, there.status, ours, Part(0, document.size), head=head)


def _sent(document: Document, status: int, ours: dict[str, str], span: Part, *, head: bool) -> Response:
    length = {"content-length": str(span.end - span.start)}
    pieces = document.pieces(span.start, span.start if head else span.end)
    return StreamingResponse(pieces, status, ours | length, document.media_type)
