"""A notice's file prepared from what was said before: what is known stands in it, the rest says 请填."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.channels import channel_names
from config.clock import wall
from config.fields import common_fields
from config.kinds import Example, Kind
from notices.content import SCOPES, URGENCIES
from notices.front import take_apart
from notices.notice import Office, RelationType, Version
from notices.placeholders import BODY, FILL, HEADING, HOW, NAME, SUMMARY, TITLE, unfilled
from notices.problem import Problem
from notices.skeleton import entry, signed
from notices.structures import RELATIONS


@dataclass(frozen=True)
class Tying:
    """The notice that the new one is tied to, and how."""

    type: RelationType
    notice: str
    title: str


def prepared(
    kind: Kind,
    office: Office,
    now: datetime,
    *,
    like: Version | None,
    common: Mapping[str, str],
    own: Mapping[str, Example],
    tied: Sequence[Tying],
    why: str,
) -> str:
    """The file of a notice of ``kind`` at the aware instant ``now``, as UTF-8 text.

    ``common`` and ``own`` are values of its fields as staff would write them; what they leave out is as in ``like`` or
    left out. ``why`` says where the values come from.
    """
    given: dict[str, Example] = {**_common(kind, office, now, like), **common}
    lines = [f"# {why}；写着“{FILL}”“{NAME}”的地方要填，填完再发"]
    for field in common_fields():
        if field.name == "approval":
            lines += ["", f"# —— {kind.name}的要素 ——"]
            lines += [line for one in kind.fields if one.name in own for line in entry(one, own[one.name])]
            lines += ["", "# —— 签发和保密审查 ——", *signed(f"{wall(now):%Y-%m-%d %H:%M}")]
        elif field.name == "relations" and tied:
            lines += [f"{field.label}:", *(line for one in tied for line in _tie(one))]
        elif field.name in given:
            lines += entry(field, given[field.name])
    return "\n".join(["---", *lines, "---", "", BODY.format(kind.name), "", HEADING, "", HOW, ""])


def to_fill(text: str, file: str) -> list[Problem]:
    """Every place of a prepared file that a person must fill in."""
    return unfilled(take_apart(text.encode(), file), file)


def as_written(version: Version, kind: Kind) -> Iterator[tuple[str, Example]]:
    """The values of the kind's own fields that ``version`` has, as staff would write them."""
    for field in kind.fields:
        value = version.fields.get(field.name)
        if not value:
            continue
        if not isinstance(value, str):
            yield field.name, tuple(value)
        elif field.type == "time":
            yield field.name, f"{wall(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
        elif field.type == "percent":
            yield field.name, f"{value}%"
        else:
            fact = version.fact(field.name)
            yield field.name, value + (fact.unit if fact and field.type == "number" else "")


def next_title(title: str, word: str, number: int, now: datetime) -> str:
    """The title with its number raised, 第3期 → 第4期, and the year before it as it is now; else marked to be written
    over."""
    before, places = re.subn(rf"第\s*{number - 1}\s*{word}", f"第{number}{word}", title)
    if places != 1:
        return f"{title}{TITLE}"
    return re.sub(rf"\d{{4}}(?=年第{number}{word})", str(wall(now).year), before)


def next_day(days: Sequence[date], usual: timedelta, now: datetime) -> date:
    """The next day to promise: as far from the last one promised, or from today, as it was from the day before."""
    today = wall(now).date()
    gap = days[-1] - days[-2] if len(days) > 1 and days[-1] > days[-2] else usual
    return max([today, *days[-1:]]) + gap


def _common(kind: Kind, office: Office, now: datetime, like: Version | None) -> dict[str, Example]:
    today = wall(now).date().isoformat()
    found: dict[str, Example] = {
        "kind": kind.name,
        "office": office.name,
        "issued_on": today,
        "formed_on": today,
        "topic": like.topic if like else kind.topic,
        "genre": kind.genre,
        "disclosure": like.disclosure if like else "主动公开",
        "disclosure_basis": like.disclosure_basis if like else FILL,
        "section": office.sections.get(like.section, FILL) if like else FILL,
        "owner": like.owner if like else NAME,
        "phone": like.phone if like else office.phone,
        "supervision_phone": like.supervision_phone if like else office.supervision_phone,
        "summary": SUMMARY,
        "urgency": _called(URGENCIES, like.urgency) if like else "紧急" if kind.emergency else "普通",
        "scope": _called(SCOPES, like.scope) if like else "全社会",
    }
    if like is None:
        return found
    if like.deputy:
        found["deputy"] = like.deputy
    if like.keywords:
        found["keywords"] = like.keywords
    if like.kind == kind.id:
        found["channels"] = tuple(_called(channel_names(), one) for one in like.channels)
    return found


def _called(names: Mapping[str, str], meant: str) -> str:
    """What staff call it; the first of its names."""
    return next((name for name, one in names.items() if one == meant), str(meant))


def _tie(one: Tying) -> list[str]:
    named = {relation: words for words, relation in RELATIONS.items()}
    return [
        f"  - 类型: {named[one.type]}",
        f"    标题: {_text(one.title)}",
        f"    公开件: {one.notice}",
    ]


def _text(title: str) -> str:
    return '"' + title.replace("\\", "\\\\").replace('"', '\\"') + '"'
