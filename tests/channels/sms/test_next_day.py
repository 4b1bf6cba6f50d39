"""A number that has had enough today is tried once the vendor's day is over, and keeps nobody else waiting."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from channels.sms.rules import NextDay
from channels.sms.vendor import Rejected, Result, SomeNumber
from config.clock import wall
from tests.channels.sms.part import Act, Double, OneByOne, Part, part
from tests.channels.sms.test_failover import SECOND
from tests.channels.sms.test_sending import lost, mixed

HOUR = 3_600.0
FULL = Rejected("had enough today", final=False, retry_after=HOUR, next_day=NextDay.EACH)
PERHAPS = Rejected("had enough for now", final=False, retry_after=HOUR, next_day=NextDay.LAST)
SOON = Rejected("too often", final=False, retry_after=30)
ALL_DAY = {"quiet_from": "00:00", "quiet_to": "00:00"}

Parts = Callable[..., AbstractContextManager[Part]]
Requests = list[tuple[str, str]]


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return partial(part, tmp_path)


def watched(one: Part, *acts: Act, otherwise: Act | None = None) -> Requests:
    """Let the vendor do ``acts``, then ``otherwise``, or take all.

    When each request began, by day and time here, and the last digits of its numbers.
    """
    found: Requests = []

    def seen(act: Act) -> Act:
        def told(numbers: Sequence[str]) -> Sequence[Result]:
            found.append((f"{wall(one.clock.now()):%d %H:%M:%S}", "".join(number[-1] for number in numbers)))
            return act(numbers)

        return told

    one.vendor.acts, one.vendor.otherwise = [seen(act) for act in acts], seen(otherwise or one.vendor.takes)
    return found


def spoils(vendor: Double, number: str, times: int) -> Act:
    """As 阿里云 does: a request is taken for all of its numbers or for none, so often for none for the sake of one."""
    left = [PERHAPS] * times

    def act(asked: Sequence[str]) -> Sequence[Result]:
        if number not in asked or not left:
            return vendor.takes(asked)
        if len(asked) > 1:
            raise SomeNumber("one of them")
        return [left.pop()]

    return act


@pytest.mark.parametrize(("hours", "at"), [({}, "24 08:00:00"), (ALL_DAY, "24 00:00:00")])
def test_a_number_whose_day_is_full_is_tried_on_the_next_one(parts: Parts, hours: dict[str, str], at: str) -> None:
    with parts(5, OneByOne, **hours) as one:
        found = watched(one, mixed(one.vendor, n3=FULL))
        one.run()
        assert found == [("23 09:00:00", "01234"), (at, "3")]
        assert Counter(one.vendor.phones) == dict.fromkeys(one.numbers, 1)


def test_who_has_had_enough_on_three_days_on_end_is_given_up(parts: Parts) -> None:
    with parts(5, OneByOne) as one:
        found = watched(one, *[mixed(one.vendor, n3=FULL)] * 3)
        one.run()
        assert found == [("23 09:00:00", "01234"), ("24 08:00:00", "3"), ("25 08:00:00", "3")]
        assert Counter(one.states()) == {"accepted": 4, "refused": 1}


def test_however_often_he_was_tried_before_he_is_tried_once_on_the_next_day(parts: Parts) -> None:
    with parts(5, OneByOne) as one:
        soon = mixed(one.vendor, n3=SOON)
        found = watched(one, soon, soon, mixed(one.vendor, n3=FULL))
        one.run()
        assert found[1:] == [("23 09:00:30", "3"), ("23 09:01:00", "3"), ("24 08:00:00", "3")]
        assert one.states() == ["accepted"] * 5


@pytest.mark.parametrize(("times", "state"), [(2, "accepted"), (3, "refused")])
def test_of_what_may_be_the_limit_of_a_day_the_last_try_is_on_the_next_one(
    parts: Parts, times: int, state: str
) -> None:
    with parts(5) as one:
        found = watched(one, otherwise=spoils(one.vendor, one.numbers[0], times))
        one.run()
        alone = [at for at, numbers in found if numbers == "0"]
        assert alone == ["23 09:00:00", "23 10:00:00", "24 08:00:00"]
        assert one.states() == [state, *["accepted"] * 4]
        assert all(at.startswith("23 09") for at, numbers in found if "4" in numbers), "nobody waits with him"


def test_who_may_be_tried_sooner_does_not_wait_with_him(parts: Parts) -> None:
    with parts(8, OneByOne) as one:
        found = watched(one, mixed(one.vendor, n3=FULL, n7=SOON))
        one.run()
        assert found == [("23 09:00:00", "01234567"), ("23 09:00:30", "7"), ("24 08:00:00", "3")]


def test_who_waited_a_day_already_is_tried_before_another_that_waits_once_more(parts: Parts) -> None:
    with parts(2, OneByOne, batch=1) as one:
        found = watched(one, *[lambda asked: [FULL]] * 3)
        one.run()
        assert found[2:] == [("24 08:00:00", "0"), ("24 08:00:00", "1"), ("25 08:00:00", "0")]
        assert one.states() == ["accepted"] * 2


@pytest.mark.parametrize("dies", [True, False])
def test_who_may_have_had_it_on_the_next_day_is_looked_up_and_not_sent_to_again(parts: Parts, *, dies: bool) -> None:
    with parts(5, Double) as one:
        last = one.vendor.takes if dies else lost(one.vendor, taken=True)
        found = watched(one, mixed(one.vendor, n3=FULL), last)
        while len(found) < 2:
            one.wait()
            one.step(dies=dies and wall(one.clock.now()).hour == 8)
        one.run()
        assert Counter(one.vendor.phones) == dict.fromkeys(one.numbers, 1)
        assert len(found) == 2
        assert one.numbers[3] in one.vendor.asked


def test_where_another_vendor_may_send_nobody_waits_for_the_day(parts: Parts) -> None:
    elsewhere = Rejected("had enough today", final=False, retry_after=HOUR, elsewhere=True, next_day=NextDay.EACH)
    with parts(5, OneByOne, second=SECOND) as one:
        found = watched(one, *[mixed(one.vendor, n3=elsewhere)] * 3)
        one.run()
        assert [at for at, _ in found] == ["23 09:00:00", "23 10:00:00", "23 11:00:00"]
        assert one.second.phones == [one.numbers[3]]
        assert wall(one.at[3]).day == 23
