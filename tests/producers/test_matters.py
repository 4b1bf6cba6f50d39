"""Matters: what happens in one is told at its second, once, and in the order of the law."""

from datetime import datetime

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI
from notices.notice import Message, MessageKind
from producers.in_turn import OutOfTurn
from producers.matter_look import look
from producers.publish import publish
from producers.verify_books import verify_notices
from streams.follow import replan
from streams.matters import change_acts
from streams.store.tables import message
from tests.journeys.town import BY, Town
from tests.producers.papers import NUMBER, consult, paper, said, work


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
    at(town, 2027, 1, 21)
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
    at(town, 2026, 12, 10, 23, 59, 59)
    assert [event for event, _ in told(town)] == ["进展"]
    at(town, 2026, 12, 11)
    assert told(town)[1:] == [("节点超期", datetime(2026, 12, 11, tzinfo=SHANGHAI))]
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
    at(town, 2027, 2, 2)
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
