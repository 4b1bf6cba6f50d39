"""What stands on a poster: a message as headline, key lines, sections and foot. Pure; no measure, no colour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from channels.poster.headline import broken, wrapped
from channels.poster.keyline import KeyLine, keyline, split
from channels.poster.prose import prose
from channels.poster.qr import Code, code
from channels.poster.sections import Section, sections
from config.clock import wall
from config.kinds import Field, Kind, kinds
from notices.facts import Fact, FactType
from notices.notice import Message, Version

SUBTITLE = 30.0  # em: the line of a full title below the headline
LETTER = 16.2  # em: the line of a letter's title
NAMES = ("人社局", "高新区", "征求意见稿", "社会保险", "养老保险", "公开征求")  # words that headlines never break

Cut = Callable[[Sequence[str]], list[list[str]]]  # Chinese texts as lists of their words


@dataclass(frozen=True)
class Foot:
    """What every poster says at its foot."""

    code: Code
    caption: str
    phone: str
    supervision_phone: str
    office: str
    section: str
    hours: str
    signed: str  # 成文日期
    version: str
    validity: str
    references: tuple[str, ...]  # numbers it can be found by


@dataclass(frozen=True)
class Sheet:
    """One poster, before it is set. ``layout`` is the kind's; ``serial`` stands beside the headline (第1号)."""

    layout: str
    title: str  # of the document
    kicker: str
    headline: tuple[str, ...]
    subtitle: tuple[str, ...]
    serial: str
    correction: str  # what changed, for the reader
    lead: str
    keys: tuple[KeyLine, ...]
    steps: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: Foot


def sheet(message: Message, cut: Cut) -> Sheet:
    """The poster of a version. Lines of its headline are chosen by the words that ``cut`` finds."""
    version, kind = message.version, kinds()[message.version.kind]
    wording = version.wording.get("poster", {})
    keys, steps, said = _keys(version, kind, wording.get("lines", ""))
    headline, subtitle = _headline(message, kind, wording.get("title", ""), cut)
    found = prose(_unsigned(message)) if kind.poster == "letter" else sections(version, kind, said)
    return Sheet(
        layout=kind.poster,
        title=version.title,
        kicker=message.office.name,
        headline=headline,
        subtitle=subtitle,
        serial=_serial(version),
        correction=(version.public_note or "") if message.is_correction else "",
        lead=wording.get("summary") or ("" if kind.poster == "letter" else version.summary),
        keys=keys,
        steps=steps,
        sections=found or prose(version.body),
        foot=foot(message, wording.get("corner", "")),
    )


def _headline(message: Message, kind: Kind, wanted: str, cut: Cut) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The author's headline over the full title; else the title, if it can be set large; else the kind's name."""
    title = message.version.title
    names = whole_names(message)
    cut_title, cut_wanted = cut([title, wanted or kind.name])
    below = wrapped(cut_title, names, SUBTITLE)
    if wanted:
        return broken(cut_wanted, names) or (wanted,), () if wanted == title else below
    if kind.poster == "letter":
        return wrapped(cut_title, names, LETTER), ()
    if lines := broken(cut_title, names, most=2):
        return lines, ()
    return broken(cut_wanted, names) or (kind.name,), below


def whole_names(message: Message) -> tuple[str, ...]:
    """Names that no line breaks: of the office, of the notice, and words that every office uses."""
    return (message.office.name, message.office.short, *NAMES, *message.version.keywords)


def _keys(version: Version, kind: Kind, wanted: str) -> tuple[tuple[KeyLine, ...], tuple[str, ...], frozenset[str]]:
    """Key lines, steps, and the fields they say: the author's lines, else the kind's highlights.

    A highlight that is a list is the poster's steps or points; in a layout made of them the author's lines are these.
    """
    listed = next((n for n in kind.highlights if kind.field(n).type == "lines" and version.fields.get(n)), None)
    lines = split(wanted)
    plain = [n for n in kind.highlights if n != listed and version.fields.get(n) not in (None, "", [])]
    if lines and kind.poster not in ("steps", "list"):
        return tuple(map(keyline, lines)), (), frozenset()
    steps = lines or tuple(map(str, version.fields[listed] if listed else ()))
    keys, said = _highlights(version, [kind.field(name) for name in plain])
    return keys, steps, said | ({listed} if listed else set())


def _highlights(version: Version, fields: Sequence[Field]) -> tuple[tuple[KeyLine, ...], frozenset[str]]:
    facts = {fact.name: fact for fact in version.facts}
    keys: list[KeyLine] = []
    done: set[str] = set()
    for field in fields:
        if field.name in done:
            continue
        done.add(field.name)
        fact, other = facts.get(field.name), facts.get(field.name.replace("_from", "_to"))
        if fact is None:
            keys.append(KeyLine(f"{field.label} ", "", str(version.fields[field.name])))
        elif field.name.endswith("_from") and other is not None:
            done.add(other.name)
            keys.append(KeyLine(_shared(fact.label, other.label), f"{_brief(fact, version)}—{_brief(other, version)}"))
        else:
            keys.append(KeyLine(fact.label, _brief(fact, version)))
    return tuple(keys), frozenset(done)


def _shared(first: str, second: str) -> str:
    """报名开始, 报名截止 → 报名时间."""
    same = "".join(a for a, b in zip(first, second, strict=False) if a == b)
    return f"{same}时间"


def _brief(fact: Fact, version: Version) -> str:
    """A fact as it stands in large type: dates of the year of issue without it."""
    if fact.type in (FactType.DATE, FactType.TIME):
        year = date.fromisoformat(fact.value[:10]).year
        return fact.forms[1] if year == version.issued_on.year and len(fact.forms) > 1 else fact.forms[0]
    return fact.forms[0]


def _unsigned(message: Message) -> str:
    """The body without the signature at its end: a letter is signed once."""
    signature = (message.office.name, message.office.short, day(message.version.issued_on))
    lines = message.version.body.rstrip().splitlines()
    while lines and (not lines[-1].strip() or lines[-1].strip() in signature):
        lines.pop()
    return "\n".join(lines)


def _serial(version: Version) -> str:
    """第N号 of a bulletin, 第N期 of a report."""
    for fact in version.facts:
        if fact.name in ("serial", "issue"):
            return f"第{fact.forms[0]}"
    return ""


def foot(message: Message, corner: str = "") -> Foot:
    """The foot of a poster of ``message``; ``corner`` is the author's line beside the code."""
    version, office = message.version, message.office
    return Foot(
        code=code(message.address),
        caption=corner or "扫码看全文，查最新版",
        phone=version.phone,
        supervision_phone=version.supervision_phone,
        office=office.name,
        section=office.sections.get(version.section, ""),
        hours=office.hours,
        signed=day(version.issued_on),
        version=f"第{version.number}版",
        validity=_validity(version),
        references=tuple(filter(None, (version.document_number, f"索引号 {version.index_number}"))),
    )


def _validity(version: Version) -> str:
    parts = [
        f"自{day(version.effective_on)}起施行" if version.effective_on else "",
        f"有效期至{day(version.ends_on)}" if version.ends_on else "",
        f"有效至{instant(wall(version.expires_at))}" if version.expires_at else "",
    ]
    return "，".join(filter(None, parts))


def day(on: date) -> str:
    """2026年11月23日."""
    return f"{on.year}年{on.month}月{on.day}日"


def instant(at: datetime) -> str:
    """2026年11月23日9:30, as the clock on the wall shows it."""
    return f"{day(at.date())}{at.hour}:{at:%M}"
