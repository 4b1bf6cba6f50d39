"""Subject and text of a mail; what is too long is refused, never cut."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from channels.base import Broken, File, LimitsBroken, Rendition
from channels.quoted import one_line
from config.kinds import kinds
from config.limits import limits
from config.messages import say
from notices.facts import FactType, forms
from notices.notice import Message, Urgency


def rendered(message: Message) -> Rendition:
    """The rendition of ``message``: the mail without what only sending knows. Raises ``LimitsBroken``."""
    return made_of(message, _subject(message), _text(message))


def made_of(message: Message, subject: str, text: str) -> Rendition:
    """The rendition that says ``text`` of ``message`` under ``subject``. Raises ``LimitsBroken``."""
    body = _mail(subject, text)
    used = {"subject": len(subject), "size": len(body)}
    if broken := list(_broken(message, used)):
        raise LimitsBroken(broken)
    return Rendition((File("mail.eml", "message/rfc822", body),), f"{subject}\n{text}", used)


def readable(mail: bytes) -> str:
    """A rendition's bytes as a mail program shows them."""
    found = message_from_bytes(mail, policy=policy.default)
    return f"{found['Subject']}\n\n{found.get_content()}"


def trial() -> bytes:
    """What a test says."""
    return _mail(say("mail.test_subject", "zh"), f"{say('mail.test_text', 'zh')}\n")


def _mail(subject: str, text: str) -> bytes:
    """RFC 5322, in lines of 76 octets at most: the text in base64, the subject in encoded words (RFC 2047)."""
    made = EmailMessage(policy=policy.SMTP)
    made["Subject"] = subject
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nothing answers it by itself
    made.set_content(text, charset="utf-8", cte="base64")
    made["Content-Language"] = "zh-CN"  # after the content, which puts out whatever was said of another one
    return made.as_bytes()


def _subject(message: Message) -> str:
    """What happened, and to what; a page that is gone is not named any more."""
    what, named = _what(message), _is_named(message)
    urgent = "【紧急】" if message.urgency is Urgency.EMERGENCY else ""
    badge = {"release": "", "correction": "【更正】", "withdrawal": "【撤回】"}[what]
    title = message.version.wording.get("mail", {}).get("title", message.version.title)
    return one_line(f"{urgent}{badge}{title if named else f'索引号{message.version.index_number}'}")


def _text(message: Message) -> str:
    version = message.version
    own = version.wording.get("mail", {})
    lines = template("mail", _what(message)).render(
        message=message,
        version=version,
        title=own.get("title", version.title),
        summary=own.get("summary", version.summary),
        kind=kinds()[version.kind].name,
        facts=list(_facts(message)),
        withdrawn_at=message.withdrawal and forms(FactType.TIME, message.withdrawal.at.isoformat())[0],
    )
    return lines.strip("\n") + "\n"


def _what(message: Message) -> str:
    return "withdrawal" if message.withdrawal else "correction" if message.is_correction else "release"


def _is_named(message: Message) -> bool:
    return message.withdrawal is None or message.withdrawal.leaves == "banner"


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


def _broken(message: Message, used: dict[str, int]) -> Iterator[Broken]:
    most = limits("mail")
    own = "mail" in message.version.wording and "title" in message.version.wording["mail"]
    where = {"subject": "渠道用语—mail—标题" if own else "标题", "size": _longest(message)}
    for name, actual in used.items():
        if actual > most[name].value:
            told = {"actual": actual, "most": most[name].value, "where": where[name]}
            zh, en = (say(f"mail.too_long_{name}", lang, **told) for lang in ("zh", "en"))
            yield Broken(most[name], str(actual), where[name], zh, en)


def _longest(message: Message) -> str:
    """Where the author wrote most of what is said."""
    version, withdrawal = message.version, message.withdrawal
    if withdrawal is not None:
        return "撤回理由"
    own = "summary" in version.wording.get("mail", {})
    texts = {
        "渠道用语—mail—摘要" if own else "内容概述": version.wording.get("mail", {}).get("summary", version.summary)
    }
    if message.is_correction:
        texts = {"更正说明": version.public_note or ""}
    texts["标题"] = version.title
    return max(texts, key=lambda name: len(texts[name]))


@cache
def template(folder: str, what: str) -> Template:
    """Whatever a template puts out stands on one line and is text, nothing else."""
    environment = Environment(
        loader=PackageLoader("templates", folder),
        autoescape=False,  # noqa: S701 - a plain text
        finalize=one_line,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{what}.txt")
