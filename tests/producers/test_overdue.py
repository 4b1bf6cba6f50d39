"""The public is told that a promised day passed once those on the ladder were, or when the office wants it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock
from notices.notice import Message, MessageKind
from notices.steps import LATE
from producers.calendar_file import OwnDays
from producers.command.dossier.told import as_data
from producers.learn_days import learn
from producers.matter_look import look
from producers.publish import publish
from producers.schedule.recount import next_recount
from streams import triggers
from streams.calendars import add_own
from streams.store.tables import message
from tests.journeys.town import BY, NOBODY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import NUMBER, consult, paper, said, work

OVERDUE = ("反馈超期", "进展超期", "节点超期")
PROMISED = date(2027, 1, 20)  # a Wednesday: feedback, report and milestone
SNOW = {date(2027, 1, 22): "大雪停工"}
MIDNIGHTS = {None: 28, 3: 26, 0: 21}  # January: after five working days, after three, at once
asked = pytest.mark.parametrize("after", [*MIDNIGHTS])


@pytest.fixture
def after() -> int | None:
    """What the office configured."""
    return None


@pytest.fixture
def town(tmp_path: Path, after: int | None) -> Iterator[Town]:
    """An office with a site, which promised three things for one day."""
    furnish(tmp_path / "home", NOBODY, [Outlet("site", "website")])
    if after is not None:
        file = tmp_path / "home" / "gongkai.toml"
        text = file.read_text("utf-8").replace("[offices.rsj]\n", f"[offices.rsj]\noverdue_after = {after}\n")
        file.write_text(text, "utf-8")
    with opened(Ground(tmp_path / "home", DrivenClock())) as here:
        consult(here, promised=58, 渠道="[website]")
        one = f"[{{节点: 场所落实, 计划完成日: {PROMISED}, 状态: 进行中, 责任股室: 办公室}}]"
        said(
            here,
            publish(here.house, paper(here, "t08", 渠道="[website]", 进展节点=one, 下次通报日=f"{PROMISED}"), by=BY),
        )
        until(here, midnight(21) - timedelta(seconds=1))
        yield here


def midnight(day: int) -> datetime:
    """The instant at which a day of January begins."""
    return datetime(2027, 1, day, tzinfo=SHANGHAI)


def until(town: Town, at: datetime) -> None:
    """Let it be that instant, and do what is due."""
    town.clock.set(at)
    work(town)
    town.settle()


def told(town: Town) -> list[tuple[str, datetime]]:
    """What of it was told late, and when."""
    wanted = select(message).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
    rows = town.house.store.read(lambda c: c.execute(wanted).all())
    found = [(Message.model_validate_json(row.content).version.fields["event"], row.released_at) for row in rows]
    return [(event, at.astimezone(SHANGHAI)) for event, at in found if event in OVERDUE]


def late_on_the_page(town: Town) -> int:
    """How many steps the matter's page calls late."""
    address = look(town.house, "rsj", NUMBER).address or ""
    (page,) = town.house.home.rglob("/".join(address.split("/")[-3:]))
    return page.read_text("utf-8").count(f">{LATE}<")


def late_for_staff(town: Town) -> list[str]:
    """The steps that ``dossier show`` calls late."""
    steps = as_data(look(town.house, "rsj", NUMBER))["steps"]
    assert isinstance(steps, list)
    return [one["step"] for one in steps if one["state"] == LATE]


@asked
def test_it_is_told_at_the_midnight_after_the_last_of_these_days(town: Town, after: int | None) -> None:
    at = midnight(MIDNIGHTS[after])
    until(town, at - timedelta(seconds=1))
    assert (told(town), late_on_the_page(town), late_for_staff(town)) == ([], 0, [])
    until(town, at)
    assert told(town) == [(event, at) for event in OVERDUE]
    assert late_for_staff(town) == ["采纳反馈", "下次通报", "节点：场所落实"]
    assert late_on_the_page(town) == 3


@pytest.mark.parametrize("after", [3])
def test_a_day_off_that_nobody_knew_of_puts_it_off(town: Town) -> None:
    learn(town.house, "rsj", OwnDays("通知", SNOW, {}, ()), by=BY)
    until(town, midnight(26))
    assert told(town) == []
    until(town, midnight(27))
    assert told(town) == [(event, midnight(27)) for event in OVERDUE]


@pytest.mark.parametrize("after", [3])
def test_what_was_told_is_not_told_again_by_another_calendar(town: Town) -> None:
    until(town, midnight(26))
    learn(town.house, "rsj", OwnDays("通知", SNOW, {}, ()), by=BY)
    until(town, midnight(28))
    assert told(town) == [(event, midnight(26)) for event in OVERDUE]


@pytest.mark.parametrize("after", [3])
def test_the_night_plans_it_anew_whoever_changed_the_days(town: Town) -> None:
    """As after an upgrade, or where the configuration has another number."""
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(tx.clock.now())))
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", SNOW, {}, (), by=BY))
    until(town, midnight(21) + timedelta(minutes=5))
    until(town, midnight(26))
    assert told(town) == []
    until(town, midnight(27))
    assert told(town) == [(event, midnight(27)) for event in OVERDUE]


@pytest.mark.parametrize("after", [3])
def test_a_day_that_is_off_and_worked_again_tells_nobody_twice(town: Town) -> None:
    learn(town.house, "rsj", OwnDays("通知", SNOW, {}, ()), by=BY)
    until(town, midnight(27))
    assert len(told(town)) == 3
    learn(town.house, "rsj", OwnDays("又通知", {}, {}, tuple(SNOW)), by=BY)
    until(town, midnight(28))
    assert len(told(town)) == 3
