"""What the public listener has below ``/comment/``: forms for comments and receipts, without account, cookie or script.

(docs/decisions/0124-comments.md)
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

import templates
from producers.house import House
from producers.serve.comment_form import CommentForm
from producers.serve.comment_receipt import CommentReceipt
from producers.serve.forms import Forms

BELOW = "/comment/"
ASSETS = ("comment.css", "comment.js", "work.js")
FOLDER = Path(templates.__file__).parent / "comments" / "assets"


def asset(path: str) -> Path | None:
    """The style or script that ``path`` means; None when it means none of ours."""
    name = path.removeprefix(f"{BELOW}assets/")
    return FOLDER / name if name != path and name in ASSETS else None


class Comments:
    """The application, but for its assets."""

    def __init__(self, house: House) -> None:
        self._forms = Forms(house)
        form, receipt = CommentForm(self._forms), CommentReceipt(self._forms)
        self.app = Starlette(
            routes=[
                Route("/comment/receipt", receipt.__call__, methods=["GET", "POST"]),
                Route("/comment/{notice}", form.__call__, methods=["GET", "POST"]),
            ],
            exception_handlers={HTTPException: self._wrong},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:  # nobody is there to be told
            return

    async def _wrong(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return Response(status_code=405, headers={"allow": "GET, HEAD, POST", "connection": "close"})
        return await self._forms.refused("missing", 404)
