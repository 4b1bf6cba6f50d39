"""``gongkai wechat slots``: how many pushes each account has left."""

from rich.text import Text
from sqlalchemy import Connection, select

from channels import wechat
from channels.wechat.slots import Slots
from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns
from producers.command.wechat.push import data_of
from producers.push_offer import slots_of
from streams.outlets import Endpoint, endpoint_of
from streams.store import tables


@named("wechat slots")
def command(given: Given) -> Exit:
    """Show them."""
    with opened(given) as house:
        now = house.clock.now()

        def read(connection: Connection) -> list[tuple[Endpoint, Slots]]:
            accounts = select(tables.endpoint).where(tables.endpoint.c.channel == wechat.Channel.name)
            rows = connection.execute(accounts.order_by(tables.endpoint.c.id))
            return [(one, slots_of(connection, one, now)[0]) for one in map(endpoint_of, rows)]

        found = house.store.read(read)
    table = columns(*(say(f"command.column_{name}") for name in ("id", "endpoint", "slots", "note")))
    for one, slots in found:
        rehearsed = say("outcome.pretended") if one.pretend else ""
        table.add_row(one.id, one.title, _told(slots), Text(rehearsed, style="dim"))
    data = [{"endpoint": one.id, "title": one.title, "pretend": one.pretend, **data_of(slots)} for one, slots in found]
    answer(given, {"exit": Exit.DONE, "slots": data}, table if found else Text(say("command.no_accounts")))
    return Exit.DONE


def _told(slots: Slots) -> str:
    return say(
        f"command.slots_{slots.period}", left=slots.left, most=slots.most, reserve=min(slots.reserve, slots.left)
    )
