"""Doubles of outlets: channels of every nature that do as a test says, and a witness that saw what arrived."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from channels.base import Answer, Channel, Delivered, File, Nature, Options, Rendition, Tools, Work
from notices.notice import Message

MINUTE = timedelta(minutes=1)

Behaviour = Callable[[str, Work], Answer]


@dataclass(frozen=True)
class Arrival:
    """One thing that arrived at an outlet."""

    endpoint: str
    key: str
    subject: str
    sequence: int  # within the subject
    endpoint_sequence: int
    part: int
    step: str
    numbers: tuple[str, ...] = ()


@dataclass
class Witness:
    """What the outlets saw, in order, and how each of them behaves."""

    arrivals: list[Arrival] = field(default_factory=list)
    tried: list[Arrival] = field(default_factory=list)  # every call, also those that failed
    behaviours: dict[str, Behaviour] = field(default_factory=lambda: defaultdict(lambda: takes_it))

    def send(self, step: str, work: Work) -> Answer:
        """Let the endpoint's behaviour answer; what it took is an arrival."""
        arrival = Arrival(
            work.endpoint,
            work.key,
            work.message.subject,
            work.message.sequence,
            work.endpoint_sequence,
            work.part,
            step,
            tuple(recipient.number for recipient in work.recipients),
        )
        self.tried.append(arrival)
        answer = self.behaviours[work.endpoint](step, work)
        self.arrivals.append(arrival)
        return answer

    def at(self, endpoint: str) -> list[Arrival]:
        """What arrived there."""
        return [arrival for arrival in self.arrivals if arrival.endpoint == endpoint]

    def sequences(self, endpoint: str, subject: str) -> list[int]:
        """The subject's messages at that endpoint, in order of arrival."""
        return [a.sequence for a in self.at(endpoint) if a.subject == subject]


def takes_it(step: str, work: Work) -> Answer:
    """An outlet in good health."""
    return Delivered(reference=work.key)


def raises(*failures: Exception) -> Behaviour:
    """An outlet that fails so, once for each, and is in good health then."""
    left = list(failures)

    def behave(step: str, work: Work) -> Answer:
        if left:
            raise left.pop(0)
        return takes_it(step, work)

    return behave


class DoubleOptions(Options):
    """How many parts, in which steps."""

    parts: int = 1
    steps: tuple[str, ...] = ("send",)
    audience: str | None = None
    withdrawals: bool = True
    daily: int | None = None
    daily_each: int | None = None
    ceiling: Decimal | None = None


class Double(Channel):
    """A channel whose steps are options and whose answers come from the witness."""

    witness: ClassVar[Witness]

    Options = DoubleOptions

    def render(self, message: Message) -> Rendition:
        body = message.version.title.encode()
        return Rendition((File("text.txt", "text/plain", body),), message.version.title)

    def __init__(self, options: Any, tools: Tools) -> None:
        super().__init__(options, tools)
        self.audience = options.audience
        self.hears_withdrawals = options.withdrawals
        self.daily, self.daily_each = options.daily, options.daily_each
        self.ceiling = options.ceiling

    def price(self, rendition: Rendition, people: int) -> Decimal:
        return Decimal(people)

    def parts(self, recipients: int) -> int:
        return int(self.options.parts)

    def next_step(self, work: Work) -> str | None:
        done = work.scratch.get("done", [])
        return next((step for step in self.options.steps if step not in done), None)

    def send(self, step: str, work: Work) -> Answer:
        return self.witness.send(step, work)


def finder(witness: Witness) -> Callable[[str], type[Channel]]:
    """``load`` for tests: a channel of each nature, named for it; ``audit``, which is told everything; and ``asks``,

    irreversible, which asks after a minute what became of what it does not know.
    """

    def find(name: str) -> type[Channel]:
        every, asks = name == "audit", name == "asks"
        body: dict[str, Any] = {
            "name": name,
            "nature": Nature.KEYED if every else Nature.IRREVERSIBLE if asks else Nature(name),
            "looks_up_after": MINUTE if asks else None,
            "leaves": False,
            "supersedes": not every,
            "witness": witness,
        }
        return type(name.title(), (Double,), body)

    return find
