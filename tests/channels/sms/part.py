"""One part of a delivery as the engine keeps it, and a vendor that does as the test says."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from channels.base import Nature, Outcome, Reached, Recipient, Today, TryAgain, Work
from channels.sms import Channel
from channels.sms.options import AccountOptions, SmsOptions
from channels.sms.vendor import Registered, Reply, Report, Result, State, Text, Took, Vendor
from config.clock import DrivenClock
from notices.notice import Urgency
from streams.retry import schedule
from streams.verdict import Standing, after_answer, after_failure
from tests.channels.contract import options, tools, work
from tests.channels.sms.outlets import releases

Act = Callable[[Sequence[str]], Sequence[Result]]


class Double(Vendor):
    """It knows whom it sent to, and answers by ``acts``, one a request, then as ``otherwise``."""

    name = "double"
    home = "https://vendor.example"
    most = 1_000
    whole = True
    taken = b"{}"
    proves: ClassVar[bool] = True  # absence

    def __init__(self, clock: DrivenClock) -> None:
        self.clock = clock
        self.phones: list[str] = []  # numbers, once for each text
        self.requests: list[list[str]] = []
        self.asked: list[str] = []  # numbers that were looked up or whose receipt was asked for
        self.acts: list[Act] = []
        self.otherwise: Act = self.takes
        self.receipts: dict[str, Report] = {}
        self.deaf = 0  # so many questions are answered, then none; 0: all of them

    def takes(self, numbers: Sequence[str]) -> Sequence[Result]:
        """All of them."""
        self.phones += numbers
        return [Took(f"no-{number}") for number in numbers]

    def _send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        self.requests.append(list(numbers))
        return (self.acts.pop(0) if self.acts else self.otherwise)(numbers)

    def find(self, number: str, mark: str, since: datetime) -> bool | None:
        self._asked(number)
        return True if number in self.phones else False if self.proves else None

    def receipt(self, number: str, reference: str, mark: str, since: datetime) -> Report | None:
        self._asked(number)
        return self.receipts.get(number)

    def _asked(self, number: str) -> None:
        if self.deaf and len(self.asked) >= self.deaf:
            raise TryAgain("too fast", retry_after=30)
        self.asked.append(number)

    def template(self, code: str) -> Registered | None:
        return None

    def sign_state(self, name: str) -> State | None:
        return None

    @classmethod
    def reports(cls, body: bytes) -> Sequence[Report]:
        return []

    @classmethod
    def replies(cls, body: bytes) -> Sequence[Reply]:
        return []


class OneByOne(Double):
    """It has a result for each number, and lists receipts only."""

    whole = False
    proves: ClassVar[bool] = False


class Here(Channel):
    """The channel with such a vendor."""

    double: Double
    other: Double

    def vendor(self, of: AccountOptions) -> Vendor:
        return self.double if of is self.options else self.other


@dataclass
class Part:
    """What is written down of it."""

    channel: Here
    work: Work
    numbers: Sequence[str]
    clock: DrivenClock
    told: dict[int, Reached] = field(default_factory=dict)
    scratch: dict[str, Any] = field(default_factory=dict)
    state: Outcome = Outcome.PLANNED
    due: datetime | None = None
    tries: int = 0
    doubted_since: datetime | None = None
    opted_out: dict[str, datetime] = field(default_factory=dict)
    used: Callable[[datetime], tuple[Today, Counter[str]]] | None = None  # of a day; how often by number
    at: dict[int, datetime] = field(default_factory=dict)  # when each was sent to
    whys: list[str] = field(default_factory=list)  # what it waited for, or what went wrong
    healthy: list[bool | None] = field(default_factory=list)  # what each step said of the endpoint
    ran: list[datetime] = field(default_factory=list)  # when a step was

    @property
    def vendor(self) -> Double:
        """Who sends it."""
        return self.channel.double

    @property
    def second(self) -> Double:
        """Who sends to whom the first does not."""
        return self.channel.other

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """As ``streams.recipients`` has them."""
        asks, since = self.state is Outcome.ACCEPTED, self.doubted_since
        had = self.used(self.clock.now())[1] if self.used and self.state is Outcome.PLANNED else Counter[str]()
        silent = {
            number
            for number, at in self.opted_out.items()
            if self.state is not Outcome.UNKNOWN or since is None or at <= since
        }
        found = []
        for place, number in enumerate(self.numbers):
            told = self.told.get(place)
            open_ = told is not None and told.state in (Outcome.ACCEPTED, Outcome.UNKNOWN)
            if number not in silent and (open_ if asks else told is None):
                found.append(Recipient(place, partial(str, number), told.reference if told else "", had[number]))
        return tuple(found)

    @property
    def ended(self) -> bool:
        """Nothing is left to do."""
        return self.due is None or not self.recipients

    def step(self, *, dies: bool = False) -> None:
        """One step, as the engine takes it; the worker may die before its answer is written down."""
        began = self.clock.now()
        self.ran.append(began)
        since = self.doubted_since if self.state is Outcome.UNKNOWN else None
        now = replace(self.work, recipients=self.recipients, scratch=self.scratch, doubted_since=since)
        today = self.used(began)[0] if self.used and self.state is Outcome.PLANNED else None
        now = replace(now, taken=self.state is Outcome.ACCEPTED, today=today)
        self.tries += 1
        standing, looks = Standing(self.state, self.tries, None), timedelta(minutes=1)
        try:
            verdict = after_answer(self.channel.send(self.channel.next_step(now), now), standing, began)
        except Exception as failure:
            plan = schedule("normal")
            verdict = after_failure(failure, standing, plan, Nature.IRREVERSIBLE, began, looks_up_after=looks)
        if dies:
            if self.state is Outcome.PLANNED:
                self.state, self.due, self.doubted_since = Outcome.UNKNOWN, began + looks, began
            return
        if verdict.state is Outcome.UNKNOWN and self.state is Outcome.PLANNED:
            self.doubted_since = began
        self.state, self.due = verdict.state, verdict.due_at
        self.whys.append(verdict.cause)
        self.healthy.append(verdict.healthy)
        self.tries = 0 if verdict.advanced else self.tries
        if verdict.advanced:
            self.scratch = json.loads(json.dumps({**self.scratch, **verdict.scratch}))
        assert not verdict.each.keys() & self.told.keys() or standing.state is Outcome.ACCEPTED, (
            "said twice of somebody"
        )
        self.told |= verdict.each
        self.at |= dict.fromkeys(verdict.each.keys() - self.at.keys(), since or began)

    def run(self, most: int = 400) -> "Part":
        """Step after step, each when it is due."""
        while not self.is_over():
            most -= 1
            assert most, "no end"
            self.wait()
            self.step()
        return self

    def is_over(self) -> bool:
        """As the engine ends a part of which nobody is left to send to: whoever was sent to is asked after."""
        went = any(one.state is Outcome.ACCEPTED for one in self.told.values())
        if self.due is not None and not self.recipients and self.state is Outcome.PLANNED and went:
            self.state, self.due = Outcome.ACCEPTED, self.clock.now()
        return self.ended

    def wait(self) -> None:
        """Until the next step is due."""
        assert self.due is not None
        self.clock.set(max(self.due, self.clock.now()))

    def states(self) -> list[str]:
        """What is known of each number, in order; nothing of who was not sent to."""
        return [self.told[place].state if place in self.told else "" for place in range(len(self.numbers))]


@contextmanager
def part(
    folder: Path, many: int, kind: type[Double] = Double, *, urgent: bool = False, **changes: Any
) -> Iterator[Part]:
    """A part for so many numbers; ``changes`` are of the endpoint's options. It is nine in the morning."""
    with tools(folder) as given:
        assert isinstance(given.clock, DrivenClock)
        here = Here(SmsOptions.model_validate(options("sms") | changes), given)
        here.double, here.other = kind(given.clock), (OneByOne if kind is Double else Double)(given.clock)
        said = releases()["t01-contribution-base"]
        if urgent:
            said = said.model_copy(update={"urgency": Urgency.EMERGENCY})
        todo = work(here, said)
        numbers = [f"139{place:08}" for place in range(many)]
        yield Part(here, todo, numbers, given.clock, due=given.clock.now())
