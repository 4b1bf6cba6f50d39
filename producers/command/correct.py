"""``gongkai correct``: a later version takes the place of the newest."""

from functools import partial
from pathlib import Path

import click

from producers.command.confirm import confirm
from producers.command.doubts import doubts
from producers.command.drafts import drafted
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.published import Result
from producers.command.told import told
from producers.command.waiting import waits
from producers.command.words import both
from producers.correct import correct, stand


@named("correct")
@click.argument("notice")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--note", metavar="TEXT", required=True, help=both("command.option_note"))
@click.option("--minor", is_flag=True, help=both("command.option_minor"))
@waits
@click.option("--yes", is_flag=True, help=both("command.option_yes"))
@click.option("--over-ceiling", is_flag=True, help=both("command.option_over_ceiling"))
def command(
    given: Given,
    notice: str,
    file: Path,
    note: str,
    minor: bool,
    wait: bool,
    timeout: float | None,
    yes: bool,
    over_ceiling: bool,
) -> Exit:
    """Release ``file`` as the next version of ``notice``."""
    with opened(given) as house:
        draft = drafted(house, file)
        standing = house.store.read(lambda c: stand(c, notice))
        ask = partial(confirm, given, house, yes=yes)
        found = doubts(house, draft)  # before it is public: what fails then has corrected nothing
        done = correct(house, notice, draft, note=note, minor=minor, by=given.by, over_ceiling=over_ceiling, ask=ask)
        result = Result(str(file), draft.content.title, done, standing.endpoints, found)
        return told(given, house, result, done, wait=wait, timeout=timeout)
