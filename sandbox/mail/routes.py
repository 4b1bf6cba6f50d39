"""The mails of each account for people, and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from config.messages import say
from sandbox.mail.account import Line, MailAccount
from sandbox.mail.letter import parse
from sandbox.page import HEADERS, curl, doing, template, wall_text

SHOWN = 50  # the newest; the file has them all
HEADER = ("From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted")
TRIES: Mapping[str, Mapping[str, object]] = {
    "well": {"how": "well"},
    "busy": {"how": "code", "code": "451", "times": 1},
    "login": {"how": "code", "code": "535", "at": "auth", "times": 1},
    "slow": {"how": "slow", "seconds": 20, "times": 1},
    "cut": {"how": "drop", "times": 1},
}


@dataclass(frozen=True)
class Shown:
    """One mail as a reader sees it."""

    at: str
    subject: str
    header: tuple[tuple[str, str], ...]
    recipients: tuple[str, ...]  # whom it really went to
    text: str
    raw: str


class Mail:
    """The routes over the accounts."""

    def __init__(self, accounts: Mapping[str, MailAccount]) -> None:
        self._accounts = accounts
        self.routes = [
            Route("/mail/{name}", self.show),
            Route("/mail/{name}/mails.json", self.export),
            Route("/mail/{name}/changes", self.changes),
        ]

    async def show(self, request: Request) -> Response:
        """What it sent, the newest first."""
        account = self._account(request)
        refused = [line for line in account.lines if line.code != 250]
        page = template(
            "mail/mails.html.j2",
            account=account,
            mails=list(map(shown, reversed(account.mails[-SHOWN:]))),
            taken=len(account.mails),
            refused=len(refused),
            refusals=[(wall_text(line.at), line.code, line.words) for line in reversed(refused)][:3],
            doing=doing,
            tries=list(_tries(account.name)),
            curl=curl(str(request.base_url), json.dumps({**TRIES["busy"], "partner": account.name})),
        )
        return HTMLResponse(page, headers=HEADERS)

    async def export(self, request: Request) -> Response:
        """The same for programs, with what was refused."""
        lines = [asdict(line) for line in self._account(request).lines]
        return JSONResponse({"lines": lines}, headers={"cache-control": "no-store"})

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one at each change."""
        return self._account(request).live.changes()

    def _account(self, request: Request) -> MailAccount:
        name = request.path_params["name"]
        if name not in self._accounts:
            raise HTTPException(404, say("sandbox.no_account", name=name, there_are=", ".join(self._accounts)))
        return self._accounts[name]


def shown(line: Line) -> Shown:
    """The mail of a line."""
    mail = parse(line.message.encode())
    text = mail.get_body(("plain",))
    header = tuple((name, str(mail[name])) for name in HEADER if mail[name])
    said = str(text.get_content()).strip() if text else ""
    return Shown(wall_text(line.at), str(mail["Subject"] or ""), header, line.recipients, said, line.message)


def _tries(name: str) -> Iterator[tuple[str, str, str]]:
    """The buttons: Chinese, English, the command in JSON."""
    for label, command in TRIES.items():
        key = f"sandbox.try_{label}"
        yield say(key, "zh"), say(key, "en"), json.dumps({**command, "partner": name})
