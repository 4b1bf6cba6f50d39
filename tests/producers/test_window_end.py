"""Staff are reminded that a window is about to end; it ends by itself, is never late, and nobody above is troubled."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock, wall
from notices.notice import Message, MessageKind
from producers.matter_acts import Signed, begin, exempt
from producers.nearness import nearness
from producers.publish import publish
from producers.schedule.recount import next_recount
from streams import triggers
from streams.calendars import foreseen
from streams.duties import Owed, duties_of
from streams.store.tables import message
from tests.channels.contract import options
from tests.journeys.town import BY, NOBODY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import NUMBER, consult, paper, said, work

HEADS = dict.fromkeys(("sb", "jy", "bgs"), "孙股长")
STAFF = {"heads": HEADS, "director": "孙股长", "office": "孙股长", "persons": {"孙股长": {"endpoints": ["sun"]}}}
SIGNED = Signed("陈远", "吴桐")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """An office with a site, whose staff are told by rehearsed mails; the night's recount is planned."""
    box = Outlet("sun", "staff_mail", options=options("staff_mail"), pretend=True)
    furnish(tmp_path / "home", NOBODY, [Outlet("site", "website"), box], staff=STAFF)
    with opened(Ground(tmp_path / "home", DrivenClock(MONDAY))) as here:
        here.house.store.write(lambda tx: triggers.plan(tx, next_recount(MONDAY)))
        yield here


def pass_until(town: Town, *when: int) -> None:
    """Let time pass from one planned instant to the next."""
    end = datetime(*when, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # year, month, day …
    while town.clock.now() < end:
        coming = town.house.store.read(triggers.next_look)
        town.clock.set(end if coming is None else min(end, coming))
        work(town)


def reminded(town: Town) -> list[tuple[str, str]]:
    """Each reminder of a window's end: when, and how it calls itself."""
    wanted = select(message).where(message.c.kind == MessageKind.REMINDER).order_by(message.c.released_at)
    found = []
    for row in town.house.store.read(lambda c: c.execute(wanted).all()):
        fields = Message.model_validate_json(row.content).version.fields
        if fields["duty"] == "征求意见截止":
            found.append((f"{wall(row.released_at):%m-%d %H:%M}", fields["stage"]))
    return found


def ends(town: Town, notice: str) -> Owed:
    """What is owed of the end of its window."""
    (one,) = [one for one in town.house.store.read(lambda c: duties_of(c, notice)) if one.begun == "window-end"]
    return one


def test_seven_three_and_one_day_before_and_on_the_day(town: Town) -> None:
    done = consult(town, 渠道="[website]")  # until Friday 25 December
    pass_until(town, 2026, 12, 26)
    assert reminded(town) == [
        ("12-18 09:00", "快到期"),
        ("12-22 09:00", "快到期"),
        ("12-24 09:00", "快到期"),
        ("12-25 09:00", "今天到期"),
    ]
    over, calendar = ends(town, done.notice), town.house.store.read(lambda c: foreseen(c, "rsj"))
    assert over.done_at is None
    assert nearness(over, town.clock.now(), calendar).name == "lapsed", "not late for the minutes until that is written"
    pass_until(town, 2027, 1, 15)
    one = ends(town, done.notice)
    assert (one.how, one.is_late) == ("到期自动结束", False)
    assert wall(one.done_at or MONDAY).date() == one.last
    assert nearness(one, town.clock.now(), calendar).name == "closed"
    assert len(reminded(town)) == 4, "nobody above hears of it"


def test_an_extension_reminds_of_its_own_end_alone(town: Town) -> None:
    done = consult(town, 渠道="[website]")
    pass_until(town, 2026, 12, 18, 10)
    dates = {"原截止日": "2026-12-25", "延长后截止日": "2027-01-15", "反馈承诺日": "2027-02-28"}
    longer = said(town, publish(town.house, paper(town, "t15", **dates, 渠道="[website]", 渠道用语=""), by=BY))
    pass_until(town, 2027, 1, 30)
    assert ends(town, done.notice).how == "dropped"
    assert ends(town, longer.notice).how == "到期自动结束"
    assert [at for at, _ in reminded(town)] == [
        "12-18 09:00",
        *("01-08 09:00", "01-12 09:00", "01-14 09:00", "01-15 09:00"),
    ]


def test_one_that_was_over_before_it_was_on_record_is_over(town: Town) -> None:
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="启用前已在原网站征求意见", signed=SIGNED, by=BY)
    dates = {"征求意见开始": "2026-09-01", "征求意见截止": "2026-10-01", "反馈承诺日": "2026-12-31"}
    done = publish(town.house, paper(town, "t06", **dates, 渠道="[website]"), by=BY)
    work(town)
    one = ends(town, done.notice)
    assert (one.how, one.is_late) == ("到期自动结束", False)
    pass_until(town, 2026, 11, 30)
    assert reminded(town) == []


def test_one_that_is_withdrawn_reminds_of_nothing_more(town: Town) -> None:
    done = consult(town, 渠道="[website]")
    pass_until(town, 2026, 12, 19)
    before = ends(town, done.notice)
    assert before.ends_at is not None
    assert before.ends_at - town.clock.now() > timedelta(days=5)
    town.withdraw(done, reason="内容有误，重新征求。")
    work(town)
    pass_until(town, 2027, 1, 15)
    assert ends(town, done.notice).how == "withdrawn"
    assert [at for at, _ in reminded(town)] == ["12-18 09:00"]


def test_after_a_standstill_over_the_end_nobody_is_late(town: Town) -> None:
    consult(town, 渠道="[website]")
    pass_until(town, 2026, 12, 25, 8)
    town.clock.set(datetime(2026, 12, 26, 10, tzinfo=SHANGHAI))
    work(town)
    assert [at for at, _ in reminded(town)] == ["12-18 09:00", "12-22 09:00", "12-24 09:00"]


def test_a_clock_that_is_put_on_and_back_ends_nothing(town: Town) -> None:
    done = consult(town, 渠道="[website]")
    pass_until(town, 2026, 12, 24, 12)
    for seconds in (2 * 86_400, -2 * 86_400):
        town.clock.put(seconds)
        work(town)
    pass_until(town, 2026, 12, 25, 12)
    assert ends(town, done.notice).how is None
    assert reminded(town)[-1] == ("12-25 09:00", "今天到期")
