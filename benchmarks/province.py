"""A province on the Kafka engine, minute by minute through a working year: ``python -m benchmarks.province``.

120 offices, 50,000 notices a year, 2,000 partners, and an SMS to 1,000,000 people within an hour. What a worker does
in a second is measured (docs/benchmarks.md) and may be given; everything else is an assumption that stands here.
"""

import argparse
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

NOTICES = 50_000  # a year, of 120 offices
OWN = 8  # outlets of the office itself that hear of a notice: site, feeds, WeChat, screens …
PARTNERS = 2_000
HEAR = 0.05  # the part of the partners that hear of a notice: each takes some offices and kinds
AGAIN = 0.05  # corrections and withdrawals, of all notices
DAYS = 250  # working days
# the part of a day's notices that come in each hour from 8 to 18: before noon and before the end of the day
HOURS = (0.05, 0.10, 0.18, 0.14, 0.02, 0.03, 0.12, 0.18, 0.13, 0.05)
PEAK_DAYS, PEAK = 10, 5  # days on which so many times the usual is published: the budgets, the year's end
OUTAGES = 0.01  # of the partners are away each day, for an hour of it
SEND = 0.3  # seconds a partner takes to answer
RECIPIENTS, PART = 1_000_000, 1_000  # of the SMS, and numbers in one request
HOUR = 60  # minutes
SEED = 20_261_126
FULL = 0.7  # of what the workers can do: the most that the busiest minute may ask


@dataclass
class Lane:
    """What waits for a partner: the minutes in which it came."""

    waiting: deque[int]
    away_from: int = 0
    away_until: int = 0

    def is_away(self, minute: int) -> bool:
        """True while the partner does not answer."""
        return self.away_from <= minute < self.away_until

    def waited(self, minute: int) -> int:
        """Take the oldest out; for how many minutes it waited while the partner was there."""
        came = self.waiting.popleft()
        return minute - (self.away_until if self.is_away(came) else came)


@dataclass
class Year:
    """What came of it."""

    notices: int = 0
    attempts: int = 0
    busiest: int = 0  # attempts of the busiest minute, as they came
    queue: int = 0  # deliveries waiting at the end of the worst minute
    waited: int = 0  # minutes of the longest wait of a delivery whose outlet was there
    late: int = 0  # deliveries that waited a minute or more though their outlet was there
    minutes: int = 0


def simulate(workers: int, rate: float, turn: float, chance: random.Random) -> Year:
    """A working year; ``rate``: attempts a second of one worker, ``turn``: seconds of a turn besides the sending."""
    year, lanes = Year(), [Lane(deque()) for _ in range(PARTNERS)]
    able, of_lane = int(workers * rate * 60), int(60 / (turn + SEND))
    active: set[int] = set()
    own = 0
    for minute, expected in enumerate(_minutes(chance)):
        if minute % (len(HOURS) * HOUR) == 0:
            _go_away(lanes, minute, chance)
        came = _poisson(expected, chance)
        year.notices += came
        own += came * OWN
        asked = came * OWN
        for _ in range(came):
            for number in chance.sample(range(PARTNERS), int(PARTNERS * HEAR)):
                lanes[number].waiting.append(minute)
                active.add(number)
            asked += int(PARTNERS * HEAR)
        left = able - (served := min(own, able))
        own -= served
        year.attempts += served
        for number in sorted(active, key=lambda n: lanes[n].waiting[0]):
            lane = lanes[number]
            if lane.is_away(minute):
                asked, left, year.attempts = asked + 1, left - 1, year.attempts + 1  # a probe
                continue
            for _ in range(max(0, min(left, of_lane, len(lane.waiting)))):
                waited = lane.waited(minute)
                year.waited, year.late = max(year.waited, waited), year.late + (waited > 0)
                left, year.attempts = left - 1, year.attempts + 1
            if not lane.waiting:
                active.discard(number)
        year.busiest = max(year.busiest, asked)
        year.queue = max(year.queue, own + sum(len(lanes[number].waiting) for number in active))
        year.minutes = minute + 1
    return year


def _minutes(chance: random.Random) -> Iterator[float]:
    """How many notices are to be expected in each working minute of the year."""
    peaks = set(chance.sample(range(DAYS), PEAK_DAYS))
    usual = NOTICES * (1 + AGAIN) / (DAYS + PEAK_DAYS * (PEAK - 1))
    for day in range(DAYS):
        for part in HOURS:
            yield from [usual * (PEAK if day in peaks else 1) * part / HOUR] * HOUR


def _go_away(lanes: list[Lane], today: int, chance: random.Random) -> None:
    for number in chance.sample(range(PARTNERS), int(PARTNERS * OUTAGES)):
        lanes[number].away_from = today + chance.randrange((len(HOURS) - 1) * HOUR)
        lanes[number].away_until = lanes[number].away_from + HOUR


def _poisson(expected: float, chance: random.Random) -> int:
    """How many come when so many are expected, each on its own."""
    came, at = 0, chance.expovariate(1)
    while at < expected:
        came, at = came + 1, at + chance.expovariate(1)
    return came


def main() -> None:
    """Print what a province needs."""
    wanted = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    wanted.add_argument("--rate", type=float, required=True, help="deliveries a second of one worker, as measured")
    wanted.add_argument("--turn", type=float, required=True, help="seconds of a turn besides the sending, as measured")
    told = wanted.parse_args()
    for workers in (1, 2, 4):
        year = simulate(workers, told.rate, told.turn, random.Random(SEED))
        able = workers * told.rate * 60
        used, busiest = year.attempts / (able * year.minutes), year.busiest / able
        print(f"{workers} worker(s): {year.notices:,} notices, {year.attempts:,} attempts a year")
        print(f"  used in working hours {used:.1%}, in the busiest minute {busiest:.0%}; worst queue {year.queue:,}")
        print(f"  longest wait {year.waited} min, {year.late:,} deliveries waited a minute or more")
        if busiest <= FULL:
            break
    print(f"to every partner at once: {PARTNERS / told.rate:.0f} s by one worker")
    parts = RECIPIENTS // PART
    each = 3600 / parts
    print(f"SMS: {parts} parts, one after the other: {each:.1f} s for each, of which {told.turn:.2f} s are ours")
    print(f"  so the operator may take {each - told.turn:.1f} s; it asks {1 / each / told.rate:.1%} of a worker")


if __name__ == "__main__":
    main()
