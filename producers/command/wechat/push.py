"""``gongkai wechat push``: spend one of an account's mass sends on a notice that is published there."""

import sys
from typing import Any

import click
from rich.text import Text

from channels.base import Outcome
from channels.wechat.slots import Slot, Slots
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import LOOKS, answer, minute
from producers.command.wechat.refused import refused
from producers.command.words import both
from producers.house import House
from producers.push import ask, push
from producers.push_offer import WENT, NoPush, Offer, Wish, endpoint_named, offer, slots_of
from streams.pushes import Push


@named("wechat push")
@click.argument("notice")
@click.option("--endpoint", metavar="NAME", help=both("command.option_account"))
@click.option("--use-reserve", is_flag=True, help=both("command.option_use_reserve"))
@click.option("--yes", is_flag=True, help=both("command.option_yes_push"))
def command(given: Given, notice: str, endpoint: str | None, use_reserve: bool, yes: bool) -> Exit:
    """Push it; twice the same spends nothing."""
    wish = Wish(notice, endpoint, use_reserve, given.by)
    with opened(given) as house:
        try:
            made = house.store.read(lambda c: offer(c, wish, house.clock.now()))
            if isinstance(made, Push):
                return _tell(given, house, ask(house, made, by=given.by), already=True)
            _confirm(given, made, yes=yes)
            return _tell(given, house, push(house, wish, made), already=False)
        except NoPush as error:
            raise refused(error) from None


def _confirm(given: Given, made: Offer, *, yes: bool) -> None:
    """Let a person say yes to what it costs. Raises ``Failed`` where nobody does."""
    if yes or made.doubted:  # that one was said yes to
        return
    if given.json or not _is_terminal():
        raise Failed(Exit.INTERRUPTED, "push_unconfirmed", title=made.title, account=made.found.title)
    slots = made.slots
    asked = say(
        f"command.confirm_push_{slots.period}",
        title=made.title,
        account=made.found.title,
        left=slots.left,
        reserve=min(slots.reserve, slots.left),
    )
    reserve = say("command.confirm_reserve") if made.slot is Slot.RESERVE else ""
    if not click.confirm(asked + reserve, err=True):
        raise Failed(Exit.INTERRUPTED, "push_declined")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _tell(given: Given, house: House, done: Push, *, already: bool) -> Exit:
    """What came of it, and what is left."""
    code = Exit.DONE if done.outcome in WENT else Exit.FAILED
    title, data, left = _left(house, done)
    name = "already" if already and done.outcome in WENT else str(done.outcome)
    told = say(f"command.push_{name}", account=title, at=minute(done.begun_at), who=done.by, cause=done.cause or "–")
    mark, style = LOOKS[Outcome(done.outcome)]
    answer(
        given,
        {"exit": code, **_data(done, already=already), "slots": data},
        Text.assemble((f"{mark} ", style), told),
        Text(f"  {left}", style="dim"),
    )
    return code


def _left(house: House, done: Push) -> tuple[str, dict[str, Any] | None, str]:
    """The account's title and what is left there, as data and in words. Never raises: the push is on record."""
    try:
        found = house.store.read(lambda c: endpoint_named(c, done.endpoint))
        slots, _ = house.store.read(lambda c: slots_of(c, found, house.clock.now()))
    except Exception as error:
        return done.endpoint, None, say("command.push_unread", cause=str(error) or type(error).__name__)
    left = say(f"command.slots_left_{slots.period}", left=slots.left, reserve=min(slots.reserve, slots.left))
    return found.title, data_of(slots), left


def _data(done: Push, *, already: bool) -> dict[str, Any]:
    return {
        "notice": done.notice,
        "endpoint": done.endpoint,
        "sequence": done.sequence,
        "outcome": done.outcome,
        "already": already,
        "pushed_at": done.begun_at,
        "by": done.by,
        "reference": done.reference,
        "cause": done.cause,
    }


def data_of(slots: Slots) -> dict[str, Any]:
    """For the JSON answer."""
    counts = {"spent": slots.spent, "left": slots.left, "free": slots.free}
    return {"period": slots.period, "most": slots.most, "reserve": slots.reserve, **counts}
