"""``gongkai comments dispose``: say of a comment what became of it, or of all in a table."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office, reading
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from producers.comments.decide import decide_file
from streams.comments.comment import Disposition
from streams.comments.handle import Decided, decide


@named("comments dispose")
@click.argument("comment", required=False)
@click.argument("disposition", required=False, type=click.Choice([one.value for one in Disposition]))
@click.option("--reason", metavar="TEXT", help=both("comments.option_reason"))
@click.option("--category", metavar="TEXT", default="", help=both("comments.option_category"))
@click.option("--from", "table", metavar="FILE", type=click.Path(path_type=Path), help=both("comments.option_from"))
@OFFICE
def command(
    given: Given,
    comment: str | None,
    disposition: str | None,
    reason: str | None,
    category: str,
    table: Path | None,
    office: str | None,
) -> Exit:
    """Say it of one, or of every row that is filled in, or of none."""
    if (table is None) != bool(comment and disposition and reason) or (table and (comment or reason)):
        raise click.UsageError(say("comments.usage_dispose"))
    left = 0
    with of_office(given, office) as (house, whose):
        if table is not None:
            with reading(table):
                done, left = decide_file(house, table, whose, by=given.by)
        else:
            assert comment and disposition and reason  # noqa: PT018 - looked at above
            done = [Decided(comment, Disposition(disposition), reason, category)]
            house.store.write(lambda tx: decide(tx, done, office=whose, by=given.by))
    told = Text.assemble(("✓ ", "green"), say("comments.disposed", count=len(done)))
    more = [Text(say("comments.left_over", count=left))] if left else []
    answer(given, {"exit": Exit.DONE, "comments": [_data(one) for one in done], "left": left}, told, *more)
    return Exit.DONE


def _data(one: Decided) -> dict[str, object]:
    return {"comment": one.comment, "disposition": one.disposition, "reason": one.reason, "category": one.category}
