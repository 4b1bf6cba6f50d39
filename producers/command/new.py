"""``gongkai new``: a filled example of a kind of notice, to be written over."""

from pathlib import Path

import click

from config.clock import clock_of
from config.kinds import Kind, written_kinds
from config.messages import say
from config.settings import read
from notices.bulletins import BULLETIN
from notices.notice import Office
from notices.skeleton import skeleton
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.which import only_office
from producers.command.words import both
from producers.command.write import written


@named("new")
@click.argument("kind", required=False)
@click.option("--after", metavar="NOTICE", help=both("command.option_after"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help=both("command.option_out"))
def command(given: Given, kind: str | None, after: str | None, office: str | None, out: Path | None) -> None:
    """Write the example to ``out``, or to the standard output; without ``kind`` list the kinds."""
    if after is not None:
        _next(given, kind, after, out)
        return
    if kind is None:
        _list(given)
        return
    wanted = _kind(kind)
    tables = read(given.home).offices
    name = only_office(tuple(tables), office)
    text = skeleton(wanted, Office(id=name, **tables[name].model_dump(exclude={"staff"})), clock_of().now())
    written(given, text, out, {"kind": wanted.id, "office": name})


def _next(given: Given, kind: str | None, after: str, out: Path | None) -> None:
    from producers.command.opened import opened
    from producers.command.write import written_to_fill
    from producers.next_bulletin import next_bulletin

    if kind is not None and _kind(kind).id != BULLETIN:
        raise Failed(Exit.USAGE, "after_of_what", given=kind)
    with opened(given) as house:
        made = next_bulletin(house, after)
    data = {"kind": BULLETIN, "office": made.office, "number": made.number}
    written_to_fill(given, made.text, out, data)


def _list(given: Given) -> None:
    from rich.text import Text

    from producers.command.help import table
    from producers.command.show import answer

    rows = [(kind.id, kind.name, kind.name_en) for kind in written_kinds().values()]
    data = [
        {"kind": kind.id, "code": kind.code, "name": kind.name, "name_en": kind.name_en}
        for kind in written_kinds().values()
    ]
    answer(given, {"exit": Exit.DONE, "kinds": data}, table(rows), Text(say("command.new_hint"), style="dim"))


def _kind(asked: str) -> Kind:
    for kind in written_kinds().values():
        if asked.lower() in (kind.id, kind.code.lower(), kind.name):
            return kind
    rows = [f"{kind.id}  {kind.name}" for kind in written_kinds().values()]
    raise Failed(Exit.WRONG, "unknown_kind", rows, given=asked)
