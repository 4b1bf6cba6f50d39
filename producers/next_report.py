"""The next progress report of a matter, prepared: what the last one and the matter know stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.kinds import Example, kinds
from notices.matter import REPORTS, Matter, Stands
from notices.notice import RelationType, Version
from notices.placeholders import FILL
from notices.prepared import Tying, as_written, next_day, next_title, prepared
from notices.steps import of_day
from producers.house import House
from streams.matters import UnknownMatter, matter_of, row_of

MONTHLY = timedelta(days=30)  # between reports, where none tells otherwise
BASIS = "《中华人民共和国政府信息公开条例》第二十条第（十一）项"
BLANK_COMPARED = ({"指标": FILL, "上期": "0", "本期": FILL, "增减": FILL},)
BLANK_MILESTONES = ({"节点": FILL, "计划完成日": FILL, "状态": FILL, "责任股室": FILL},)


@dataclass(frozen=True)
class NextReport:
    """The file's text, and which issue it is."""

    text: str
    issue: int


def next_report(house: House, office: str, number: str) -> NextReport:
    """Prepare it. Raises ``UnknownMatter``."""
    found = house.store.read(lambda c: matter_of(c, office, number))
    if found is None:
        raise UnknownMatter(number)
    row = house.store.read(lambda c: row_of(c, office, number))
    reports, kind, now, own = found.of_kind(REPORTS), kinds()[REPORTS], house.clock.now(), house.outlets.office(office)
    last = reports[-1].version if reports else None
    issue = max((int(one.version.fields["issue"]) for one in reports), default=0) + 1
    common = {"title": next_title(last.title, "期", issue, now)} if last else {"title": f"{found.name}进展通报{FILL}"}
    if last is None:
        common |= {"disclosure_basis": BASIS, "disclosure": "主动公开"}
        if found.decision is None and row is not None:
            common["section"] = own.sections.get(row.section, FILL)
    like = last or (found.decision.version if found.decision else None)
    text = prepared(
        kind,
        own,
        now,
        like=like,
        common=common,
        own=_own(found, reports, issue, now),
        tied=_tied(found),
        why=f"照决策事项 {number} {f'第{issue - 1}期通报' if last else ''}预填的第{issue}期",
    )
    return NextReport(text, issue)


def _own(found: Matter, reports: list[Stands], issue: int, now: datetime) -> Mapping[str, Example]:
    """What the report says for itself: what is counted anew is left to be filled in."""
    last = reports[-1].version if reports else None
    decision = found.decision.version if found.decision else None
    before = dict(as_written(last, kinds()[REPORTS])) if last else {}
    values: dict[str, Example] = {
        "decision_number": (decision.document_number if decision else None) or FILL,
        "centre": FILL,
        **before,
        "dossier": found.number,
        "issue": str(issue),
        "as_of": FILL,
        "achieved": FILL,
        "progress": FILL,
        "compared": _compared(last) or BLANK_COMPARED,
        "milestones": tuple(one.milestone.as_row() for one in found.milestones) or BLANK_MILESTONES,
        "problems": (FILL,),
        "next_steps": (FILL,),
        "next_on": next_day(_promised(reports), MONTHLY, now).isoformat(),
        "earlier_issues": _earlier(last) if last else (),
    }
    if "spent" in before:
        values["spent"] = FILL
    return {name: value for name, value in values.items() if value}


def _compared(last: Version | None) -> tuple[dict[str, str], ...]:
    """What was this issue's is the last one's now."""
    rows = last.fields.get("compared") or () if last else ()
    return tuple(
        {"指标": row.get("指标", FILL), "上期": row.get("本期", FILL), "本期": FILL, "增减": FILL} for row in rows
    )


def _earlier(last: Version) -> tuple[dict[str, str], ...]:
    issue, day = last.fields["issue"], of_day(last.issued_on)
    said = {"期号": f"第{issue}期", "日期": day, "主要内容": last.summary.rstrip("。")}
    return (*(last.fields.get("earlier_issues") or ()), said)


def _promised(reports: list[Stands]) -> list[date]:
    """The days that the reports promised for the next one, after the day of the last one's own."""
    named = [one.version.fields["next_on"] for one in reports if one.version.fields.get("next_on")]
    own = [reports[-1].version.issued_on] if len(named) == 1 else []
    return [*own, *map(date.fromisoformat, named)]


def _tied(found: Matter) -> list[Tying]:
    decision = found.decision
    return [Tying(RelationType.PROGRESS, decision.notice, decision.version.title)] if decision else []
