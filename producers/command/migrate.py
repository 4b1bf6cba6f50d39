"""``gongkai migrate``: the store comes to this version; ``--to``: an office moves to PostgreSQL with its history."""

from collections.abc import Iterator

import click
from rich.console import RenderableType
from rich.text import Text

from config.clock import clock_of
from config.messages import say
from producers.audit_words import told
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.progress import progress
from producers.command.schema import bring_up_to_date
from producers.command.show import answer, columns
from producers.command.words import both
from producers.migrate import Ends, NotMovable, ends, look, migration
from streams.store.address import shown
from streams.store.move.compare import Differs
from streams.store.move.move import Move, Moved
from streams.store.move.rows import CannotMove

HASH = 12  # digits of a SHA-256 that people compare


@named("migrate")
@click.option("--from", "source", metavar="STORE", help=both("command.option_from"))
@click.option("--to", "target", metavar="STORE", help=both("command.option_to"))
@click.option("--dry-run", is_flag=True, help=both("command.option_dry_move"))
def command(given: Given, source: str | None, target: str | None, dry_run: bool) -> Exit:
    """Bring the store up to date; or move it, or tell what would be moved."""
    if target is None:
        if source is not None or dry_run:
            raise click.UsageError(say("command.move_needs_to"))
        return bring_up_to_date(given)
    try:
        between = ends(given.home, source or "sqlite", target)
    except NotMovable as wrong:
        raise click.UsageError(say(f"command.move_{wrong.end}")) from None
    try:
        return _looked(given, between) if dry_run else _moved(given, between)
    except CannotMove as refused:
        raise Failed(Exit.WRONG, f"move_{refused.reason}", **refused.values) from None
    except Differs as wrong:
        lines = [f"{one.table} {one.key}　{say(f'command.move_{one.what}')}" for one in wrong.differences]
        raise Failed(Exit.WRONG, "move_differs", lines) from None
    except KeyboardInterrupt:
        raise Failed(Exit.INTERRUPTED, "move_interrupted") from None


def _moved(given: Given, between: Ends) -> Exit:
    with (
        migration(given.home, between, by=given.by, clock=clock_of()) as move,
        progress(given, say("command.moving"), 2 * move.rows) as bar,
    ):
        moved = move.run(bar.advance)
    data = {
        "exit": Exit.DONE,
        **_ends(between),
        "state": move.state,
        "tables": [vars(one) for one in moved.tables],
        "flaws": [{"kind": kind, "where": where, "what": what} for kind, where, what in _flaws(moved)],
        "is_set": between.is_set,
    }
    answer(given, data, *_shown(between, move, moved))
    return Exit.DONE


def _looked(given: Given, between: Ends) -> Exit:
    measures, copied = look(between)
    table = columns(*(say(f"command.column_{name}") for name in ("table", "rows", "bytes")))
    for one in measures:
        table.add_row(one.table, f"{one.rows:,}", f"{one.bytes:,}")
    for column in table.columns[1:]:
        column.justify = "right"
    rows, size = sum(one.rows for one in measures), sum(one.bytes for one in measures)
    end = say("command.would_move", rows=f"{rows:,}", size=f"{size:,}", to=shown(between.address))
    begun = [Text(say("command.move_begun", rows=f"{copied:,}"))] if copied is not None else []
    data = {"exit": Exit.DONE, **_ends(between), "tables": [vars(one) for one in measures], "copied": copied}
    answer(given, data, table, Text(end), *begun)
    return Exit.DONE


def _ends(between: Ends) -> dict[str, object]:
    return {"from": between.file, "to": shown(between.address)}


def _shown(between: Ends, move: Move, moved: Moved) -> list[RenderableType]:
    to = shown(between.address)
    after = say("command.move_is_set") if between.is_set else say("command.move_set", to=to)
    if move.state == "over":
        return [Text(say("command.move_over", to=to)), Text(after)]
    table = columns(*(say(f"command.column_{name}") for name in ("table", "rows", "sha256")))
    table.columns[1].justify = "right"
    for one in moved.tables:
        table.add_row(one.table, f"{one.rows:,}", Text(one.sha256[:HASH], style="dim"))
    flaws = [Text.assemble(("! ", "yellow"), (where, "bold"), f"　{what}") for _, where, what in _flaws(moved)]
    carried = [Text(say("command.move_flaws", count=len(flaws)))] if flaws else []
    rows = f"{sum(one.rows for one in moved.tables):,}"
    done = Text(say("command.moved", rows=rows, to=to, file=between.file), style="bold")
    return [table, *carried, *flaws, done, Text(after)]


def _flaws(moved: Moved) -> Iterator[tuple[str, str, str]]:
    """What did not hold before the move either: of what kind, where, what."""
    yield from (("audit", f"{one.office}/{one.number}", told(one)) for one in moved.flaws.chains)
    yield from (("blob", one, say("verify.altered")) for one in moved.flaws.blobs)
