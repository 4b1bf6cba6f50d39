"""``gongkai comments show``: one comment; who made it only when asked, and that is on record."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, as_data, of_office, standing
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer, minute, pairs
from producers.command.words import both
from producers.persons_key import seal_of
from streams import audit
from streams.comments.comment import Comment, Person, person_of
from streams.comments.handle import of_office as of
from streams.store.store import Tx


@named("comments show")
@click.argument("comment")
@click.option("--person", is_flag=True, help=both("comments.option_person"))
@OFFICE
def command(given: Given, comment: str, person: bool, office: str | None) -> Exit:
    """Show it whole."""
    with of_office(given, office) as (house, whose):
        seal = seal_of(house) if person else None

        def look(tx: Tx) -> tuple[Comment, Person | None]:
            found = of(tx, comment, whose)
            if seal is None:
                return found, None
            audit.record(tx, office=whose, who=given.by, act="comment.person_read", subject=comment, detail={})
            return found, person_of(tx.connection, seal, comment)

        found, who = house.store.write(look)
    told = {"name": who.name, "contact": who.contact} if who else None
    shown = pairs(
        (say("comments.column_number"), found.dossier),
        (say("comments.column_way"), say(f"comment.way_{found.way}")),
        (say("comments.column_received"), minute(found.received_at)),
        (say("comments.column_state"), standing(found)),
        (say("comments.column_why"), found.state_why),
        (say("comments.column_clause"), found.clause),
        (say("comments.column_category"), found.category),
        (say("comments.column_reason"), found.reason),
        (say("comment.name"), who.name if who else ""),
        (say("comment.contact"), who.contact if who else ""),
    )
    answer(given, {"exit": Exit.DONE, **as_data(found), "who": told}, shown, Text(""), Text(found.text))
    return Exit.DONE
