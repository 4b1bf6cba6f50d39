"""办理过程: what a matter's page says of each step, and where the matter stands as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from config.clock import wall
from notices.facts import FactType, forms
from notices.matter import EXPLAINS, REPORTS, Matter, Stands

LATE = "已超期"
TO_COME = ("未到", "不需要")
UNDER_WAY = ("未开始", "进行中", "待公开", "待通报", "延期")
NOT_YET, NOT_NEEDED = TO_COME
NOT_OPEN, OPEN, AWAITED, TO_REPORT, _ = UNDER_WAY
ASKING = "正在征求意见"  # where a matter stands while comments are taken


@dataclass(frozen=True)
class Step:
    """One step: how it stands, when, and what was published of it."""

    name: str
    state: str
    when: str = ""
    of: Stands | None = None
    words: str = ""  # beside it, where there is no notice

    def as_row(self) -> dict[str, str]:
        """As a row of the field ``steps`` of kind d01."""
        said = self.of.version.title if self.of else self.words
        return {"环节": self.name, "状态": self.state, "时间": self.when, "公开件": said}


def steps(matter: Matter, now: datetime) -> list[Step]:
    """Every step, in the order of a matter's life."""
    return [
        *_start(matter),
        *_consultation(matter, now),
        _feedback(matter, now),
        _decision(matter),
        _explanation(matter, now),
        *_reports(matter, now),
        *_milestones(matter, now),
        *_end(matter),
    ]


def phase(matter: Matter, now: datetime) -> str:
    """Where it stands as a whole, in a few words."""
    acts, window = matter.acts, matter.window
    if acts.filed_at:
        return "已归档"
    if acts.evaluated_at:
        return "已评估"
    if matter.decision:
        return "执行中" if matter.of_kind(REPORTS) else "已公布"
    if window is None:
        return "不另行公开征求意见" if acts.exempt else "已启动"
    if now < window.opens_at:
        return "将征求意见"
    if window.is_open(now):
        return ASKING
    return "意见已反馈" if matter.feedback else "意见整理中"


def _start(matter: Matter) -> Iterator[Step]:
    if matter.acts.started_at:
        yield Step("启动", "已启动", of_day(wall(matter.acts.started_at).date()))


def _consultation(matter: Matter, now: datetime) -> Iterator[Step]:
    window = matter.window
    if window is None:
        exempt = matter.acts.exempt
        yield Step("预公开", "不另行公开征求意见", words=f"理由：{exempt}") if exempt else Step("预公开", NOT_YET)
        return
    of = next(one for one in matter.standing if one.notice == window.notice)
    yield Step("预公开", "已公开", _day(of), of)
    state = NOT_OPEN if now < window.opens_at else OPEN if window.is_open(now) else "已截止"
    state += "（已延长）" if window.longer else ""
    words = f"不另行公开征求意见，理由：{matter.acts.exempt}" if matter.acts.exempt else ""
    yield Step("征求意见", state, f"{of_day(window.open_from)}至{of_day(window.open_to)}", words=words)


def _feedback(matter: Matter, now: datetime) -> Step:
    if matter.feedback:
        return Step("采纳反馈", "已公开", _day(matter.feedback), matter.feedback)
    window = matter.window
    if window is None or window.feedback_by is None or matter.acts.exempt:
        return Step("采纳反馈", NOT_NEEDED if matter.acts.exempt else NOT_YET)
    late = _until(matter, now) >= matter.overdue_at(window.feedback_by)
    return Step("采纳反馈", LATE if late else AWAITED, f"{of_day(window.feedback_by)}前")


def _decision(matter: Matter) -> Step:
    return Step("公布", "已公布", _day(matter.decision), matter.decision) if matter.decision else Step("公布", NOT_YET)


def _explanation(matter: Matter, now: datetime) -> Step:
    if found := matter.of_kind(EXPLAINS):
        return Step("解读", "已公开", _day(found[0]), found[0])
    if matter.decision and matter.needs_no_explanation:
        return Step("解读", NOT_NEEDED)
    if matter.decision and matter.settled:
        return Step("解读", "已公开", of_day(wall(matter.settled.at).date()))
    if matter.decision is None or matter.explain_by is None:
        return Step("解读", AWAITED if matter.decision else NOT_YET)
    late = _until(matter, now) >= matter.overdue_at(matter.explain_by)
    return Step("解读", LATE if late else AWAITED, f"{of_day(matter.explain_by)}前")


def _reports(matter: Matter, now: datetime) -> Iterator[Step]:
    found = matter.of_kind(REPORTS)
    for one in found:
        yield Step("执行进展", "已通报", _day(one), one)
    if not found:
        yield Step("执行进展", TO_REPORT if matter.decision else NOT_YET)
    elif not matter.acts.filed_at and (promised := found[-1].version.fields.get("next_on")):
        day = date.fromisoformat(promised)
        yield Step("下次通报", LATE if now >= matter.overdue_at(day) else TO_REPORT, of_day(day))


def _milestones(matter: Matter, now: datetime) -> Iterator[Step]:
    until = _until(matter, now)
    for one in matter.milestones:
        day, state = one.milestone.planned, one.milestone.state
        if day and not one.milestone.reached and until >= matter.overdue_at(day):
            state = LATE
        when = f"计划{of_day(day)}" if day else ""
        yield Step(f"节点：{one.milestone.name}", state, when, one.of)


def _until(matter: Matter, now: datetime) -> datetime:
    """Late once the public was told so; what was filed is not late any more."""
    return min(now, matter.acts.filed_at) if matter.acts.filed_at else now


def _end(matter: Matter) -> Iterator[Step]:
    acts = matter.acts
    if acts.evaluated_at:
        yield Step("评估", "已评估", of_day(wall(acts.evaluated_at).date()), words=acts.evaluation)
    if acts.filed_at:
        yield Step("归档", "已归档", of_day(wall(acts.filed_at).date()))


def of_day(day: date) -> str:
    """2026年11月27日."""
    return forms(FactType.DATE, day.isoformat())[0]


def _day(of: Stands) -> str:
    return of_day(wall(of.first_at).date())
