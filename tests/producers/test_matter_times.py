"""A whole matter, from its start to its archive and over the end of a year, while time does what it does: each thing is
told once, in order, and none before its second."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock
from notices.notice import Message, MessageKind
from producers.matter_acts import Signed, begin, evaluate, put_away
from producers.publish import publish
from producers.schedule.fire import fire_due
from producers.verify_books import verify_notices
from streams.duties import open_duties
from streams.store.tables import message
from tests.journeys.town import BY, Ground, Town, opened
from tests.producers.papers import NUMBER, consultation, paper, sample, work

SIGNED = Signed("陈远", "吴桐")
DAY, BACK = timedelta(days=1), timedelta(hours=-2)
LONGER = {"原截止日": "2026-12-25", "延长后截止日": "2027-01-10", "反馈承诺日": "2027-02-01"}

Act = Callable[[Town], object]


def put_out(kind: str, **front: str) -> Act:
    """Publish the paper of that kind."""
    return lambda town: publish(town.house, paper(town, kind, **{"渠道用语": "", **front}), by=BY)


STORY: tuple[tuple[str, Act | None, str], ...] = (  # when, what the office does then, what is told
    (
        "2026-11-23 10:00",
        lambda town: begin(town.house, "rsj", NUMBER, name="修订办法", section="jy", signed=SIGNED, by=BY),
        "启动",
    ),
    ("2026-11-23 11:00", lambda town: publish(town.house, consultation(town), by=BY), "公告征求意见"),
    ("2026-11-24 00:00", None, "开始征求意见"),
    ("2026-12-10 10:00", put_out("t15", **LONGER), "延长征求意见"),
    ("2027-01-08 00:00", None, "即将截止"),
    ("2027-01-11 00:00", None, "征求意见截止"),
    ("2027-02-01 00:00", None, "反馈到期"),
    ("2027-02-13 00:00", None, "反馈超期"),  # five working days: the 2nd to the 4th, after the new year the 11th, 12th
    ("2027-02-14 10:00", put_out("t07"), "意见反馈"),
    ("2027-02-15 10:00", put_out("t14"), "公布"),
    ("2027-02-16 10:00", put_out("t10"), "解读"),
    ("2027-03-01 10:00", put_out("t08", 下次通报日="2027-03-20"), "进展"),
    ("2027-03-26 00:00", None, "节点超期"),
    ("2027-03-27 00:00", None, "进展超期"),
    (
        "2027-04-01 10:00",
        lambda town: evaluate(town.house, "rsj", NUMBER, text="岗位到位", signed=SIGNED, by=BY),
        "评估",
    ),
    ("2027-04-02 10:00", lambda town: put_away(town.house, "rsj", NUMBER, by=BY), "归档"),
)
TOLD = [(told, datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)) for when, _, told in STORY]


def told(town: Town) -> list[tuple[str, datetime]]:
    """What was told of the matter, and when."""
    wanted = select(message).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
    rows = town.house.store.read(lambda c: c.execute(wanted).all())
    return [(Message.model_validate_json(row.content).version.fields["event"], row.released_at) for row in rows]


def live(town: Town, before: Callable[[], None], fire: Callable[[], object]) -> None:
    """Let it happen: ``before`` each thing that the clock tells, a second too early; ``fire`` does what is due."""
    for number, (_, act, _) in enumerate(STORY):
        at = TOLD[number][1]
        if act is None:
            town.clock.set(at - timedelta(seconds=1))
            before()
            assert told(town) == TOLD[:number], "too early"
            town.clock.set(at)
        else:
            town.clock.set(at)
            act(town)
        fire()
        assert told(town) == TOLD[: number + 1]
    assert town.house.store.read(lambda c: [flaw for flaws in verify_notices(c) for flaw in flaws]) == []


@pytest.fixture
def other(town: Town) -> Iterator[Town]:
    """Another process of the same office, with a scheduler of its own."""
    with opened(Ground(town.house.home, town.clock)) as beside:
        yield beside


def test_with_two_schedulers_all_the_time(town: Town, other: Town) -> None:
    def fire() -> None:
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda one: fire_due(one.house), (town, other)))
        work(town)

    live(town, fire, fire)


@pytest.mark.parametrize("leap", [DAY, BACK], ids=["a day on", "two hours back"])
def test_with_a_clock_that_somebody_puts_before_each_thing(town: Town, leap: timedelta) -> None:
    """And puts right again: what it seemed to be meanwhile told nothing, and hid nothing."""

    def before() -> None:
        work(town)  # the clock is looked at
        for seconds in (leap.total_seconds(), -leap.total_seconds()):
            town.clock.put(seconds)
            work(town)

    live(town, before, lambda: work(town))


def test_with_a_machine_that_stands_still_whenever_nobody_is_in(town: Town) -> None:
    """It runs on the days on which somebody does something, and tells then what is so by now."""
    for at, (_, act, _) in zip((at for _, at in TOLD), STORY, strict=True):
        if act is not None:
            town.clock.set(at)
            work(town)
            act(town)
            work(town)
    acts = dict(TOLD)
    made_up = {
        "开始征求意见": acts["延长征求意见"],
        **dict.fromkeys(("征求意见截止", "反馈到期", "反馈超期"), acts["意见反馈"]),
        **dict.fromkeys(("节点超期", "进展超期"), acts["评估"]),
    }
    assert told(town) == [(event, made_up.get(event, at)) for event, at in TOLD if event != "即将截止"]


@pytest.mark.parametrize(
    ("promised", "late"),
    [
        ("2026-09-18", "2026-09-25"),  # a Friday: Sunday the 20th is worked, then the 21st to the 24th
        ("2026-09-30", "2026-10-14"),  # off until the 7th: the 8th, 9th, Saturday the 10th is worked, the 12th, 13th
    ],
)
def test_over_weeks_with_days_off_that_are_worked_for(home: Path, promised: str, late: str) -> None:
    start, told_late = (datetime.fromisoformat(day).replace(tzinfo=SHANGHAI) for day in ("2026-08-03", late))
    day = date.fromisoformat(promised)
    with opened(Ground(home, DrivenClock(start))) as town:
        publish(town.house, consultation(town, promised=(day - start.date()).days), by=BY)
        work(town)
        for instant in (told_late - timedelta(seconds=1), told_late):
            town.clock.set(instant)
            work(town)
            events = [event for event, _ in told(town)]
            assert ("反馈超期" in events) == (instant == told_late)
    assert events[-2:] == ["反馈到期", "反馈超期"]


@pytest.mark.parametrize(
    ("released", "last"),
    [
        ("2026-09-16", "2026-09-20"),  # a Wednesday: the 17th, 18th, and Sunday the 20th is worked
        ("2026-10-07", "2026-10-10"),  # the week's last day off: the 8th, 9th, and Saturday the 10th is worked
        ("2026-10-08", "2026-10-12"),  # the 9th, Saturday the 10th, Monday
    ],
)
def test_a_release_owes_by_a_day_off_that_is_worked_for(home: Path, released: str, last: str) -> None:
    """From the release through the engine to the day that is stored with the duty."""
    at = datetime.fromisoformat(f"{released} 10:00").replace(tzinfo=SHANGHAI)
    with opened(Ground(home, DrivenClock(at))) as town:
        publish(town.house, sample(town, "t01-contribution-base", 渠道="[website]", 渠道用语="", 关联="[]"), by=BY)
        work(town)
        (one,) = [duty for duty in town.house.store.read(lambda c: open_duties(c, "rsj")) if duty.begun == "explain"]
    ends = datetime.fromisoformat(last).replace(tzinfo=SHANGHAI) + DAY
    assert (one.start, one.last, one.ends_at) == (at, date.fromisoformat(last), ends)
    assert not one.provisional
