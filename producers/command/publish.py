"""``gongkai publish``: files become notices, each on its own."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from config.messages import say
from producers.command.confirm import confirm
from producers.command.doubts import doubts, lines
from producers.command.drafts import drafted
from producers.command.dry_run import dry_run
from producers.command.exits import Exit, worst
from producers.command.failures import explain, show
from producers.command.follow import follow
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.progress import Bar, progress
from producers.command.published import Result, as_data, shown
from producers.command.show import answer
from producers.command.words import both
from producers.house import House
from producers.publish import endpoints_of, publish, published
from producers.reach import Ask, Reach
from producers.standings import newest_message


@named("publish")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--dry-run", "dry", is_flag=True, help=both("command.option_dry_run"))
@click.option("--wait", is_flag=True, help=both("command.option_wait"))
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(min=0, min_open=True), help=both("command.option_timeout")
)
@click.option("--yes", is_flag=True, help=both("command.option_yes"))
@click.option("--over-ceiling", is_flag=True, help=both("command.option_over_ceiling"))
def command(
    given: Given,
    files: tuple[Path, ...],
    dry: bool,
    wait: bool,
    timeout: float | None,
    yes: bool,
    over_ceiling: bool,
) -> Exit:
    """Publish every file; one that cannot be does not stop the others."""
    with opened(given) as house:
        if dry:
            return dry_run(given, house, files, over_ceiling=over_ceiling)
        results = []
        with progress(given, say("command.publishing"), len(files)) as bar:

            def ask(reaches: Sequence[Reach]) -> None:
                with bar.asking():
                    confirm(given, house, reaches, yes=yes)

            for file in files:
                result = publish_one(house, file, given.by, ask, over_ceiling=over_ceiling)
                results.append(result)
                bar.advance()
                if not given.json:
                    _tell(bar, result)
        followed = follow(given, house, partial(_said, house, results, again=wait), wait=wait, timeout=timeout)
        code = worst(*(result.exit for result in results), followed.exit)
        answer(given, {"exit": code, "files": [as_data(one) for one in results], **followed.data}, *followed.shown)
        return code


def publish_one(house: House, file: Path, by: str, ask: Ask, *, over_ceiling: bool) -> Result:
    """Publish one file, when ``ask`` lets it go to its endpoints; never raises."""
    title = ""
    try:
        draft = drafted(house, file)
        title = draft.content.title
        if done := published(house, draft):
            return Result(str(file), title, done)
        endpoints = endpoints_of(house, draft)
        found = doubts(house, draft)  # before it is public: what fails then has published nothing
        done = publish(house, draft, by=by, over_ceiling=over_ceiling, ask=ask)
        return Result(str(file), title, done, tuple(endpoints), found)
    except Exception as error:  # a bad file does not stop the others
        return Result(str(file), title, failure=explain(error))


def _said(house: House, results: Sequence[Result], *, again: bool) -> dict[str, int]:
    """The messages to watch, with the number of their deliveries; ``again`` also those of files published before."""
    said = {}
    for done, endpoints in ((one.done, one.endpoints) for one in results if one.done):
        if done.release_at is not None:  # nothing is said before its instant
            continue
        if done.message is not None:
            said[done.message] = sum(endpoint.enabled for endpoint in endpoints)
        elif again:
            said[house.store.read(partial(newest_message, subject=done.notice))] = 0
    return said


def _tell(bar: Bar, result: Result) -> None:
    if result.failure is not None:
        show(result.failure, result.of, bar.err)
    if result.done is None:
        return
    bar.out.print(shown(result.done, result))
    for line in lines(result.doubts):
        bar.out.print(line)
