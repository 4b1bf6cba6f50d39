"""Quotas of a day: never more than that on one day, nobody more than his share, and everybody in the end."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Outcome, Today, TryAgain, Unsure
from channels.sms.vendor import Rejected, Result, SomeNumber, Text, Took
from config.clock import DrivenClock, day_of, wall
from tests.channels.sms.part import Act, Double, Part, part
from tests.channels.sms.test_sending import lost, mixed

NONE = {"quiet_from": "00:00", "quiet_to": "00:00"}  # no quiet hours


class Remembers(Double):
    """It knows when it sent which text to whom."""

    def __init__(self, clock: DrivenClock) -> None:
        super().__init__(clock)
        self.sent: list[tuple[str, str, datetime]] = []  # mark, number, when

    def _send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        before = len(self.phones)
        try:
            return super()._send(numbers, text)
        finally:
            self.sent += [(text.mark, number, self.clock.now()) for number in self.phones[before:]]

    def find(self, number: str, mark: str, since: datetime) -> bool | None:
        self._asked(number)
        return any(sent[:2] == (mark, number) for sent in self.sent)

    def by_day(self) -> "Counter[str]":
        """How many texts on each day here."""
        return Counter(f"{wall(at):%m-%d}" for *_, at in self.sent)


@dataclass
class Lane:
    """Parts that one endpoint sends, the one that is due first, first."""

    parts: list[Part]

    def __post_init__(self) -> None:
        for one in self.parts:
            one.used = self.used

    @property
    def vendor(self) -> Remembers:
        """Who sends them."""
        assert isinstance(self.parts[0].vendor, Remembers)
        return self.parts[0].vendor

    def used(self, now: datetime) -> tuple[Today, Counter[str]]:
        """As ``streams.spent`` counts it."""
        begins, ends = day_of(now)
        had = Counter[str]()
        for one in self.parts:
            had.update(
                one.numbers[place]
                for place, told in one.told.items()
                if told.state is not Outcome.REFUSED and begins <= one.at[place] < ends
            )
            if one.state is Outcome.UNKNOWN and one.doubted_since and begins <= one.doubted_since < ends:
                had.update(number for place, number in enumerate(one.numbers) if place not in one.told)
        return Today(begins, ends, had.total()), had

    def step(self, *, dies: bool = False) -> bool:
        """The next step; False: nothing is left to do."""
        left = [one for one in self.parts if not one.is_over()]
        if not left:
            return False
        one = min(left, key=lambda one: one.due or one.clock.now())
        one.wait()
        one.step(dies=dies)
        return True

    def run(self) -> "Lane":
        """Step after step, each when it is due."""
        for _ in range(400):
            if not self.step():
                return self
        raise AssertionError("no end")


def one_more(first: Part, name: str, numbers: Sequence[str]) -> Part:
    """Another part that the same endpoint sends."""
    return Part(first.channel, replace(first.work, key=name), numbers, first.clock, due=first.clock.now())


@contextmanager
def lane(folder: Path, *many: int, **changes: Any) -> Iterator[Lane]:
    """A lane with parts of so many numbers, all different."""
    with part(folder, many[0], Remembers, **{**NONE, **changes}) as first:
        parts = [first]
        for number, count in enumerate(many[1:], 1):
            parts.append(one_more(first, f"more.{number}", [f"13{number}{place:08}" for place in range(count)]))
        yield Lane(parts)


def test_a_quota_smaller_than_a_request_sends_so_many_a_day_and_uses_no_try(tmp_path: Path) -> None:
    with lane(tmp_path, 10, daily=4) as here:
        (one,) = here.parts
        while one.scratch.get("asked") is None:
            assert here.step()
            assert one.tries == 0
        assert [len(asked) for asked in here.vendor.requests] == [4, 4, 2]
        assert here.vendor.by_day() == {"11-23": 4, "11-24": 4, "11-25": 2}
        assert here.vendor.phones == one.numbers
        assert [f"{wall(at):%H:%M}" for *_, at in here.vendor.sent] == ["09:00"] * 4 + ["00:00"] * 6
        assert "本投放点一天发 4 条，今天的发完了；余下的 6 个号码 11-24 00:00 再发" in one.whys


def test_the_rest_waits_until_the_quiet_hours_of_the_next_day_are_over(tmp_path: Path) -> None:
    with lane(tmp_path, 5, daily=3, quiet_from="22:00", quiet_to="08:00") as here:
        here.run()
        assert [f"{wall(at):%d %H:%M}" for *_, at in here.vendor.sent] == ["23 09:00"] * 3 + ["24 08:00"] * 2
        assert "本投放点一天发 3 条，今天的发完了；余下的 2 个号码 11-24 08:00 再发" in here.parts[0].whys


def test_two_parts_share_one_quota(tmp_path: Path) -> None:
    with lane(tmp_path, 10, 10, daily=15) as here:
        here.run()
        assert [len(asked) for asked in here.vendor.requests] == [10, 5, 5]
        assert here.vendor.by_day() == {"11-23": 15, "11-24": 5}


def test_what_was_surely_refused_takes_nothing_of_it(tmp_path: Path) -> None:
    with lane(tmp_path, 6, daily=4) as here:
        refused = mixed(here.vendor, n0=Rejected("no", final=True), n1=Rejected("no", final=True))
        here.vendor.otherwise = refused
        here.run()
        assert here.vendor.by_day() == {"11-23": 4}


def test_who_has_had_enough_today_comes_last_and_tomorrow(tmp_path: Path) -> None:
    with lane(tmp_path, 6, daily_each=1) as here:
        first = here.parts[0]
        second = one_more(first, "second.0", [*first.numbers[2:4], "13700000000"])
        here = Lane([first, second])
        first.step()
        second.step()
        assert "今天已经收满的号码有 2 个，先发别的" in second.whys
        second.step()
        assert here.vendor.requests[1:] == [["13700000000"]]
        second.step()
        assert second.whys[-1] == "余下的 2 个号码今天各收满 1 条，11-24 00:00 再发"
        here.run()
        assert here.vendor.requests[2:] == [first.numbers[2:4]]
        assert here.vendor.by_day() == {"11-23": 7, "11-24": 2}
        assert second.states() == ["accepted"] * 3


def test_an_emergency_is_counted_for_nothing_and_goes(tmp_path: Path) -> None:
    with part(tmp_path, 9, urgent=True, daily=1, daily_each=1) as one:  # `streams.quotas` counts nothing for it
        one.step()
        assert one.vendor.phones == one.numbers


def test_who_rests_goes_on_when_the_office_takes_the_quota_away(tmp_path: Path) -> None:
    with lane(tmp_path, 3, daily_each=1) as here:
        first = here.parts[0]
        second = one_more(first, "second.0", first.numbers)
        here = Lane([first, second])
        first.step()
        second.step()
        second.step()
        assert second.scratch["resting"] == [0, 1, 2]
        first.channel.daily_each = None
        second.used = None
        second.step()
        second.step()
        assert here.vendor.by_day() == {"11-23": 6}


@pytest.mark.parametrize("taken", [True, False])
def test_a_doubt_over_midnight_is_looked_up_for_exactly_whom_the_request_was_for(
    tmp_path: Path, *, taken: bool
) -> None:
    with lane(tmp_path, 9, daily=3) as here:
        (one,) = here.parts
        one.clock.set(one.clock.now().replace(hour=15, minute=59, second=30))  # half a minute to midnight here
        here.vendor.acts = [lost(here.vendor, taken=taken)]
        one.step()
        one.step()
        assert one.state is Outcome.UNKNOWN
        one.wait()
        assert f"{wall(one.clock.now()):%d %H:%M}" == "24 00:00"
        one.step()
        assert here.vendor.asked == one.numbers[:3]
        here.run()
        assert here.vendor.by_day() == Counter({"11-23": 3 if taken else 0, "11-24": 3, "11-25": 3}) + Counter(
            {} if taken else {"11-26": 3}
        )
        assert Counter(here.vendor.phones) == dict.fromkeys(one.numbers, 1)


def test_what_is_in_doubt_counts_until_it_is_known(tmp_path: Path) -> None:
    with lane(tmp_path, 3, 5, daily=4) as here:
        first, second = here.parts
        here.vendor.acts = [lost(here.vendor, taken=False)]
        first.step()
        second.step()
        assert second.scratch["until"] == [0]
        second.step()
        second.step()
        assert [len(asked) for asked in here.vendor.requests] == [3, 1], "three may have been sent to"
        here.run()
        assert here.vendor.by_day()["11-23"] == 4


def test_what_was_counted_on_one_day_sends_nothing_on_another(tmp_path: Path) -> None:
    with lane(tmp_path, 3, daily=5) as here:
        (one,) = here.parts
        yesterday = here.used(one.clock.now() - timedelta(days=1))
        one.used = lambda _: yesterday
        one.step()
        assert (here.vendor.phones, one.due) == ([], one.clock.now())


MISHAPS = st.sampled_from(["well", "lost", "lost, taken", "again"])


@given(
    people=st.integers(1, 6),
    each=st.integers(1, 6),
    texts=st.integers(1, 3),
    batch=st.integers(1, 6),
    daily=st.none() | st.integers(1, 7),
    daily_each=st.none() | st.integers(1, 2),
    bad=st.sets(st.integers(0, 5), max_size=2),
    slow=st.sets(st.integers(0, 5), max_size=2),
    mishaps=st.lists(MISHAPS, max_size=8),
    deaths=st.sets(st.integers(0, 40), max_size=5),
    hour=st.integers(0, 23),
)
def test_whatever_goes_wrong_no_day_has_more_and_everybody_is_sent_to(
    people: int,
    each: int,
    texts: int,
    batch: int,
    daily: int | None,
    daily_each: int | None,
    bad: set[int],
    slow: set[int],
    mishaps: list[str],
    deaths: set[int],
    hour: int,
) -> None:
    """Several texts to the same persons, each in parts; the vendor refuses some for good, and some at first."""
    options: dict[str, Any] = {"batch": batch, "daily": daily, "daily_each": daily_each, **NONE}
    with TemporaryDirectory() as folder, part(Path(folder), people, Remembers, **options) as first:
        first.clock.set(first.clock.now().replace(hour=hour, minute=59, second=30))
        numbers = first.numbers
        here = Lane(
            [
                one_more(first, f"text{text}.{low}", numbers[low : low + each])
                for text in range(texts)
                for low in range(0, people, each)
            ]
        )
        refused = {numbers[place] for place in bad if place < people}
        here.vendor.acts = [_ill(here.vendor, mishap, refused) for mishap in mishaps]
        here.vendor.otherwise = _well(here.vendor, refused, {numbers[place] for place in slow if place < people})
        steps = 0
        while here.step(dies=steps in deaths):
            steps += 1
            assert steps < 1_500, "no end"
        sent = here.vendor.sent
        days = Counter(wall(at).date() for *_, at in sent)
        assert daily is None or max(days.values(), default=0) <= daily
        shares = Counter((number, wall(at).date()) for _, number, at in sent)
        assert daily_each is None or max(shares.values(), default=0) <= daily_each
        assert Counter((mark, number) for mark, number, _ in sent) == {
            (one.work.key, number): 1 for one in here.parts for number in one.numbers if number not in refused
        }
        assert all(
            one.states() == ["refused" if number in refused else "accepted" for number in one.numbers]
            for one in here.parts
        )


def _well(vendor: Remembers, refused: set[str], slow: set[str]) -> Act:
    """As 阿里云 does: nothing for anybody while one is among them that it will not have; some are to wait at first."""
    waits = set(slow - refused)

    def act(asked: Sequence[str]) -> Sequence[Result]:
        wrong = [number for number in asked if number in refused or number in waits]
        if not wrong:
            return vendor.takes(asked)
        if len(asked) > 1:
            raise SomeNumber("one of them")
        final = wrong[0] in refused
        waits.discard(wrong[0])
        return [Rejected("no", final=final, retry_after=3_600)]

    return act


def _ill(vendor: Remembers, mishap: str, refused: set[str]) -> Act:
    well = _well(vendor, refused, set())
    failures: dict[str, Callable[[], Exception]] = {
        "lost": lambda: Unsure("no answer"),
        "again": lambda: TryAgain("busy"),
    }

    def act(asked: Sequence[str]) -> Sequence[Result]:
        if mishap in failures:
            raise failures[mishap]()
        results = well(asked)
        if mishap == "lost, taken" and any(isinstance(one, Took) for one in results):
            raise Unsure("no answer")
        return results

    return act
