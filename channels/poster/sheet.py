"""What stands on a poster: a message as headline, key lines, sections and foot. Pure; no measure, no colour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from channels.poster.foot import Foot, day, foot, instant
from channels.poster.keyline import KeyLine, keyline, split
from channels.poster.prose import prose
from channels.poster.sections import Section, sections
from channels.press.headline import broken, pieces, wrapped
from config.kinds import Field, Kind, kinds
from notices.facts import Fact, FactType
from notices.notice import Message, Urgency, Version

SUBTITLE = 30.0  # em: the line of a full title below the headline
LETTER = 16.2  # em: the line of a letter's title
NAMES = ("人社局", "高新区", "征求意见稿", "社会保险", "养老保险", "公开征求")  # words that headlines never break

Cut = Callable[[Sequence[str]], list[list[str]]]  # Chinese texts as lists of their words


@dataclass(frozen=True)
class Sheet:
    """One poster, before it is set. ``layout`` is the kind's; ``serial`` stands beside the headline (第1号)."""

    layout: str
    title: str  # of the document
    kicker: str
    headline: tuple[str, ...]
    subtitle: tuple[str, ...]
    serial: str
    issued: str  # when it was signed, to the minute where that matters
    correction: str  # what changed, for the reader
    lead: str
    keys: tuple[KeyLine, ...]
    steps: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: Foot
    cuts: Mapping[str, tuple[str, ...]]  # texts in large type by pieces that no line breaks


def sheet(message: Message, cut: Cut) -> Sheet:
    """The poster of a version. Lines of its headline are chosen by the words that ``cut`` finds."""
    version, kind = message.version, kinds()[message.version.kind]
    wording = version.wording.get("poster", {})
    keys, steps, said = _keys(version, kind, wording.get("lines", ""))
    lead = wording.get("summary") or ("" if kind.poster == "letter" else version.summary)
    headline, subtitle = _headline(message, kind, wording.get("title", ""), cut)
    found = prose(_unsigned(message)) if kind.poster == "letter" else sections(version, kind, said)
    return Sheet(
        layout=kind.poster,
        title=version.title,
        kicker=message.office.name,
        headline=headline,
        subtitle=subtitle,
        serial=_serial(version),
        issued=_issued(version),
        correction=(version.public_note or "") if message.is_correction else "",
        lead=lead,
        keys=keys,
        steps=steps,
        sections=found or prose(version.body),
        foot=foot(message, wording.get("corner", "")),
        cuts=cuts(cut, [lead, *(part for step in steps for part in (step, *step.split("：", 1)))], message),
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
        return wrapped(_below_office(cut_title, message.office.name), names, LETTER), ()
    if lines := broken(cut_title, names, most=2):
        return lines, ()
    return broken(cut_wanted, names) or (kind.name,), below


def _below_office(words: Sequence[str], office: str) -> list[str]:
    """The words of a letter's title without the office's name at its beginning: it stands above, as the red head."""
    for end in range(1, len(words)):
        if "".join(words[:end]) == office:
            return list(words[end:])
    return list(words)


def cuts(cut: Cut, texts: Sequence[str], message: Message | None = None) -> dict[str, tuple[str, ...]]:
    """Each of ``texts`` by the pieces that no line breaks; the names of ``message`` are whole."""
    names = whole_names(message) if message else ()
    return {text: pieces(words, names) for text, words in zip(texts, cut(texts), strict=True) if text}


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
            keys.append(KeyLine(f"{field.label} ", "", str(version.fields[field.name]), field.label))
        elif field.name.endswith("_from") and other is not None:
            done.add(other.name)
            keys.append(
                KeyLine(
                    _shared(fact.label, other.label),
                    f"{_brief(fact, version)}—{_brief(other, version)}",
                    "",
                    field.label,
                )
            )
        else:
            keys.append(KeyLine(fact.label, _brief(fact, version), "", field.label))
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


def _issued(version: Version) -> str:
    """An emergency is said with the minute it was signed at (domain-cn T9: 第1号 8:55发布)."""
    if version.urgency is Urgency.EMERGENCY and version.approval:
        return f"{instant(version.approval.at)}签发"
    return day(version.issued_on)


def _serial(version: Version) -> str:
    """第N号 of a bulletin, 第N期 of a report."""
    for fact in version.facts:
        if fact.name in ("serial", "issue"):
            return f"第{fact.forms[0]}"
    return ""
