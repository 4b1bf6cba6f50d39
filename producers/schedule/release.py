"""Release: a notice that was approved becomes public at its instant, if it still may."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from sqlalchemy import Connection

from channels.base import Rendition
from config.clock import wall
from notices.notice import Message
from producers.house import House
from producers.in_turn import OutOfTurn, hold_turn
from producers.publish import first_release
from producers.reach import OverCeiling, allowed, reach
from producers.rendering import routed
from producers.say import Edition, say
from producers.schedule.refusal import Refusal
from producers.shown_days import wrong_days
from producers.states import record_release
from producers.timed import OVER_CEILING, mark_released
from streams.outlets import Endpoint
from streams.owe import hold_owed, meet
from streams.store.store import Tx
from streams.triggers import Trigger

WHO = "gongkai"  # releases it: who approved it stands in the trigger


def release(house: House, trigger: Trigger) -> Callable[[Tx], None]:
    """Release the message that ``trigger`` keeps. Raises ``Refusal`` where it must not go any more."""
    message = Message.model_validate_json(trigger.detail["message"])
    over_ceiling = OVER_CEILING in trigger.detail or OVER_CEILING in trigger.detail["audit"]
    passed = _still_allowed(house, message, over_ceiling=over_ceiling)

    def act(tx: Tx) -> None:
        hold_turn(tx, message)
        held = hold_owed(tx, message.subject)
        if not mark_released(tx, message):
            raise Refusal("not_approved")
        try:
            say(tx, message, first_release(message), trigger.detail["trace"])
        except OutOfTurn as error:
            raise Refusal("out_of_turn", why=str(error)) from None
        meet(tx, message.subject, held, house.outlets)
        detail = {**trigger.detail["audit"], **passed, "approved_by": trigger.detail["by"]}
        record_release(tx, message.version, act="notice.released", by=WHO, detail=detail)

    return act


def _still_allowed(house: House, message: Message, *, over_ceiling: bool) -> Mapping[str, object]:
    """What time may have changed since it was approved; what its outlets are like today, each lane finds out itself."""
    now = house.clock.now()
    if message.expires_at is not None and message.expires_at <= now:
        raise Refusal("expired", at=f"{wall(message.expires_at):%Y-%m-%d %H:%M}")
    if message.office.id not in house.configuration.offices:
        raise Refusal("no_office", office=message.office.id)
    endpoints = routed(house, message.office.id, message.version.channels)
    if not endpoints:
        raise Refusal("no_endpoint", channels="、".join(message.version.channels))
    if why := wrong_days(house, message.version, now):
        raise Refusal("shown_days", why=why)
    renditions = house.store.read(lambda c: _approved(c, house, message, endpoints))
    try:
        return allowed(reach(house, message, endpoints, renditions), over_ceiling=over_ceiling)
    except OverCeiling as error:
        raise Refusal("over_ceiling", what=str(error)) from None


def _approved(
    connection: Connection, house: House, message: Message, endpoints: list[Endpoint]
) -> dict[Edition, Rendition]:
    """What was approved for them; an endpoint that was added since may have nothing."""
    found = {}
    for one in endpoints:
        edition = house.outlets.channel(one).edition
        with suppress(KeyError):
            rendition = house.outlets.rendition(connection, message.id, one.channel, edition)
            found[Edition(one.channel, edition)] = rendition
    return found
