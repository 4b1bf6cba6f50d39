"""``gongkai comments import``: what came by post, mail, telephone or a visit, out of a table."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office, reading
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from producers.comments.enter import OTHERWISE, Entered, Moment, enter_file, moment
from producers.comments.table import write_table
from streams.comments.comment import Way

RECEIPTS = ("id", "receipt", "text")


class _Moment(click.ParamType):
    """A day, or a day and a time."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, Moment):
            return value
        found = moment(str(value))
        if found is None:
            self.fail(f"{str(value)!r}: 2026-11-24, 2026-11-24 16:30", param, ctx)
        return found


@named("comments import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--number", metavar="NUMBER", required=True, help=both("comments.option_number"))
@click.option("--received", metavar="DATE", type=_Moment(), help=both("comments.option_received"))
@click.option("--way", type=click.Choice([one.value for one in OTHERWISE]), help=both("comments.option_way"))
@click.option("--receipts", metavar="FILE", type=click.Path(path_type=Path), help=both("comments.option_receipts"))
@OFFICE
def command(
    given: Given,
    file: Path,
    number: str,
    received: Moment | None,
    way: str | None,
    receipts: Path | None,
    office: str | None,
) -> Exit:
    """Enter every row, or none."""
    if receipts is not None and receipts.exists():
        raise Failed(Exit.WRONG, "file_exists", file=str(receipts))
    with of_office(given, office) as (house, whose), reading(file):
        came = Way(way) if way else None
        done = enter_file(house, file, whose, number, received=received, way=came, by=given.by)
    tells = receipts is not None and bool(done.comments)  # those of a file entered before too, as long as they follow
    if receipts is not None and tells:
        _write(receipts, done)
    words = say("comments.entered_before") if done.already else say("comments.entered", count=len(done.comments))
    told = [Text.assemble(("– " if done.already else "✓ ", "dim" if done.already else "green"), words)]
    if tells:
        told.append(Text(say("comments.receipts_written", file=str(receipts))))
    data = {
        "exit": Exit.DONE,
        "number": number,
        "already": done.already,
        "comments": [{"line": line, "comment": name} for line, name, _, _ in done.comments if not done.already],
        "receipts": str(receipts) if tells else None,
    }
    answer(given, data, *told)
    return Exit.DONE


def _write(file: Path, done: Entered) -> None:
    """The receipt numbers are shown nowhere else: only hashes of them are kept. What cannot be written now, the same
    command writes another time.
    """
    rows = [{"id": name, "receipt": receipt, "text": text} for _, name, text, receipt in done.comments]
    with file.open("x", encoding="utf-8", newline="") as out:
        file.chmod(0o600)
        out.write(write_table(RECEIPTS, rows))
