"""Matters: what happens in one is told at its second, once, and in the order of the law."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.clock import SHANGHAI, DrivenClock
from notices.notice import Message, MessageKind
from notices.problem import FileRefused
from producers.correct import correct
from producers.in_turn import OutOfTurn
from producers.matter_acts import MatterExists, NotDecided, Signed, begin, evaluate, exempt, put_away
from producers.matter_look import look
from producers.publish import publish
from producers.rendering import NotFit
from producers.schedule.fire import fire_due
from producers.verify_books import verify_notices
from producers.withdraw import withdraw
from streams import triggers
from streams.follow import replan
from streams.matters import change_acts
from streams.store.tables import attempt, delivery, message
from tests.journeys.town import BY, Outlet, Town, opened, prepared
from tests.producers.desk import acts_of, books
from tests.producers.papers import NUMBER, consult, paper, said, work

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
    assert [event for event, _ in told(town)] == ["启动", "更新", "公布", "评估", "归档"]
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


def test_nothing_is_late_of_a_matter_that_was_filed_before(town: Town) -> None:
    one = milestones(("场所落实", "2026-12-10", "进行中"))
    said(town, publish(town.house, paper(town, "t08", 进展节点=one), by=BY))
    at(town, 2026, 12, 1)
    town.house.store.write(lambda tx: change_acts(tx, "rsj", NUMBER, filed_at=tx.clock.now()))
    town.house.store.write(lambda tx: replan(tx, "rsj", NUMBER, town.house.outlets))
    at(town, 2027, 1, 31)
    assert "节点超期" not in [event for event, _ in told(town)]
    assert shown(town)["场所落实"] == ("进行中", "计划2026年12月10日")


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
