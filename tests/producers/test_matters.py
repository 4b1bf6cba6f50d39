"""Matters: what happens in one is told at its second, once, and in the order of the law."""

from datetime import datetime

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI
from notices.notice import Message, MessageKind
from producers.in_turn import OutOfTurn
from producers.publish import publish
from producers.verify_books import verify_notices
from streams.store.tables import message
from tests.journeys.town import BY, Town
from tests.producers.papers import consult, paper, said, work


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
