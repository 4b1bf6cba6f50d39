"""The chat of a group as a member sees it on a phone: what its robot said, the newest at the bottom."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from config.clock import wall
from config.messages import say
from sandbox.page import curl, doing, template
from sandbox.wecom import Said

if TYPE_CHECKING:
    from sandbox.robots import Robot

SHOWN = 100  # the newest; the file has them all
PAUSE = 300  # seconds of silence after which the chat says what time it is
TRIES: Mapping[str, Mapping[str, object]] = {
    "well": {"how": "well"},
    "throttled": {"how": "code", "code": "45009", "times": 1},
    "removed": {"how": "code", "code": "93000", "times": 1},
    "after": {"how": "after", "status": 502, "times": 1},
    "slow": {"how": "slow", "seconds": 20, "times": 1},
    "reset": {"how": "reset", "times": 1},
}

ADDRESS = r"https?://[!-;=?-~]+"  # what a client makes a link of, in a text as in Markdown
INLINE = {
    "text": re.compile(rf"<@(?P<user>[^<>\n]+)>|(?P<bare>{ADDRESS})"),
    "markdown": re.compile(
        rf"`(?P<code>[^`\n]+)`|\*\*(?P<bold>(?:(?!\*\*).)+)\*\*|\[(?P<words>[^\]\n]+)\]\((?P<href>[^)\s]+)\)"
        rf'|<font color="(?P<tone>info|comment|warning)">(?P<toned>.*?)</font>'
        rf"|<@(?P<user>[^<>\n]+)>|(?P<bare>{ADDRESS})"
    ),
    "markdown_v2": re.compile(
        rf"`(?P<code>[^`\n]+)`|\*\*(?P<bold>(?:(?!\*\*).)+)\*\*|\*(?P<slant>[^*\n]+)\*"
        rf"|\[(?P<words>[^\]\n]+)\]\((?P<href>[^)\s]+)\)|(?P<bare>{ADDRESS})"
    ),
}
HEADING = re.compile(r"(#{1,6}) +(.*)")
QUOTE = re.compile(r"> ?(.*)")


@dataclass(frozen=True)
class Bubble:
    """One message; ``time`` where the chat says what time it is."""

    time: str
    html: Markup
    called: tuple[str, ...]  # who is mentioned beside the text
    at: str


def render_group(robot: "Robot", address: str) -> str:
    """The chat of the robot's group; the sandbox is at ``address``."""
    refused = [line for line in robot.group.lines if line.errcode != 0]
    return template(
        "group.html.j2",
        robot=robot,
        bubbles=list(bubbles(robot.group.shown[-SHOWN:])),
        shown=len(robot.group.shown),
        refused=len(refused),
        refusals=[(_time(line.at), line.errcode, line.errmsg) for line in reversed(refused)][:3],
        doing=doing,
        tries=[_try(name, robot.name) for name in TRIES],
        curl=curl(address, _try("throttled", robot.name)[2]),
    )


def bubbles(shown: list[Said]) -> Iterator[Bubble]:
    """Each message as it is shown."""
    before: datetime | None = None
    for said in shown:
        at = datetime.fromisoformat(said.at)
        quiet = before is None or (at - before).total_seconds() > PAUSE
        before = at
        called = tuple("所有人" if one == "@all" else one for one in (*said.users, *said.mobiles))
        words = html(said.content, said.msgtype)
        yield Bubble(_time(said.at) if quiet else "", words, called, f"{wall(at):%Y-%m-%dT%H:%M}")


def html(content: str, kind: str) -> Markup:
    """``content`` as the client of WeCom renders it: the robot's subset of Markdown, and nothing else of it.

    Of markdown_v2 lists, tables and rules stay as they are written.
    """
    return Markup("").join(_blocks(content, kind))


def _blocks(content: str, kind: str) -> Iterator[Markup]:
    quoted: list[Markup] = []
    for line in content.split("\n"):
        quote = QUOTE.fullmatch(line) if kind != "text" else None
        if quote:
            quoted.append(_inline(quote[1], kind))
            continue
        yield from _quote(quoted)
        after_quote, quoted = bool(quoted), []
        if after_quote and not line:  # it only ends the quote
            continue
        heading = HEADING.fullmatch(line) if kind != "text" else None
        if heading:
            yield Markup('<p class="heading h{}">{}</p>').format(len(heading[1]), _inline(heading[2], kind))
        else:
            yield Markup("<p>{}</p>").format(_inline(line, kind) if line else Markup("&nbsp;"))
    yield from _quote(quoted)


def _quote(lines: list[Markup]) -> Iterator[Markup]:
    if lines:
        yield Markup("<blockquote>{}</blockquote>").format(
            Markup("").join(Markup("<p>{}</p>").format(x) for x in lines)
        )


def _inline(text: str, kind: str) -> Markup:
    """``text`` with its marks as elements; what is no mark is text, whatever it looks like to a browser."""
    made, end = Markup(""), 0
    for found in INLINE[kind].finditer(text):
        made += escape(text[end : found.start()]) + _element(found, kind)
        end = found.end()
    return made + escape(text[end:])


def _element(found: "re.Match[str]", kind: str) -> Markup:
    part = {name: value for name, value in found.groupdict().items() if value is not None}
    match part:
        case {"code": code}:
            return Markup("<code>{}</code>").format(code)
        case {"bold": bold}:
            return Markup("<strong>{}</strong>").format(_inline(bold, kind))
        case {"slant": slant}:
            return Markup("<em>{}</em>").format(slant)
        case {"href": href, "words": words} if re.fullmatch(ADDRESS, href):
            return Markup('<a href="{}" rel="noreferrer">{}</a>').format(href, words)
        case {"tone": tone, "toned": toned}:
            return Markup('<span class="{}">{}</span>').format(tone, _inline(toned, kind))
        case {"user": user}:
            return Markup('<span class="mention">@{}</span>').format(user)
        case {"bare": bare}:
            return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(bare)
        case _:
            return escape(found[0])


def _time(at: str) -> str:
    local = wall(datetime.fromisoformat(at))
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _try(name: str, robot: str) -> tuple[str, str, str]:
    """A button: Chinese, English, the command in JSON."""
    command = json.dumps({**TRIES[name], "partner": robot})
    return say(f"sandbox.try_{name}", "zh"), say(f"sandbox.try_{name}", "en"), command
