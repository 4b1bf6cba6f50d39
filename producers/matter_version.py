"""The text of a matter's page after an event: made of what was approved of it, and of nothing else."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from config.clock import wall
from config.fields import common_fields
from config.kinds import kinds
from config.limits import limits
from config.matters import news_for, tellings
from notices.facts import Fact, FactType, forms
from notices.matter import PAGE, Matter
from notices.notice import Approval, Office, Relation, RelationType, SecrecyReview, Version
from notices.occasions import Occasion
from notices.steps import Step, of_day, phase, steps

BY_ADDRESS = ("website", "feed", "webhook")  # where news of a matter is always told
NOT_TOLD = ("poster",)  # a poster hangs for days


def version_of(
    matter: Matter,
    occasion: Occasion,
    *,
    office: Office,
    section: str,
    now: datetime,
    page: tuple[str, str],
    number: int,
    numbers: Mapping[str, str],
) -> Version:
    """Version ``number`` of the page (its notice id and index number) as it is to be ``now``.

    ``numbers`` are the index numbers of the matter's notices by their ids.
    """
    telling, window = tellings()[occasion.event], matter.window
    source = matter.words[-1].version if matter.words else None
    found = steps(matter, now)
    dates: dict[str, date | None] = {
        "open_from": window.open_from if window else None,
        "open_to": window.open_to if window else None,
        "feedback_by": window.feedback_by if window else None,
    }
    values = {
        "matter": matter.name,
        "number": matter.number,
        "what": _what(occasion),
        "reason": occasion.reason,
        **{name: of_day(day) if day else "" for name, day in dates.items()},
    }
    everyone = telling.everyone and now - occasion.at <= news_for()
    summary, channels = telling.summary.format(**values), channels_of(matter, everyone=everyone)
    day, kind = wall(now).date(), kinds()[PAGE]
    signed, reviewed = _signed(matter, now)
    phones = {"phone": source.phone if source else office.phone, "supervision_phone": office.supervision_phone}
    return Version(
        notice=page[0],
        number=number,
        index_number=page[1],
        office=matter.office,
        kind=PAGE,
        title=telling.title.format(**values),
        summary=summary,
        issued_on=day,
        formed_on=day,
        topic=source.topic if source else kind.topic,
        genre=kind.genre,
        disclosure="主动公开",
        disclosure_basis="《重大行政决策程序暂行条例》",
        section=source.section if source else section,
        owner=source.owner if source else matter.acts.signed_by,
        deputy=source.deputy if source else None,
        **phones,
        keywords=("决策事项", matter.number),
        fields={
            "dossier": matter.number,
            "matter": matter.name,
            "event": telling.label,
            "phase": phase(matter, now),
            **{name: day_.isoformat() for name, day_ in dates.items() if day_},
            "steps": [step.as_row() for step in found],
        },
        facts=tuple(_facts({"issued_on": day, "formed_on": day, **phones, **dates})),
        relations=tuple(_relations(matter, numbers)),
        wording=_shorter(telling.title.format(**values), summary, telling.label, matter, channels),
        channels=channels,
        body=_body(summary, found),
        approval=signed,
        secrecy=reviewed,
    )


def channels_of(matter: Matter, *, everyone: bool) -> tuple[str, ...]:
    """Where something of the matter is told."""
    of = matter.window and matter.window.notice
    asked = next((one.version.channels for one in matter.standing if one.notice == of), BY_ADDRESS)
    told = [name for name in asked if name not in NOT_TOLD and (everyone or name in BY_ADDRESS)]
    return tuple(dict.fromkeys(("website", "feed", *told)))


def _shorter(
    title: str, summary: str, label: str, matter: Matter, channels: Iterable[str]
) -> dict[str, dict[str, str]]:
    """A title of its own for each channel that ``title`` is too long for, and a digest where ``summary`` is: by what
    the document is called, else by the number."""
    called = re.search(r"《(.+)》", matter.name)
    short = [f"{label}：{called[1] if called else matter.name}", f"{label}：{matter.number}"]
    found: dict[str, dict[str, str]] = {}
    for channel in channels:
        limit, digest = limits(channel).get("title"), limits(channel).get("digest")
        if limit is not None and len(title) > limit.value:
            found.setdefault(channel, {})["title"] = _fitting(short, limit.value)
        if digest is not None and digest.advised is not None and len(summary) > digest.advised:
            found.setdefault(channel, {})["summary"] = _fitting(short, digest.advised)
    return found


def _fitting(said: Sequence[str], most: int) -> str:
    """The first of ``said`` that has no more characters, else the last."""
    return next((one for one in said if len(one) <= most), said[-1])


def _what(occasion: Occasion) -> str:
    try:
        return of_day(date.fromisoformat(occasion.what))
    except ValueError:
        return occasion.what


def _signed(matter: Matter, now: datetime) -> tuple[Approval, SecrecyReview]:
    """Who answers for what it says: of the notice that was last published, or of the last act besides."""
    acts = matter.acts
    if matter.words and (acts.signed_at is None or matter.words[-1].at > acts.signed_at):
        version = matter.words[-1].version
        assert version.approval is not None  # required of every file
        assert version.secrecy is not None  # likewise
        return version.approval, version.secrecy
    at = acts.signed_at or now
    return Approval(by=acts.signed_by, at=at), SecrecyReview(by=acts.reviewed_by, at=at, result="可公开")


def _facts(given: Mapping[str, date | str | None]) -> Iterable[Fact]:
    """The fields whose values are the same on every copy, by their names."""
    fields = {field.name: field for field in (*common_fields(), *kinds()[PAGE].fields)}
    for name, value in given.items():
        if value is not None:
            field, text = fields[name], value if isinstance(value, str) else value.isoformat()
            type_ = FactType(field.type)
            yield Fact(name=name, label=field.label, type=type_, value=text, forms=forms(type_, text))


def _relations(matter: Matter, numbers: Mapping[str, str]) -> Iterable[Relation]:
    for one in matter.standing:
        number = numbers.get(one.notice)
        yield Relation(type=RelationType.RELATED, title=one.version.title, notice=one.notice, index_number=number)


def _body(summary: str, found: Iterable[Step]) -> str:
    """As Markdown."""
    rows = [step.as_row() for step in found]
    head = tuple(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in head) + " |" for row in rows]
    return f"{summary}\n\n## 办理过程\n\n" + "\n".join(lines)


def _cell(text: Any) -> str:
    return " ".join(str(text).replace("|", "｜").split())
