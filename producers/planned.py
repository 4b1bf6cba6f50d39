"""What waits for its instant, as a person reads it. Reads, never writes."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.messages import Language, say
from config.said_again import said_again
from notices.notice import Message
from producers.house import House
from producers.schedule.acts import ACTS
from producers.timed import RELEASE
from streams import clock_trust, triggers
from streams.triggers import State, Trigger

HELD = "held"  # due, and the machine's clock is not believed


@dataclass(frozen=True)
class Planned:
    """One of them."""

    trigger: Trigger
    title: str
    index_number: str
    state: str  # a state of triggers, or ``held``
    cause: str  # empty where nothing is in its way


def planned(
    house: House, offices: Sequence[str], *, ended: bool = False, most: int = 20, lang: Language | None = None
) -> list[Planned]:
    """The ``most`` that come next, refused ones among them; of those that ended, the last. Causes are in ``lang``."""
    doubted = bool(house.store.read(clock_trust.doubts))  # whichever machine fires them
    found = house.store.read(lambda c: triggers.listed(c, offices, (RELEASE,), ended=ended, most=most))
    return [_told(one, lang, held=doubted and _waits_for_it(house, one)) for one in found]


def _waits_for_it(house: House, one: Trigger) -> bool:
    due = one.state is State.PLANNED and one.due_at <= house.clock.now()
    return due and one.act in ACTS and ACTS[one.act].by_a_true_clock


def _told(one: Trigger, lang: Language | None, *, held: bool) -> Planned:
    version = Message.model_validate_json(one.detail["message"]).version
    state, cause = (HELD, say("schedule.clock_doubted", lang)) if held else (one.state, said_again(one.cause, lang))
    return Planned(one, version.title, version.index_number, state, cause)
