"""The scheduler: it wakes by itself, leads alone, and two of them do what one does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from notices.notice import State
from producers.house import House
from producers.schedule.fire import fire_due
from producers.schedule.scheduler import LOOK, SEAT, Scheduler
from streams.clock_trust import confirm, doubts, mark_of
from streams.store.migrate import open_store
from streams.store.postgresql import PostgresStore
from tests.journeys.town import Town
from tests.producers.desk import events_of
from tests.producers.test_timed import TOMORROW, approve, state
from tests.waiting import until


@pytest.fixture
def running(town: Town) -> Iterator[Callable[[House], Scheduler]]:
    """Schedulers at work until the test ends."""
    with ExitStack() as held:

        def begin(house: House) -> Scheduler:
            made = Scheduler(house)
            held.callback(made.stop)
            made.start()
            return made

        yield begin


def test_it_wakes_by_itself_at_the_instant(town: Town, running: Callable[[House], Scheduler]) -> None:
    done = approve(town)
    running(town.house)
    town.clock.set(TOMORROW)
    until(lambda: state(town, done) == State.RELEASED)


def test_what_is_planned_while_it_runs_is_found(town: Town, running: Callable[[House], Scheduler]) -> None:
    running(town.house)
    done = approve(town, at=TOMORROW)
    town.clock.set(TOMORROW)
    until(lambda: state(town, done) == State.RELEASED)


def test_two_of_them_release_everything_once(town: Town, running: Callable[[House], Scheduler]) -> None:
    done = [approve(town, f"第{number}件", TOMORROW + timedelta(seconds=number)) for number in range(12)]
    for _ in range(2):
        running(town.house)
    for _ in range(13):
        town.clock.advance((TOMORROW - town.clock.now()).total_seconds() if town.clock.now() < TOMORROW else 1)
    until(lambda: all(state(town, one) == State.RELEASED for one in done))
    for one in done:
        assert events_of(town, one.notice).count("gongkai.notice.released.v1") == 1


@pytest.mark.logs_errors
def test_it_goes_on_after_a_store_that_was_away(
    town: Town, running: Callable[[House], Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    done, tries = approve(town), []
    firing = fire_due

    def fail(house: House, goes_on: Callable[[], bool]) -> int:
        tries.append(house)
        if len(tries) < 5:
            raise (OSError, ValueError)[len(tries) % 2](f"away for the {len(tries)}. time")
        return firing(house, goes_on)

    monkeypatch.setattr("producers.schedule.scheduler.fire_due", fail)
    town.clock.set(TOMORROW)
    with capture_logs() as logs:
        running(town.house)
        until(lambda: state(town, done) == State.RELEASED)
    assert len(tries) >= 5
    told = [one["cause"] for one in logs if one["event"] == "schedule_failed"]
    assert told == ["ValueError: away for the 1. time", "OSError: away for the 2. time"], "each sort once"


def test_it_shows_that_it_wakes_and_ends_between_two_of_thousands_that_are_due(
    town: Town, running: Callable[[House], Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = []

    def endless(house: House, goes_on: Callable[[], bool]) -> int:
        while goes_on():
            acts.append(house)
        return len(acts)

    monkeypatch.setattr("producers.schedule.scheduler.fire_due", endless)
    made = running(town.house)
    for _ in range(3):
        before = len(acts)
        until(lambda: len(acts) > before)  # noqa: B023 - asked at once
        assert made.still() < LOOK.total_seconds()
    assert made.stop(), "it waits for the act under way alone"


def test_what_is_left_when_it_ends_stays_due(town: Town) -> None:
    several = [approve(town), approve(town, "另一件")]
    town.clock.set(TOMORROW)
    goes_on = iter([True, False])
    assert fire_due(town.house, lambda: next(goes_on)) == 1
    assert [state(town, one) for one in several].count(State.RELEASED) == 1
    assert fire_due(town.house) == 1


def test_it_shows_that_it_wakes(town: Town, running: Callable[[House], Scheduler]) -> None:
    made = running(town.house)
    until(lambda: made.still() < LOOK.total_seconds())


def test_where_many_work_one_leads_and_another_follows(town: Town, postgres_url: str) -> None:
    """On PostgreSQL, by a seat; whoever has it not looks at nothing but its own clock."""
    store = open_store(postgres_url, town.clock)
    assert isinstance(store, PostgresStore)
    house = replace(town.house, store=store)
    first, second = Scheduler(house), Scheduler(house)
    first.start()
    until(lambda: store.is_taken(SEAT))
    second.start()
    assert [one._seat is not None and one._seat.is_ours() for one in (first, second)] == [True, False]
    follower = Scheduler(replace(house, token="elsewhere.2"))  # of another machine, whose lanes go by its own clock
    follower.start()
    until(lambda: store.read(lambda c: mark_of(c, "elsewhere")) is not None)
    assert follower._seat is not None
    assert not follower._seat.is_ours()
    follower.stop()
    first.stop()
    until(lambda: second._seat is not None and second._seat.is_ours())
    second.stop()
    store.close()


def test_it_says_once_that_the_clock_is_doubted_and_once_that_it_is_believed(
    town: Town, running: Callable[[House], Scheduler]
) -> None:
    def doubted() -> bool:
        return bool(town.house.store.read(doubts))

    with capture_logs() as said:
        scheduler = running(town.house)
        until(lambda: town.house.store.read(lambda c: mark_of(c, town.house.station)) is not None)
        town.clock.put(86_400)
        until(doubted)
        until(lambda: any(one["event"] == "clock_doubted" for one in said))
        town.clock.advance(60)
        town.house.store.write(lambda tx: confirm(tx, town.house.station, by="测试"))
        until(lambda: any(one["event"] == "clock_believed" for one in said))
        scheduler.stop()
    told = [(one["event"], one["log_level"]) for one in said if one["event"].startswith("clock_")]
    assert told == [("clock_doubted", "warning"), ("clock_believed", "info")]
