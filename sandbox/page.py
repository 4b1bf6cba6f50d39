"""The pages of the partners: what a newsroom would look at. The chats of groups are in ``sandbox.chat``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from config.clock import wall
from config.messages import say
from sandbox.inbox import DUPLICATE, REFUSED, STORED, Entry

if TYPE_CHECKING:
    from sandbox.app import Partner
    from sandbox.mail.account import MailAccount
    from sandbox.outlet import Outlet
    from sandbox.robots import Robot
    from sandbox.wechat.account import Account

SHOWN = 50  # the newest; the file has them all
ASSETS = ("inbox.css", "inbox.js", "phone.css", "group.css")
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
LABELS = {
    "released": ("新发布", "Released"),
    "corrected": ("更正", "Corrected"),
    "withdrawn": ("撤回", "Withdrawn"),
    "test": ("测试", "Test"),
}


# What the buttons of an inbox make its partner do, for so many requests; their words are `sandbox.try_…`.
TRIES: Mapping[str, Mapping[str, object]] = {
    "well": {"how": "well"},
    "broken": {"how": "status", "status": 500, "times": 3},
    "slower": {"how": "status", "status": 429, "retry_after": "60", "times": 1},
    "slow": {"how": "slow", "seconds": 20, "times": 1},
    "reset": {"how": "reset", "times": 1},
    "gone": {"how": "status", "status": 410, "times": 1},
    "exit": {"how": "exit", "times": 1},
}


@dataclass(frozen=True)
class Card:
    """One event as it is shown."""

    what: str  # a key of LABELS
    data: Mapping[str, Any]
    received: str
    link: str | None
    over: int | None  # the sequence of the subject that has taken its place
    late: bool  # it came after something newer of its subject
    raw: str

    @property
    def label(self) -> tuple[str, str]:
        """What happened, in Chinese and English."""
        return LABELS[self.what]


def render_index(
    partners: Mapping[str, "Partner"],
    robots: Mapping[str, "Robot"],
    mail: Mapping[str, "MailAccount"],
    account: "Account | None",
    phones: int,
) -> str:
    """The list of partners, groups and mail accounts, the official account, and how many phones there are."""
    return template(
        "index.html.j2",
        partners=partners.values(),
        robots=robots.values(),
        mail=mail.values(),
        account=account,
        phones=phones,
        doing=doing,
        STORED=STORED,
    )


def render_inbox(partner: "Partner", address: str) -> str:
    """One partner's inbox, the newest first; the sandbox is at ``address``."""
    inbox = partner.inbox
    return template(
        "inbox.html.j2",
        partner=partner,
        cards=cards(inbox.entries)[:SHOWN],
        stored=inbox.count(STORED),
        duplicates=inbox.count(DUPLICATE),
        refused=inbox.count(REFUSED),
        refusals=[(wall_text(e.at), _reason(e)) for e in reversed(inbox.entries) if e.reason][:3],
        missing=inbox.missing(),
        doing=doing,
        tries=[_try(name, partner.name) for name in TRIES],
        curl=curl(address, _try("broken", partner.name)[2]),
    )


def curl(address: str, command: str) -> str:
    """The line that gives a command, to be copied into a terminal; ``address`` ends with a slash."""
    return f"curl -H 'Content-Type: application/json' -d '{command}' {address}misbehave"


def _try(name: str, partner: str) -> tuple[str, str, str]:
    """A button: Chinese, English, the command in JSON."""
    command = json.dumps({**TRIES[name], "partner": partner})
    return say(f"sandbox.try_{name}", "zh"), say(f"sandbox.try_{name}", "en"), command


def cards(entries: list[Entry]) -> list[Card]:
    """The events among ``entries``, the newest first."""
    stored = [entry for entry in entries if entry.verdict == STORED and entry.event is not None]
    newest: dict[str, int] = {}
    shown = []
    for entry in stored:
        subject, sequence = _place(entry)
        late = sequence < newest.get(subject, 0)
        newest[subject] = max(sequence, newest.get(subject, 0))
        shown.append((entry, late))
    return [_card(entry, late, newest) for entry, late in reversed(shown)]


def doing(outlet: "Outlet") -> tuple[str, str, bool]:
    """How it behaves, in Chinese and English, and whether that is well."""
    now, left = outlet.conduct.now, outlet.conduct.left

    def told(lang: str) -> str:
        text = say(f"sandbox.{now.how.value}", lang, seconds=now.seconds, status=now.status, code=now.code)
        return text + (say("sandbox.left", lang, left=left) if left else "")

    return told("zh"), told("en"), now.how.value == "well"


def wall_text(at: str) -> str:
    """An instant as people here read it, to the second."""
    return f"{wall(datetime.fromisoformat(at)):%Y-%m-%d %H:%M:%S}"


def _card(entry: Entry, late: bool, newest: Mapping[str, int]) -> Card:
    event, data = entry.event or {}, entry.data
    subject, sequence = _place(entry)
    address = str(data.get("address", ""))
    what = str(event.get("type", "")).rpartition(".")[2]
    return Card(
        what=what if what in LABELS else "test",
        data=data,
        received=wall_text(entry.at),
        link=address if address.startswith(("https://", "http://")) else None,
        over=newest[subject] if newest[subject] > sequence else None,
        late=late,
        raw=json.dumps(event, ensure_ascii=False, indent=2),
    )


def _place(entry: Entry) -> tuple[str, int]:
    sequence = entry.data.get("sequence")
    return str((entry.event or {}).get("subject", "")), sequence if isinstance(sequence, int) else 0


def _reason(entry: Entry) -> tuple[str, str]:
    return say(f"sandbox.{entry.reason}", "zh", most=""), say(f"sandbox.{entry.reason}", "en", most="")


def template(name: str, **values: Any) -> str:
    """The page ``name`` with ``values``, all escaped."""
    loader = FileSystemLoader(Path(__file__).parent)
    return (
        Environment(loader=loader, autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True)
        .get_template(name)
        .render(**values)
    )
