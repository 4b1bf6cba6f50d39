"""``gongkai dead-letters show``: one of them whole, with what was in it."""

import json

import click
from rich.console import Group
from rich.padding import Padding
from rich.text import Text
from sqlalchemy import select

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, minute, pairs
from producers.second_chance import UnknownLetter
from streams.store.tables import dead_letter


@named("dead-letters show")
@click.argument("letter", type=int)
def command(given: Given, letter: int) -> Exit:
    """Show it."""
    with opened(given) as house:
        row = house.store.read(lambda c: c.execute(select(dead_letter).where(dead_letter.c.id == letter)).first())
    if row is None:
        raise UnknownLetter(str(letter))
    body = bytes(row.body).decode("utf-8", "backslashreplace")
    data = {
        "exit": Exit.DONE,
        "letter": row.id,
        "at": row.at,
        "stage": row.stage,
        "topic": row.topic,
        "event": row.event,
        "state": row.state,
        "cause": row.cause,
        "body": body,
    }
    lines = pairs(
        (say("command.column_letter"), str(row.id)),
        (say("command.column_set_aside"), minute(row.at)),
        (say("command.column_stage"), f"{row.stage}　{row.topic}"),
        (say("command.column_state"), say(f"command.letter_{row.state}")),
        (say("command.column_cause"), Text(row.cause, style="red")),
    )
    answer(given, data, Group(lines, Padding(Text(_readable(body)), (1, 0, 0, 0), expand=False)))
    return Exit.DONE


def _readable(body: str) -> str:
    """JSON with its lines set apart; anything else as it is, without what would drive a terminal."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return "".join(char if char.isprintable() or char == "\n" else "·" for char in body)
