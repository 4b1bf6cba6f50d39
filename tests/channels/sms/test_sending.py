"""Whom each request is for, whatever was refused, lost or cut short before: nobody twice, nobody left out."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import DECIDED, Outcome, TryAgain, Unsure
from channels.sms.asking import AT_ONCE, LOOKS, ROUNDS
from channels.sms.hours import quiet_until
from channels.sms.sending import FIRST_ASKED, TRIES
from channels.sms.vendor import Doubtful, Rejected, Report, Result, SomeNumber, Took
from config.clock import wall
from tests.channels.sms.part import Act, Double, OneByOne, Part, part

HOUR = 3_600.0
LATE = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # half past eleven at night here


@pytest.fixture
def parts(tmp_path: Path) -> Callable[..., AbstractContextManager[Part]]:
    return partial(part, tmp_path)


def refuses(vendor: Double, *numbers: str, times: int | None = None) -> Act:
    """As 阿里云 does: nothing for anybody while one of ``numbers`` is among them, and so often of it alone."""
    left = dict.fromkeys(numbers, times)

    def act(asked: Sequence[str]) -> Sequence[Result]:
        wrong = [number for number in asked if left.get(number, 0) != 0]
        if not wrong:
            return vendor.takes(asked)
        if len(asked) > 1:
            raise SomeNumber("one of them")
        if (count := left[wrong[0]]) is not None:
            left[wrong[0]] = count - 1
        return [Rejected("no", final=times is None, retry_after=HOUR)]

    return act


def mixed(vendor: Double, **results: Result) -> Act:
    """As 腾讯云 does: these for the last digits of a number, the others are taken."""
    return lambda asked: [results.get(f"n{number[-1]}") or vendor.takes([number])[0] for number in asked]


def lost(vendor: Double, *, taken: bool) -> Act:
    """Nobody sees the answer."""

    def act(asked: Sequence[str]) -> Sequence[Result]:
        if taken:
            vendor.takes(asked)
        raise Unsure("no answer")

    return act


# -- whom a request is for -------------------------------------------------------------------------


def test_a_request_that_one_number_spoils_is_divided_until_it_stands_alone(parts: Any) -> None:
    with parts(100) as one:
        bad = one.numbers[37]
        one.vendor.otherwise = refuses(one.vendor, bad)
        one.run()
        assert sorted(one.vendor.phones) == [number for number in one.numbers if number != bad]
        assert Counter(one.states()) == {"accepted": 99, "refused": 1}
        assert len(one.vendor.requests) <= 16
        assert one.state is Outcome.ACCEPTED


def test_whoever_must_wait_keeps_nobody_else_waiting(parts: Any) -> None:
    with parts(100) as one:
        begun, slow = one.clock.now(), [one.numbers[0], one.numbers[50]]
        one.vendor.otherwise = refuses(one.vendor, *slow, times=1)
        while len(one.vendor.phones) < 98:
            one.wait()
            one.step()
        assert one.clock.now() == begun
        while len(one.vendor.phones) < 100:
            one.wait()
            one.step()
        assert one.clock.now() == begun + timedelta(hours=1)
        assert Counter(one.vendor.phones) == dict.fromkeys(one.numbers, 1)


def test_the_last_try_is_final(parts: Any) -> None:
    with parts(10, OneByOne) as one:
        no = Rejected("too often", final=False, retry_after=30)
        one.vendor.otherwise = mixed(one.vendor, n3=no, n7=no)
        one.run()
        assert [len(asked) for asked in one.vendor.requests] == [10, 2, 2]
        assert len(one.vendor.requests) == TRIES
        assert Counter(one.states()) == {"accepted": 8, "refused": 2}


def test_whoever_was_taken_is_asked_after_though_the_last_request_took_nobody(parts: Any) -> None:
    with parts(10) as one:
        one.vendor.otherwise = refuses(one.vendor, one.numbers[9])
        one.run()
        assert set(one.vendor.asked) == set(one.numbers[:9])


def test_where_nobody_was_taken_nobody_is_asked_after(parts: Any) -> None:
    with parts(3) as one:
        one.vendor.otherwise = refuses(one.vendor, *one.numbers)
        one.run()
        assert one.states() == ["refused"] * 3
        assert (one.vendor.phones, one.vendor.asked) == ([], [])


def test_each_number_has_a_result_of_its_own(parts: Any) -> None:
    with parts(6, OneByOne) as one:
        said: dict[str, Result] = {
            "n1": Rejected("in no net", final=True),
            "n2": Doubtful("odd"),
            "n3": Rejected("later", final=False),
        }
        one.vendor.acts = [mixed(one.vendor, **said)]
        one.step()
        assert one.states() == ["accepted", "refused", "unknown", "", "accepted", "accepted"]
        one.run()
        assert one.states() == ["accepted", "refused", "unknown", "accepted", "accepted", "accepted"]
        assert one.vendor.requests[1:] == [[one.numbers[3]]]
        assert one.numbers[2] in one.vendor.asked, "its receipt may tell"
        assert one.numbers[1] not in one.vendor.asked


def test_who_opts_out_before_the_next_request_is_not_in_it(parts: Any) -> None:
    with parts(8) as one:
        one.vendor.otherwise = refuses(one.vendor, one.numbers[7])
        while not one.vendor.phones:
            one.step()
        gone = next(number for number in one.numbers if number not in one.vendor.phones)
        one.opted_out[gone] = one.clock.now()
        one.run()
        assert sorted(one.vendor.phones) == [number for number in one.numbers[:7] if number != gone]


def test_when_all_have_opted_out_that_it_was_divided_for_the_others_get_theirs(parts: Any) -> None:
    with parts(4) as one:
        one.vendor.otherwise = refuses(one.vendor, one.numbers[0])
        while one.scratch.get("until", [])[-1:] != [0]:
            one.step()
        one.opted_out[one.numbers[0]] = one.clock.now()
        one.run()
        assert sorted(one.vendor.phones) == list(one.numbers[1:])


def test_a_batch_made_smaller_divides_what_was_cut_for_more(parts: Any) -> None:
    with parts(10) as one:
        one.channel.options = one.channel.options.model_copy(update={"batch": 4})
        one.run()
        assert [len(asked) for asked in one.vendor.requests] == [4, 4, 2]
        assert one.vendor.phones == one.numbers


def test_numbers_that_cannot_be_opened_are_sent_to_nobody_and_in_no_doubt(parts: Any) -> None:
    class Closed(str):
        def __str__(self) -> str:
            raise ValueError("another key")

    with parts(1) as one:
        one.numbers = [Closed("13900000000")]
        one.step()
        assert one.state is Outcome.PLANNED
        assert "secrets/numbers" in one.whys[-1]


# -- doubts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [True, False])
def test_what_was_lost_is_looked_up_before_anything_is_sent_again(parts: Any, *, taken: bool) -> None:
    with parts(9) as one:
        one.vendor.acts = [lost(one.vendor, taken=taken)]
        one.run()
        assert Counter(one.vendor.phones) == dict.fromkeys(one.numbers, 1)
        assert len(one.vendor.requests) == (1 if taken else 2)


def test_an_absence_of_an_earlier_doubt_is_none_of_this_one(parts: Any) -> None:
    """A person had it sent again when it was seen absent once; and nobody saw that answer, either."""
    with parts(9) as one:
        one.vendor.acts = [lost(one.vendor, taken=False), lost(one.vendor, taken=True)]
        one.step()
        one.wait()
        one.step()
        one.state, one.due = Outcome.PLANNED, one.clock.now()  # as `streams.decide` does
        one.step()
        one.vendor.phones, late = [], one.vendor.phones  # the vendor's record comes late
        one.wait()
        one.step()
        one.vendor.phones = late
        one.run()
        assert Counter(one.vendor.phones) == dict.fromkeys(one.numbers, 1)
        assert one.states() == ["accepted"] * 9


@pytest.mark.parametrize(("decided", "state"), [("arrived", "accepted"), ("lost", "refused")])
def test_what_a_person_found_out_is_true_of_the_request_and_the_others_get_theirs(
    parts: Any, decided: str, state: str
) -> None:
    """One number spoils a request; of its first half nobody knows, and nobody can tell."""
    with parts(8) as one:
        one.vendor.acts = [refuses(one.vendor, one.numbers[0]), lost(one.vendor, taken=decided == "arrived")]
        one.step()
        one.step()
        assert one.state is Outcome.UNKNOWN
        one.scratch = one.scratch | {DECIDED: decided}  # as `streams.decide` does
        one.run()
        got = one.numbers if decided == "arrived" else one.numbers[4:]
        assert Counter(one.vendor.phones) == dict.fromkeys(got, 1)
        assert one.states() == [state] * 4 + ["accepted"] * 4


@pytest.mark.parametrize("taken", [True, False])
def test_it_is_looked_up_for_the_numbers_of_the_request_whatever_the_office_has_changed(
    parts: Any, *, taken: bool
) -> None:
    """Half of it opts out, the batch becomes smaller: all the same it was for all of them."""
    with parts(8) as one:
        one.vendor.acts = [lost(one.vendor, taken=taken)]
        one.step()
        one.clock.advance(1)
        one.opted_out |= dict.fromkeys(one.numbers[4:], one.clock.now())
        one.channel.options = one.channel.options.model_copy(update={"batch": 3})
        one.wait()
        one.step()
        assert one.vendor.asked == [one.numbers[0], one.numbers[4], one.numbers[7]]
        one.run()
        got = one.numbers if taken else one.numbers[:4]
        assert Counter(one.vendor.phones) == dict.fromkeys(got, 1)
        assert [state for state in one.states() if state] == ["accepted"] * len(got)


def test_one_that_is_found_proves_a_request_that_is_taken_whole(parts: Any) -> None:
    with parts(9) as one:
        one.vendor.acts = [lost(one.vendor, taken=True)]
        one.step()
        one.vendor.phones.remove(one.numbers[0])  # the record of it is late
        one.run()
        assert one.states() == ["accepted"] * 9
        assert len(one.vendor.requests) == 1


def test_where_each_has_its_own_result_unknown_stays_who_cannot_be_excluded(parts: Any) -> None:
    with parts(6, OneByOne) as one:
        one.vendor.acts = [lost(one.vendor, taken=False)]
        one.step()
        one.vendor.phones = [one.numbers[2], one.numbers[4]]
        while one.due is not None:
            one.wait()
            one.step()
        assert one.state is Outcome.UNKNOWN
        assert one.states() == ["", "", "accepted", "", "accepted", ""]
        assert len(one.vendor.requests) == 1
        assert Counter(one.vendor.asked)[one.numbers[2]] == 1, "of whom it is over nobody asks again"
        assert Counter(one.vendor.asked)[one.numbers[0]] == len(LOOKS) + 1


def test_found_one_after_the_other_the_doubt_is_over(parts: Any) -> None:
    with parts(3, OneByOne) as one:
        one.vendor.acts = [lost(one.vendor, taken=False)]
        one.step()
        for number in one.numbers:
            one.vendor.phones.append(number)
            one.wait()
            one.step()
        assert one.state is Outcome.ACCEPTED
        assert one.states() == ["accepted"] * 3


MISHAPS = st.sampled_from(["takes", "lost", "lost, taken", "again", "dies"])


@given(
    many=st.integers(1, 9),
    batch=st.integers(1, 9),
    bad=st.sets(st.integers(0, 8), max_size=3),
    slow=st.sets(st.integers(0, 8), max_size=3),
    mishaps=st.lists(MISHAPS, max_size=12),
    deaths=st.sets(st.integers(0, 20), max_size=5),
)
def test_whatever_goes_wrong_nobody_gets_it_twice_and_everybody_is_counted(
    many: int, batch: int, bad: set[int], slow: set[int], mishaps: list[str], deaths: set[int]
) -> None:
    with TemporaryDirectory() as folder, part(Path(folder), many, batch=batch) as one:
        vendor, numbers = one.vendor, one.numbers
        refused = {numbers[place] for place in bad if place < many}
        late = {numbers[place] for place in slow - bad if place < many}
        waits = refuses(vendor, *late, times=1)

        def well(asked: Sequence[str]) -> Sequence[Result]:
            if wrong := refused & set(asked):
                if len(asked) > 1:
                    raise SomeNumber("one of them")
                return [Rejected(f"{len(wrong)} wrong", final=True)]
            return waits(asked)

        def ill(mishap: str) -> Act:
            def act(asked: Sequence[str]) -> Sequence[Result]:
                if mishap == "again":
                    raise TryAgain("busy")
                if mishap == "lost":
                    raise Unsure("no answer")
                results = well(asked)
                if mishap == "lost, taken":
                    raise Unsure("no answer")
                return results

            return act

        vendor.acts, vendor.otherwise = [ill(mishap) for mishap in mishaps], well
        steps = 0
        while not one.ended:
            one.wait()
            one.step(dies=steps in deaths)
            steps += 1
            assert steps < 400, "no end"
        told = dict(zip(numbers, one.states(), strict=True))
        assert Counter(vendor.phones) == {number: 1 for number, state in told.items() if state == "accepted"}
        assert refused <= {number for number, state in told.items() if state == "refused"} <= refused | late
        assert set(told.values()) <= {"accepted", "refused"}


# -- receipts --------------------------------------------------------------------------------------


def test_the_rounds_of_asking_end(parts: Any) -> None:
    many = 2 * AT_ONCE + 20
    with parts(many) as one:
        begun = one.clock.now()
        one.run()
        assert Counter(one.vendor.asked) == dict.fromkeys(one.numbers, 1 + len(ROUNDS))
        assert sorted(set(one.ran)) == [
            begun,
            *(begun + FIRST_ASKED + sum(ROUNDS[:each], timedelta()) for each in range(len(ROUNDS) + 1)),
        ]
        assert one.state is Outcome.ACCEPTED
        assert one.due is None


def test_whose_receipt_came_is_asked_for_no_more(parts: Any) -> None:
    with parts(4) as one:
        one.vendor.receipts = {
            number: Report(number, "b", place == 0, "X", one.clock.now())
            for place, number in enumerate(one.numbers[:2])
        }
        one.run()
        assert one.states() == ["delivered", "failed", "accepted", "accepted"]
        assert Counter(one.vendor.asked)[one.numbers[0]] == 1


def test_when_who_is_held_opts_out_the_others_are_asked_after(parts: Any) -> None:
    with parts(5) as one:
        one.vendor.acts = [mixed(one.vendor, n4=Rejected("later", final=False, retry_after=HOUR))]
        one.step()
        one.opted_out[one.numbers[4]] = one.clock.now()
        one.run()
        assert one.state is Outcome.ACCEPTED
        assert set(one.vendor.asked) == set(one.numbers[:4])


def test_a_clock_that_leapt_for_a_moment_holds_nobody_for_that_long(parts: Any) -> None:
    with parts(3) as one:
        begun = one.clock.now()
        one.vendor.acts = [mixed(one.vendor, n2=Rejected("later", final=False, retry_after=HOUR))]
        one.clock.set(begun + timedelta(days=30))
        one.step()
        one.clock.set(begun)
        one.due = begun  # as `streams.clock_back` draws it back
        one.step()
        assert one.vendor.phones == one.numbers
        one.vendor.receipts = {one.numbers[0]: Report(one.numbers[0], "b", True, "X", begun)}
        one.run()
        assert one.states()[0] == "delivered"


def test_what_was_told_before_the_vendor_stopped_answering_is_kept(parts: Any) -> None:
    with parts(10) as one:
        one.step()
        now = one.clock.now()
        one.vendor.receipts = {number: Report(number, "b", True, "X", now) for number in one.numbers}
        for answered in (4, 8):
            one.vendor.deaf = answered
            one.wait()
            one.step()
            assert one.states().count("delivered") == answered
        one.vendor.deaf = 0
        one.run()
        assert one.states() == ["delivered"] * 10
        assert len(one.vendor.asked) == 10


# -- quiet hours -----------------------------------------------------------------------------------


def test_at_night_nobody_is_sent_to_and_no_try_is_used_up(parts: Any) -> None:
    with parts(3) as one:
        one.clock.set(LATE)
        one.step()
        assert (one.vendor.requests, one.tries) == ([], 0)
        one.wait()
        assert f"{wall(one.clock.now()):%d %H:%M}" == "24 08:00"
        one.step()
        assert one.vendor.phones == one.numbers


def test_an_emergency_rings_at_night(parts: Any) -> None:
    with parts(3, urgent=True) as one:
        one.clock.set(LATE)
        one.step()
        assert one.vendor.phones == one.numbers


def test_a_doubt_is_looked_up_at_night_and_what_was_not_sent_waits_for_the_morning(parts: Any) -> None:
    with parts(3) as one:
        one.clock.set(LATE - timedelta(hours=1, minutes=31))
        one.vendor.acts = [lost(one.vendor, taken=False)]
        while len(one.vendor.requests) < 2:
            one.wait()
            one.step()
        assert wall(one.ran[2]).hour == 22, "absence was seen twice by then"
        assert f"{wall(one.clock.now()):%d %H:%M}" == "24 08:00"


@pytest.mark.parametrize(("given", "seconds"), [({}, 600), ({"asked_again_after": 30}, 30)])
def test_an_absence_is_looked_at_again_after_the_vendors_delay(parts: Any, given: dict[str, int], seconds: int) -> None:
    with parts(3, **given) as one:
        one.vendor.acts = [lost(one.vendor, taken=False)]
        while len(one.vendor.requests) < 2:
            one.wait()
            one.step()
        _, first, second, again = one.ran
        assert (second - first).total_seconds() == seconds
        assert again == second, "absence was seen twice: it is sent"
        assert one.vendor.phones == one.numbers


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(now=INSTANTS, begins=TIMES, ends=TIMES)
def test_quiet_hours_may_go_over_midnight(now: datetime, begins: time, ends: time) -> None:
    found, here = quiet_until(now, begins, ends), wall(now).replace(tzinfo=None)

    def minutes(at: time | datetime) -> float:
        return at.hour * 60 + at.minute + at.second / 60 + at.microsecond / 60e6

    length, since = (minutes(ends) - minutes(begins)) % 1440, (minutes(here) - minutes(begins)) % 1440
    assert (found is not None) == (since < length)
    if found is not None:
        assert now < found <= now + timedelta(days=1)
        assert wall(found).time() == ends
        assert quiet_until(found, begins, ends) is None


def test_no_quiet_hours_when_they_begin_as_they_end() -> None:
    assert quiet_until(LATE, time(8), time(8)) is None


def test_took_says_its_reference(parts: Any) -> None:
    with parts(2) as one:
        one.step()
        assert [told.reference for told in one.told.values()] == [
            result.reference for result in one.vendor.takes(one.numbers) if isinstance(result, Took)
        ]
