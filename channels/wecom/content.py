"""What is said of a message, in the format of the group; what is too long is refused, never cut."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from channels.base import Broken, File, LimitsBroken, Rendition
from channels.wecom.envelope import Mentions, envelope
from channels.wecom.marks import Markdown, Marks, Ours, Seen, Text
from config.kinds import kinds
from config.limits import limits
from config.messages import say
from notices.facts import FactType, forms
from notices.notice import Message

MARKS: MappingProxyType[str, Marks] = MappingProxyType({"markdown": Markdown(), "text": Text(), "seen": Seen()})
WIDEST = 3  # bytes of a Chinese character


Says = Callable[[Message, str], str]  # what is said of a message, by how it is marked


def rendered(message: Message, format_: str, mentions: Mentions, says: Says | None = None) -> Rendition:
    """The rendition of ``message``, in the words of ``says`` where they are others. Raises ``LimitsBroken``."""
    says = says or _content
    content = says(message, format_)
    if format_ == "markdown" and mentions.users:
        content += "\n" + "".join(f"<@{user}>" for user in mentions.users)
    size = len(content.encode())
    limit = limits("wecom")[format_]
    if size > limit.value:
        name, where, _ = max(_written(message), key=lambda text: len(text[2]))
        told = {"actual": size, "most": limit.value, "over": -(-(size - limit.value) // WIDEST)}
        zh, en = (say("wecom.too_long", lang, where=say(f"wecom.field_{name}", lang), **told) for lang in ("zh", "en"))
        raise LimitsBroken([Broken(limit, str(size), where, zh, en)])
    read = content if format_ == "text" else says(message, "seen")
    body = envelope(format_, content, mentions)
    return Rendition((File("message.json", "application/json", body),), read, {format_: size})


def _content(message: Message, marked: str) -> str:
    version, marks = message.version, MARKS[marked]
    own = version.wording.get("wecom", {})
    what = "withdrawal" if message.withdrawal else "correction" if message.is_correction else "release"
    lines = template("wecom", what, marked).render(
        m=marks,
        message=message,
        version=version,
        title=own.get("title", version.title),
        summary=own.get("summary", version.summary),
        kind=kinds()[version.kind].name,
        facts=list(_facts(message)),
        withdrawn_at=message.withdrawal and forms(FactType.TIME, message.withdrawal.at.isoformat())[0],
    )
    return lines.strip("\n")


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    """The facts that the kind puts first; of a correction those that changed, each with what it was."""
    version, before = message.version, message.previous if message.is_correction else None
    first = [fact for name in kinds()[version.kind].highlights if (fact := version.fact(name))]
    for fact in first if before is None else [*first, *(one for one in version.facts if one not in first)]:
        old = before.fact(fact.name) if before else None
        if old is not None and old.forms[0] != fact.forms[0]:
            yield fact.label, f"{fact.forms[0]}（原为{old.forms[0]}）"
        elif fact in first:
            yield fact.label, fact.forms[0]


def _written(message: Message) -> Iterator[tuple[str, str, str]]:
    """Each text of the author's that is said: its name in our messages, where it was written, the text."""
    version, withdrawal = message.version, message.withdrawal
    own = version.wording.get("wecom", {})
    if withdrawal is None or withdrawal.leaves == "banner":
        here = "own_title", "渠道用语—wecom—标题"
        yield (*here, own["title"]) if "title" in own else ("title", "标题", version.title)
    if withdrawal is not None:
        yield "reason", "撤回理由", withdrawal.reason
    elif message.is_correction:
        yield "note", "更正说明", version.public_note or ""
    else:
        here = "own_summary", "渠道用语—wecom—摘要"
        yield (*here, own["summary"]) if "summary" in own else ("summary", "内容概述", version.summary)


@cache
def template(folder: str, what: str, marked: str) -> Template:
    """Whatever a template says without marking it goes through ``harmless``."""
    environment = Environment(
        loader=PackageLoader("templates", folder),
        autoescape=False,  # noqa: S701 - no HTML; `finalize` escapes
        finalize=partial(_finalized, MARKS[marked]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{what}.txt")


def _finalized(marks: Marks, value: Any) -> Ours:
    return marks.harmless(value)
