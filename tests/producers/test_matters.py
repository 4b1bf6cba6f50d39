"""Matters: what happens in one is told at its second, once, and in the order of the law."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from config.clock import SHANGHAI, DrivenClock
from notices.notice import Message, MessageKind
from notices.problem import FileRefused
from producers.calendar_file import OwnDays
from producers.correct import correct
from producers.duty_acts import close_duty, pause_duty, resume_duty
from producers.in_turn import OutOfTurn
from producers.learn_days import learn
from producers.matter_acts import MatterExists, NotDecided, Signed, begin, evaluate, exempt, put_away
from producers.matter_look import look
from producers.publish import Published, first_release, prepare, publish
from producers.rendering import NotFit
from producers.say import say
from producers.schedule.fire import fire_due
from producers.schedule.recount import next_recount
from producers.timed import retry
from producers.verify_books import verify_notices
from producers.withdraw import withdraw
from streams import triggers
from streams.calendars import add_own
from streams.duties import done as done_by_hand
from streams.duties import pause
from streams.events import NoticeReleased, event, new_trace
from streams.explaining import EXPLAIN, with_explanation
from streams.follow import replan
from streams.matters import change_acts, matter_of
from streams.outlets import Outlets
from streams.store.store import Store, StoreUnavailable
from streams.store.tables import attempt, delivery, message
from streams.store.tables import duty as table
from tests.journeys.town import BY, Ground, Outlet, Town, opened, prepared
from tests.producers.desk import acts_of, books
from tests.producers.papers import NUMBER, consult, paper, said, work
from tests.streams.hosts import HostileHost

SIGNED = Signed("陈远", "吴桐")


def told(town: Town) -> list[tuple[str, datetime]]:
    """What was told of the matter, and when."""
    wanted = select(message).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
    rows = town.house.store.read(lambda c: c.execute(wanted).all())
    found = [(Message.model_validate_json(row.content).version, row.released_at) for row in rows]
    return [(version.fields["event"], at.astimezone(SHANGHAI)) for version, at in found]


def at(town: Town, *when: int) -> None:
    """Let it be that instant, and do what is due."""
    town.clock.set(datetime(*when, tzinfo=SHANGHAI))  # type: ignore[misc,arg-type]  # year, month, day …
    work(town)


def flaws(town: Town) -> list[str]:
    """What of the books does not agree."""
    return town.house.store.read(lambda c: [str(flaw) for flaws in verify_notices(c) for flaw in flaws])


def test_a_window_opens_nears_its_end_and_closes_at_its_second(town: Town) -> None:
    consult(town)  # it is 23 November: from the 24th to 25 December, feedback by 20 January
    assert [event for event, _ in told(town)] == ["公告征求意见"]
    at(town, 2026, 11, 23, 23, 59, 59)
    assert len(told(town)) == 1
    at(town, 2026, 11, 24)
    assert told(town)[1:] == [("开始征求意见", datetime(2026, 11, 24, tzinfo=SHANGHAI))]
    at(town, 2026, 12, 22, 23, 59, 59)
    assert len(told(town)) == 2
    at(town, 2026, 12, 23)
    at(town, 2026, 12, 26)
    assert told(town)[2:] == [
        ("即将截止", datetime(2026, 12, 23, tzinfo=SHANGHAI)),
        ("征求意见截止", datetime(2026, 12, 26, tzinfo=SHANGHAI)),
    ]
    at(town, 2027, 1, 20)
    at(town, 2027, 2, 1)
    assert [event for event, _ in told(town)[4:]] == ["反馈到期", "反馈超期"]
    assert flaws(town) == []


def test_a_decision_waits_for_the_window_and_the_feedback(town: Town) -> None:
    with pytest.raises(OutOfTurn):
        publish(town.house, paper(town, "t14"), by=BY)
    consult(town)
    with pytest.raises(OutOfTurn):
        publish(town.house, paper(town, "t14"), by=BY)
    at(town, 2026, 12, 26)
    with pytest.raises(OutOfTurn):
        publish(town.house, paper(town, "t14"), by=BY)
    said(town, publish(town.house, paper(town, "t07"), by=BY))
    said(town, publish(town.house, paper(town, "t14"), by=BY))
    assert [event for event, _ in told(town)[-2:]] == ["意见反馈", "公布"]
    assert flaws(town) == []


def refused(town: Town, why: str, **front: str) -> None:
    """Publishing a consultation with these lines is refused for that, and nothing is written."""
    before = books(town)
    with pytest.raises(OutOfTurn, match=why):
        publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **front), by=BY)
    assert books(town) == before


def window(open_from: str, open_to: str, **more: str) -> dict[str, str]:
    """The lines of a consultation between those days."""
    days = (date.fromisoformat(open_to) - date.fromisoformat(open_from)).days
    own = {"征求意见开始": open_from, "征求意见截止": open_to, "征求意见天数": f"{days}日", "反馈承诺日": "2027-03-01"}
    return {**own, **more}


@pytest.mark.parametrize(
    ("days", "more", "why"),
    [
        (("2026-10-14", "2026-11-14"), {}, "谁也提不了意见"),  # it is 23 November
        (("2026-10-22", "2026-11-22"), {"不足三十日的理由": "上级要求"}, "谁也提不了意见"),
        (("2026-10-23", "2026-11-23"), {}, "实际只有0日"),
        (("2026-11-22", "2026-12-22"), {}, "实际只有29日"),
    ],
)
def test_a_window_is_as_long_as_it_is_really_public(
    town: Town, days: tuple[str, str], more: dict[str, str], why: str
) -> None:
    refused(town, f"{NUMBER}.*{why}.*dossier exempt", **window(*days, **more))


@pytest.mark.parametrize(
    "front",
    [
        window("2026-11-23", "2026-12-23"),
        window("2026-11-22", "2026-12-22", 不足三十日的理由="上级要求"),
        window("2026-10-24", "2026-11-23", 不足三十日的理由="上级要求"),  # today
    ],
)
def test_a_window_that_is_long_enough_or_says_why_not_is_public(town: Town, front: dict[str, str]) -> None:
    publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **front), by=BY)


def test_an_office_may_take_no_reason_for_a_shorter_window(home: Path) -> None:
    file = home / "gongkai.toml"
    text = file.read_text("utf-8")
    assert "shorter_windows = true" in text
    file.write_text(text.replace("shorter_windows = true", "shorter_windows = false"), "utf-8")
    with opened(Ground(home, DrivenClock())) as town:
        short = window("2026-11-24", "2026-12-20", 不足三十日的理由="上级要求")
        refused(town, "实际只有26日；本机关征求意见一律不少于30日", **short)
        consult(town)


def test_what_was_asked_before_is_put_on_record_once_it_is_public_why(town: Town) -> None:
    past = window("2026-10-14", "2026-11-14")
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    refused(town, "谁也提不了意见", **past)
    exempt(town.house, "rsj", NUMBER, reason="启用前已在原网站征求意见", signed=SIGNED, by=BY)
    publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **past), by=BY)
    said(town, publish(town.house, paper(town, "t14"), by=BY))
    (step,) = [one for one in look(town.house, "rsj", NUMBER).steps if one.name == "征求意见"]
    assert step.words == "不另行公开征求意见，理由：启用前已在原网站征求意见"
    assert step.state == "已截止"


def test_a_window_that_was_over_before_anybody_read_of_it_counts_as_never_asked(town: Town) -> None:
    """As one from before this was asked, or of a matter that was spared then."""
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="在别处征求过", signed=SIGNED, by=BY)
    past = window("2026-10-14", "2026-11-14")
    publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **past), by=BY)
    publish(town.house, paper(town, "t07"), by=BY)
    change_acts_away(town)
    with pytest.raises(OutOfTurn, match="还没有公开征求意见"):
        publish(town.house, paper(town, "t14"), by=BY)


def test_a_timed_window_is_counted_from_its_instant(town: Town) -> None:
    late = window("2026-11-24", "2026-12-24", 定时发布="2026-11-25 09:00")
    refused(town, "2026年11月25日公开.*实际只有29日", **late)
    whole = window("2026-11-24", "2026-12-24", 定时发布="2026-11-24 09:00")
    publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **whole), by=BY)
    at(town, 2026, 11, 24, 9)
    assert [event for event, _ in told(town)] == ["开始征求意见"]


def test_a_timed_window_that_comes_days_late_waits_for_a_person(town: Town) -> None:
    """The machine stood still: what was long enough when it was approved is too short now."""
    front = window("2026-11-24", "2026-12-24", 定时发布="2026-11-24 09:00")
    done = publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **front), by=BY)
    at(town, 2026, 11, 26, 9)
    (waits,) = town.house.store.read(lambda c: triggers.of_subjects(c, [done.notice]))
    assert waits.state is triggers.State.REFUSED
    assert "实际只有28日" in waits.cause
    assert told(town) == []


@pytest.mark.parametrize(
    ("front", "why"),
    [
        (window("2026-11-24", "2026-12-20", 不足三十日的理由="上级要求"), ""),
        (window("2026-11-20", "2026-12-20"), "实际只有27日"),  # it became public on the 23rd
    ],
)
def test_a_correction_makes_no_window_too_short_unsaid(town: Town, front: dict[str, str], why: str) -> None:
    done = consult(town)
    at(town, 2026, 12, 1)
    again = paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **front)
    if not why:
        correct(town.house, done.notice, again, note="日期", minor=False, by=BY)
        return
    with pytest.raises(OutOfTurn, match=why):
        correct(town.house, done.notice, again, note="日期", minor=False, by=BY)


def test_a_correction_does_not_take_the_reason_away_and_may_mend_what_has_closed(town: Town) -> None:
    short = window("2026-11-23", "2026-12-03")
    given = {**short, "不足三十日的理由": "上级要求"}
    done = said(town, publish(town.house, paper(town, "t06", 渠道用语="", 座谈安排="另行通知", **given), by=BY))
    at(town, 2026, 12, 10)
    mended = paper(town, "t06", 渠道用语="", 座谈安排="已经开过", **given)
    correct(town.house, done.notice, mended, note="座谈", minor=False, by=BY)
    with pytest.raises(FileRefused):  # its own dates say that it is too short
        paper(town, "t06", 渠道用语="", 座谈安排="已经开过", **short)
    longer = window("2026-11-03", "2026-12-03")
    with pytest.raises(OutOfTurn, match="实际只有10日"):
        correct(town.house, done.notice, paper(town, "t06", 渠道用语="", **longer), note="理由", minor=False, by=BY)


def test_a_consultation_that_has_closed_is_not_corrected_into_another_matter(town: Town) -> None:
    done = consult(town)
    at(town, 2026, 12, 26)
    front = window("2026-11-24", "2026-12-25", 决策编号="JC-2026-77")
    with pytest.raises(OutOfTurn, match="谁也提不了意见"):
        correct(town.house, done.notice, paper(town, "t06", 渠道用语="", **front), note="编号", minor=False, by=BY)


def test_no_feedback_before_the_window_has_closed(town: Town) -> None:
    consult(town)
    at(town, 2026, 12, 25, 23, 59, 59)
    with pytest.raises(OutOfTurn):
        publish(town.house, paper(town, "t07"), by=BY)
    town.clock.advance(1)
    publish(town.house, paper(town, "t07"), by=BY)


def extend(town: Town, to: str, by: str = "2027-02-28") -> None:
    """Publish an extension until that day."""
    dates = {"原截止日": "2026-12-24", "延长后截止日": to, "反馈承诺日": by}
    said(town, publish(town.house, paper(town, "t15", **dates, 渠道用语=""), by=BY))


def test_an_extension_moves_what_is_to_come_and_is_told(town: Town) -> None:
    consult(town)
    extend(town, "2027-01-15")
    assert [event for event, _ in told(town)] == ["公告征求意见", "延长征求意见"]
    at(town, 2026, 12, 26)
    assert len(told(town)) == 3  # it opened, and nothing else
    at(town, 2027, 1, 16)
    assert told(town)[3:] == [("征求意见截止", datetime(2027, 1, 16, tzinfo=SHANGHAI))]


def test_a_machine_that_stood_still_tells_what_is_so_and_nothing_stale(town: Town) -> None:
    consult(town)
    at(town, 2026, 12, 27)
    assert [event for event, _ in told(town)] == ["公告征求意见", "征求意见截止"]


@pytest.mark.parametrize("to", ["2026-12-24", "2026-12-23"])
def test_an_extension_is_longer_than_what_it_extends(town: Town, to: str) -> None:
    consult(town)
    with pytest.raises((OutOfTurn, FileRefused)):
        extend(town, to)


def test_no_extension_once_the_window_has_closed(town: Town) -> None:
    consult(town)
    at(town, 2026, 12, 26)
    with pytest.raises(OutOfTurn):
        extend(town, "2027-01-15")


def test_no_extension_of_nothing(town: Town) -> None:
    with pytest.raises(OutOfTurn):
        extend(town, "2027-01-15")


def test_a_consultation_that_is_withdrawn_is_told_and_nothing_of_it_comes(town: Town) -> None:
    done = consult(town)
    withdraw(town.house, done.notice, reason="内容有误，重新征求", by=BY)
    work(town)
    assert [event for event, _ in told(town)] == ["公告征求意见", "征求意见取消"]
    at(town, 2027, 2, 1)
    assert len(told(town)) == 2
    with pytest.raises(OutOfTurn):
        publish(town.house, paper(town, "t14"), by=BY)


def test_a_timed_decision_is_refused_at_its_instant(town: Town) -> None:
    consult(town)
    draft = paper(town, "t14", 定时发布="2026-12-01 09:00")
    done = publish(town.house, draft, by=BY)
    at(town, 2026, 12, 1, 9)
    (waits,) = town.house.store.read(lambda c: triggers.of_subjects(c, [done.notice]))
    assert waits.state is triggers.State.REFUSED
    assert NUMBER in waits.cause


def test_to_look_again_at_a_refused_decision_is_no_door(town: Town) -> None:
    consult(town)
    done = publish(town.house, paper(town, "t14", 定时发布="2026-12-01 09:00"), by=BY)
    at(town, 2026, 12, 1, 9)
    for instant in (datetime(2026, 12, 1, 10, tzinfo=SHANGHAI), datetime(2026, 12, 26, 9, tzinfo=SHANGHAI)):
        town.clock.set(instant)  # still open; closed, and no feedback yet
        retry(town.house, done.notice, over_ceiling=True, by=BY)
        work(town)
        (waits,) = town.house.store.read(lambda c: triggers.of_subjects(c, [done.notice]))
        assert waits.state is triggers.State.REFUSED
        assert look(town.house, "rsj", NUMBER).matter.decision is None
    said(town, publish(town.house, paper(town, "t07"), by=BY))
    retry(town.house, done.notice, over_ceiling=False, by=BY)
    work(town)
    assert look(town.house, "rsj", NUMBER).matter.decision is not None


@dataclass(frozen=True)
class Ours:
    """The town's house as the hostile double works in it."""

    town: Town

    @property
    def store(self) -> Store:
        return self.town.house.store

    @property
    def clock(self) -> DrivenClock:
        return self.town.clock

    def open_outlets(self, token: str | None = None) -> Outlets:
        return self.town.house.outlets


@pytest.mark.parametrize("seed", [1, 2])
def test_an_event_that_somebody_puts_on_a_topic_is_no_door(town: Town, seed: int) -> None:
    consult(town)
    done = publish(town.house, paper(town, "t14", 定时发布="2026-12-01 09:00"), by=BY)
    at(town, 2026, 12, 1, 9)
    before = {name: many for name, many in books(town).items() if name in ("message", "delivery", "part", "version")}
    forged = NoticeReleased(notice=done.notice, message=f"{done.notice}.1", sequence=1, office="rsj", version=1)
    made = event(forged, clock=town.clock, subject=done.notice, key=done.notice, traceparent=new_trace())
    town.house.store.write(lambda tx: tx.emit(made))
    HostileHost(Ours(town), seed).settle()
    work(town)
    assert {name: books(town)[name] for name in before} == before
    assert len(before) == 4
    assert town.outcomes(done) == {}
    assert look(town.house, "rsj", NUMBER).matter.decision is None


def test_what_says_it_is_no_door(town: Town) -> None:
    """As some later interface would, that asks nobody beforehand."""
    consult(town)
    for kind in ("t14", "t07"):
        made = prepare(town.house, paper(town, kind)).message
        before = books(town)
        with pytest.raises(OutOfTurn):
            town.house.store.write(partial(say, said=made, data=first_release(made), traceparent=new_trace()))
        assert books(town) == before


def test_a_decision_that_is_public_may_be_corrected(town: Town) -> None:
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    work(town)
    done = publish(town.house, paper(town, "t14"), by=BY)
    change_acts_away(town)
    again = paper(town, "t14", 标题="云岭高新区公益性岗位开发管理办法（更正）")
    correct(town.house, done.notice, again, note="标题", minor=False, by=BY)


def change_acts_away(town: Town) -> None:
    """As if nobody had spared the matter anything."""
    town.house.store.write(lambda tx: change_acts(tx, "rsj", NUMBER, exempt=None))


def test_a_correction_is_no_door_into_another_matter(town: Town) -> None:
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    done = publish(town.house, paper(town, "t14"), by=BY)
    with pytest.raises(OutOfTurn):
        correct(town.house, done.notice, paper(town, "t14", 决策编号="JC-2026-77"), note="编号", minor=False, by=BY)


def test_what_staff_do_besides_is_on_the_page_and_in_the_audit(town: Town) -> None:
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    work(town)
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    work(town)
    with pytest.raises(NotDecided):
        put_away(town.house, "rsj", NUMBER, by=BY)
    said(town, publish(town.house, paper(town, "t14"), by=BY))
    evaluate(town.house, "rsj", NUMBER, text="岗位到位", signed=SIGNED, by=BY)
    put_away(town.house, "rsj", NUMBER, by=BY)
    work(town)
    assert [event for event, _ in told(town)] == ["启动", "不征求意见", "公布", "评估", "归档"]
    acts = acts_of(town, f"rsj/{NUMBER}")
    assert acts == ["matter.begun", "matter.exempted", "matter.evaluated", "matter.filed"]
    assert flaws(town) == []
    with pytest.raises(MatterExists):
        begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)


def test_two_schedulers_tell_each_thing_once(town: Town) -> None:
    consult(town)
    town.clock.set(datetime(2026, 11, 24, tzinfo=SHANGHAI))
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: fire_due(town.house), range(2)))
    assert [event for event, _ in told(town)] == ["公告征求意见", "开始征求意见"]


@pytest.mark.parametrize(
    ("name", "number", "fits"),
    [
        ("修订《云岭高新区" + "公益性岗位" * 3 + "开发管理办法》", NUMBER, True),
        ("修订《云岭高新区" + "公益性岗位" * 9 + "开发管理办法》", NUMBER, True),  # it goes by its number
        (
            "修订《云岭高新区" + "公益性岗位" * 9 + "开发管理办法》",
            "云岭高新区人力资源和社会保障局重大行政决策2026-001",
            False,
        ),
    ],
    ids=["by its name", "by its number", "by neither"],
)
def test_what_will_be_told_must_fit_before_the_consultation_is_out(
    tmp_path: Path, name: str, number: str, *, fits: bool
) -> None:
    account = Outlet("account", "wechat", options={"appid": "wx0123456789abcdef", "secret": "wechat"}, pretend=True)
    with prepared(tmp_path / "home", DrivenClock(), [account], reachable=False) as ground, opened(ground) as town:
        before = books(town)
        given = {"决策事项": name, "决策编号": number, "渠道": "[wechat]", "渠道用语": "{公众号: {标题: 请您提建议}}"}
        if fits:
            consult(town, first=1, days=31, promised=58, **given)
            return
        with pytest.raises(NotFit) as refused:
            consult(town, first=1, days=31, promised=58, **given)
        assert [one.limit.name for why in refused.value.reasons for one in why.broken] == ["title"]
        assert books(town) == before


def test_what_the_program_says_of_a_matter_has_a_digest_that_a_list_shows_whole(tmp_path: Path) -> None:
    account = Outlet("account", "wechat", options={"appid": "wx0123456789abcdef", "secret": "wechat"}, pretend=True)
    with prepared(tmp_path / "home", DrivenClock(), [account], reachable=False) as ground, opened(ground) as town:
        account_only = {"渠道": "[wechat]", "渠道用语": "{公众号: {标题: 请您提建议, 摘要: 请您提建议}}"}
        consult(town, 1, 31, 58, **account_only)
        dates = {"原截止日": "2026-12-24", "延长后截止日": "2027-01-15", "反馈承诺日": "2027-02-28"}
        longer = paper(town, "t15", **dates, **account_only, 延期理由="起草依据有变" * 20)
        said(town, publish(town.house, longer, by=BY))
        wanted = select(message.c.content).where(message.c.kind == MessageKind.MATTER)
        contents = town.house.store.read(lambda c: c.execute(wanted).scalars().all())
        versions = [Message.model_validate_json(content).version for content in contents]
    there = [one for one in versions if "wechat" in one.channels]
    digests = [one.wording.get("wechat", {}).get("summary", one.summary) for one in there]
    assert max(len(one.summary) for one in there) > 120
    assert max(map(len, digests)) <= 120
    assert all("公益性岗位开发管理办法" in one for one in digests)


def test_a_doubted_clock_opens_no_window(town: Town) -> None:
    consult(town)
    town.clock.put(86_400)  # somebody set it a day ahead
    work(town)
    assert [event for event, _ in told(town)] == ["公告征求意见"]
    town.clock.put(-86_400)
    work(town)
    assert [event for event, _ in told(town)] == ["公告征求意见"]
    at(town, 2026, 11, 24)
    assert [event for event, _ in told(town)][1:] == ["开始征求意见"]


def test_a_clock_that_was_put_back_two_hours_opens_no_window_until_somebody_confirms_it(town: Town) -> None:
    consult(town)
    work(town)  # the clock is looked at
    town.clock.put(-7_200)
    work(town)
    at(town, 2026, 11, 24)  # by the clock that was put back: it is two hours later
    assert [event for event, _ in told(town)] == ["公告征求意见"]
    town.clock.put(7_200)  # put right again
    work(town)
    assert [event for event, _ in told(town)][1:] == ["开始征求意见"]


def test_what_happens_goes_before_a_bulk_that_waits(town: Town) -> None:
    consult(town)
    town.clock.set(datetime(2026, 12, 25, 23, 59, 59, tzinfo=SHANGHAI))
    work(town)
    before = last_attempt(town)
    for number in range(40):
        town.publish(f"第{number}件")
    town.clock.advance(1)
    fire_due(town.house)
    work(town)
    wanted = select(delivery.c.message).join(attempt, attempt.c.delivery == delivery.c.id)
    wanted = wanted.where(delivery.c.endpoint == "site", attempt.c.id > before).order_by(attempt.c.id)
    sent = list(town.house.store.read(lambda c: c.execute(wanted).scalars()))
    closed = newest(town)
    assert sent.index(closed) <= 8, "what was under way, and not the forty"
    assert len(set(sent)) > 40


def last_attempt(town: Town) -> int:
    """The number of the last one so far."""
    return int(town.house.store.read(lambda c: c.execute(select(func.max(attempt.c.id))).scalar()) or 0)


def newest(town: Town) -> str:
    """The message that was told last."""
    wanted = select(message.c.id).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence.desc())
    return str(town.house.store.read(lambda c: c.execute(wanted.limit(1)).scalar_one()))


def milestones(*rows: tuple[str, str, str]) -> str:
    """A table of them as it stands in a file: name, planned day, state."""
    cells = [f"{{节点: {name}, 计划完成日: {day}, 状态: {state}, 责任股室: 办公室}}" for name, day, state in rows]
    return f"[{', '.join(cells)}]"


def shown(town: Town) -> dict[str, tuple[str, str]]:
    """How the milestones stand on the page of the matter."""
    rows = look(town.house, "rsj", NUMBER).steps
    return {one.name.removeprefix("节点："): (one.state, one.when) for one in rows if one.name.startswith("节点：")}


def test_a_milestone_that_nobody_reported_is_told_at_its_second_and_shown_late(town: Town) -> None:
    two = milestones(("场所落实", "2026-12-10", "进行中"), ("安置完成", "2027-01-31", "未开始"))
    said(town, publish(town.house, paper(town, "t08", 进展节点=two), by=BY))
    assert shown(town) == {"场所落实": ("进行中", "计划2026年12月10日"), "安置完成": ("未开始", "计划2027年1月31日")}
    at(town, 2026, 12, 17, 23, 59, 59)  # five working days later
    assert [event for event, _ in told(town)] == ["进展"]
    at(town, 2026, 12, 18)
    assert told(town)[1:] == [("节点超期", datetime(2026, 12, 18, tzinfo=SHANGHAI))]
    assert shown(town)["场所落实"] == ("已超期", "计划2026年12月10日")
    assert flaws(town) == []


def test_a_milestone_that_was_reached_or_put_off_in_time_is_not_told_late(town: Town) -> None:
    two = milestones(("场所落实", "2026-12-10", "进行中"), ("安置完成", "2026-12-12", "未开始"))
    said(town, publish(town.house, paper(town, "t08", 进展节点=two, 下次通报日="2027-03-01"), by=BY))
    at(town, 2026, 12, 9)
    two = milestones(("场所落实", "2026-12-10", "已完成"), ("安置完成", "2027-02-01", "延期"))
    said(town, publish(town.house, paper(town, "t08", 进展节点=two, 下次通报日="2027-03-01"), by=BY))
    at(town, 2027, 1, 31)
    assert [event for event, _ in told(town)] == ["进展", "进展"]
    assert shown(town) == {"场所落实": ("已完成", "计划2026年12月10日"), "安置完成": ("延期", "计划2027年2月1日")}
    at(town, 2027, 2, 15)
    assert [event for event, _ in told(town)][2:] == ["节点超期"]


def decide(town: Town) -> Published:
    """Let a decision be public on Wednesday 25 November, about which nobody had to be asked."""
    begin(town.house, "rsj", NUMBER, name="认定办法", section="jy", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    at(town, 2026, 11, 25, 9)
    return said(town, publish(town.house, paper(town, "t14"), by=BY))


def explanation(town: Town) -> tuple[str, str]:
    """How the step stands on the page, and when."""
    wanted = select(message.c.content).where(message.c.id == newest(town))
    content = town.house.store.read(lambda c: c.execute(wanted).scalar_one())
    rows = Message.model_validate_json(content).version.fields["steps"]
    return next((row["状态"], row["时间"]) for row in rows if row["环节"] == "解读")


def test_an_explanation_that_is_owed_is_shown_by_its_day_and_told_late_at_its_second(town: Town) -> None:
    decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    assert duty.last == date(2026, 11, 30)
    assert explanation(town) == ("待公开", "2026年11月30日前")
    at(town, 2026, 12, 7, 23, 59, 59)  # five working days later, and everybody inside was told
    assert told(town)[-1][0] == "公布"
    assert explanation(town) == ("待公开", "2026年11月30日前")
    at(town, 2026, 12, 8)
    assert told(town)[-1] == ("解读超期", datetime(2026, 12, 8, tzinfo=SHANGHAI))
    assert explanation(town) == ("已超期", "2026年11月30日前")
    at(town, 2026, 12, 9)
    said(town, publish(town.house, paper(town, "t10"), by=BY))
    assert explanation(town)[0] == "已公开"
    assert flaws(town) == []


def test_whoever_hears_of_the_decision_first_the_day_is_the_same(town: Town) -> None:
    done = decide(town)
    found = town.house.store.read(lambda c: matter_of(c, "rsj", NUMBER))
    assert found is not None
    mine = (table.c.notice == done.notice, table.c.begun == EXPLAIN)
    for _ in range(2):
        known = town.house.store.read(lambda c: with_explanation(c, found, town.house.outlets))
        assert known.explain_by == date(2026, 11, 30)
        town.house.store.write(lambda tx: tx.connection.execute(delete(table).where(*mine)))  # as before it was kept


@pytest.mark.parametrize("how", ["explained", "explained elsewhere", "needs none", "paused", "filed", "withdrawn"])
def test_an_explanation_that_came_or_is_not_owed_is_not_told_late(town: Town, how: str) -> None:
    done = decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    at(town, 2026, 11, 27)
    tie = f"[{{类型: 解读, 标题: 认定办法, 公开件: {done.notice}}}]"
    match how:
        case "explained":
            publish(town.house, paper(town, "t10"), by=BY)
        case "explained elsewhere":
            publish(town.house, paper(town, "t10", 决策编号="", 关联=tie), by=BY)
        case "needs none":
            town.house.store.write(lambda tx: done_by_hand(tx, duty.id, how="与文件同步解读", by=BY))
        case "paused":
            town.house.store.write(lambda tx: pause(tx, duty.id, date(2026, 11, 27), why="停电", by=BY))
        case "filed":
            put_away(town.house, "rsj", NUMBER, by=BY)
        case _:
            withdraw(town.house, done.notice, reason="有误", by=BY)
    at(town, 2026, 12, 11)
    assert "解读超期" not in [event for event, _ in told(town)]
    assert explanation(town)[0] != "已超期"


def test_a_page_promises_no_explanation_that_a_person_said_is_not_needed(town: Town) -> None:
    done = decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    at(town, 2026, 11, 27)
    town.house.store.write(lambda tx: done_by_hand(tx, duty.id, how="只改错字，不需要解读", by=BY))
    said(town, publish(town.house, paper(town, "t08"), by=BY))
    assert explanation(town) == ("不需要", "")
    withdraw(town.house, done.notice, reason="有误", by=BY)
    at(town, 2026, 11, 28)
    assert explanation(town) == ("未到", ""), "of what was decided anew nobody said so"


def test_the_page_says_at_once_what_a_person_said_of_the_explanation(town: Town) -> None:
    decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    at(town, 2026, 11, 27)
    close_duty(town.house, duty.id, how="只改错字，不需要解读", by=BY)
    at(town, 2026, 11, 27, 0, 0, 1)
    assert told(town)[-1][0] == "解读办结"
    assert explanation(town) == ("不需要", "")
    at(town, 2026, 11, 28)
    assert [event for event, _ in told(town)].count("解读办结") == 1
    assert flaws(town) == []


def test_the_page_says_at_once_that_a_notice_without_the_number_explains_the_decision(town: Town) -> None:
    done = decide(town)
    at(town, 2026, 11, 27)
    tie = f"[{{类型: 解读, 标题: 认定办法, 公开件: {done.notice}}}]"
    other = said(town, publish(town.house, paper(town, "t10", 决策编号="", 关联=tie), by=BY))
    assert told(town)[-1] == ("解读办结", datetime(2026, 11, 27, tzinfo=SHANGHAI))
    assert explanation(town) == ("已公开", "2026年11月27日")
    withdraw(town.house, other.notice, reason="有误", by=BY)
    said(town, publish(town.house, paper(town, "t08"), by=BY))
    assert explanation(town) == ("待公开", "2026年11月30日前"), "it is owed again"


def test_the_page_says_at_once_that_the_explanation_stands_still_and_goes_on(town: Town) -> None:
    decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    at(town, 2026, 11, 26, 12)
    pause_duty(town.house, duty.id, date(2026, 11, 27), why="等待上级答复", by=BY)
    at(town, 2026, 11, 26, 13)
    assert told(town)[-1][0] == "公布"
    at(town, 2026, 11, 27)
    assert told(town)[-1] == ("解读改期", datetime(2026, 11, 27, tzinfo=SHANGHAI))
    assert explanation(town) == ("待公开", "")
    at(town, 2026, 12, 3, 12)
    resume_duty(town.house, duty.id, date(2026, 12, 2), why="已经答复", by=BY)
    at(town, 2026, 12, 3, 12, 0, 1)
    assert told(town)[-1][0] == "解读改期"
    assert explanation(town) == ("待公开", "2026年12月4日前")
    at(town, 2026, 12, 14)
    assert [event for event, _ in told(town)].count("解读改期") == 2
    assert told(town)[-1][0] == "解读超期"
    assert flaws(town) == []


def test_a_pause_that_moves_nothing_is_told_to_nobody(town: Town) -> None:
    decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]
    pause_duty(town.house, duty.id, date(2026, 12, 7), why="过了才暂停", by=BY)
    at(town, 2026, 12, 14)
    assert [event for event, _ in told(town)][-2:] == ["公布", "解读超期"]


def test_what_was_said_of_a_duty_stands_though_the_page_cannot_be_planned(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(town)
    (duty,) = [one for one in look(town.house, "rsj", NUMBER).duties if one.begun == "explain"]

    def away(*_: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr("producers.duty_acts.replan_alone", away)
    assert close_duty(town.house, duty.id, how="不需要解读", by=BY).done_at is not None


def test_days_that_the_calendar_moved_move_what_is_told_of_an_explanation(town: Town) -> None:
    decide(town)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    off = {date(2026, 11, 30): "大雪停工"}
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {}, [], by=BY))
    at(town, 2026, 12, 1, 0, 5)
    at(town, 2026, 12, 8, 12)
    assert told(town)[-1][0] == "公布"
    at(town, 2026, 12, 9)
    assert told(town)[-1] == ("解读超期", datetime(2026, 12, 9, tzinfo=SHANGHAI))
    assert explanation(town) == ("已超期", "2026年12月1日前")


def test_a_day_off_that_is_known_later_tells_no_explanation_late_twice(town: Town) -> None:
    decide(town)
    at(town, 2026, 12, 8)
    assert told(town)[-1][0] == "解读超期"
    learn(town.house, "rsj", OwnDays("通知", {date(2026, 11, 30): "大雪停工"}, {}, ()), by=BY)
    at(town, 2026, 12, 12)
    assert [event for event, _ in told(town)].count("解读超期") == 1


def test_of_a_matter_that_was_filed_no_feedback_is_late(town: Town) -> None:
    consult(town)
    at(town, 2026, 12, 26)
    town.house.store.write(lambda tx: change_acts(tx, "rsj", NUMBER, filed_at=tx.clock.now()))
    town.house.store.write(lambda tx: replan(tx, "rsj", NUMBER, town.house.outlets))
    at(town, 2027, 3, 1)
    assert not {"反馈到期", "反馈超期"} & {event for event, _ in told(town)}


def test_nothing_is_late_of_a_matter_that_was_filed_before(town: Town) -> None:
    one = milestones(("场所落实", "2026-12-10", "进行中"))
    said(town, publish(town.house, paper(town, "t08", 进展节点=one), by=BY))
    at(town, 2026, 12, 1)
    town.house.store.write(lambda tx: change_acts(tx, "rsj", NUMBER, filed_at=tx.clock.now()))
    town.house.store.write(lambda tx: replan(tx, "rsj", NUMBER, town.house.outlets))
    at(town, 2027, 1, 31)
    assert "节点超期" not in [event for event, _ in told(town)]
    assert shown(town)["场所落实"] == ("进行中", "计划2026年12月10日")


def test_what_is_taken_back_and_whom_nobody_asks_is_called_by_its_name_with_its_reason(town: Town) -> None:
    decided = decide(town)
    withdraw(town.house, decided.notice, reason="上级文件调整", by=BY)
    work(town)
    assert [event for event, _ in told(town)] == ["启动", "不征求意见", "公布", "撤回"]
    _, spared, _, taken_back = summaries(town)
    assert spared.endswith("不另行公开征求意见。理由：应急处置")
    assert taken_back.endswith("的公开件已撤回：云岭高新区就业困难人员认定办法。理由：上级文件调整")


def summaries(town: Town) -> list[str]:
    """What was told of the matter, in a sentence or two each."""
    wanted = select(message.c.content).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
    rows = town.house.store.read(lambda c: c.execute(wanted).scalars().all())
    return [Message.model_validate_json(row).version.summary for row in rows]


def test_to_file_a_matter_again_makes_nothing_late_that_was_not(town: Town) -> None:
    decide(town)
    put_away(town.house, "rsj", NUMBER, by=BY)
    at(town, 2027, 3, 1)
    put_away(town.house, "rsj", NUMBER, by=BY)
    work(town)
    assert [event for event, _ in told(town)][-2:] == ["公布", "归档"]


def test_an_extension_that_is_taken_back_leaves_the_window_as_it_was(town: Town) -> None:
    consult(town)
    dates = {"原截止日": "2026-12-24", "延长后截止日": "2027-01-15", "反馈承诺日": "2027-02-28"}
    longer = said(town, publish(town.house, paper(town, "t15", **dates, 渠道用语=""), by=BY))
    withdraw(town.house, longer.notice, reason="日期有误", by=BY)
    work(town)
    at(town, 2026, 12, 26)
    assert told(town)[-1] == ("征求意见截止", datetime(2026, 12, 26, tzinfo=SHANGHAI))


def test_a_page_that_somebody_took_back_moves_no_more_and_stops_nothing_else(town: Town) -> None:
    consult(town)
    withdraw(town.house, newest(town).rpartition(".")[0], reason="不再公开", by=BY)
    work(town)
    at(town, 2026, 11, 24)
    assert [event for event, _ in told(town)] == ["公告征求意见"]
    of = triggers.of_subjects
    ended = [one for one in town.house.store.read(lambda c: of(c, [f"rsj/{NUMBER}"])) if one.due_at <= town.clock.now()]
    assert triggers.State.CANCELLED in {one.state for one in ended}
    assert triggers.State.PLANNED not in {one.state for one in ended}
