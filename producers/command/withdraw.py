"""``gongkai withdraw``: the office takes a notice back, wherever it went."""

from functools import partial

import click

from config.messages import say
from producers.command.confirm import confirm
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.published import Result
from producers.command.told import told
from producers.command.waiting import waits
from producers.command.words import both
from producers.correct import stand
from producers.withdraw import withdraw


@named("withdraw")
@click.argument("notice")
@click.option("--reason", metavar="TEXT", required=True, help=both("command.option_reason"))
@click.option(
    "--leaves",
    type=click.Choice(["banner", "gone", "redirect"]),
    default="banner",
    help=both("command.option_leaves"),
)
@click.option("--redirect", metavar="NOTICE", help=both("command.option_redirect"))
@waits
@click.option("--yes", is_flag=True, help=both("command.option_yes"))
@click.option("--over-ceiling", is_flag=True, help=both("command.option_over_ceiling"))
def command(
    given: Given,
    notice: str,
    reason: str,
    leaves: str,
    redirect: str | None,
    wait: bool,
    timeout: float | None,
    yes: bool,
    over_ceiling: bool,
) -> Exit:
    """Withdraw ``notice``."""
    if (redirect is not None) != (leaves == "redirect"):
        raise click.UsageError(say("command.redirect_needs"))
    with opened(given) as house:
        standing = house.store.read(lambda c: stand(c, notice))
        ask = partial(confirm, given, house, yes=yes)
        done = withdraw(
            house,
            notice,
            reason=reason,
            leaves=leaves,
            redirect=redirect,
            by=given.by,
            over_ceiling=over_ceiling,
            ask=ask,
        )
        result = Result(notice, standing.newest.title, done, standing.endpoints)
        return told(given, house, result, done, wait=wait, timeout=timeout)
