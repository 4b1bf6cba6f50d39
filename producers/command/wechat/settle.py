"""``gongkai wechat settle``: a person says whether a push went that nobody is sure of, and why he knows."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.wechat.refused import refused
from producers.command.words import both
from producers.push import settle
from producers.push_offer import NoPush, Wish


@named("wechat settle")
@click.argument("notice")
@click.option("--endpoint", metavar="NAME", help=both("command.option_account"))
@click.option(
    "--as", "decision", type=click.Choice(["arrived", "lost"]), required=True, help=both("command.option_went")
)
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why_known"))
def command(given: Given, notice: str, endpoint: str | None, decision: str, why: str) -> Exit:
    """Settle it."""
    wish = Wish(notice, endpoint, use_reserve=False, by=given.by)
    with opened(given) as house:
        try:
            done = settle(house, wish, arrived=decision == "arrived", why=why)
        except NoPush as error:
            raise refused(error) from None
    told = Text.assemble(("✓ ", "green"), say(f"command.push_settled_{decision}", notice=done.notice))
    answer(given, {"exit": Exit.DONE, "notice": done.notice, "endpoint": done.endpoint, "as": decision}, told)
    return Exit.DONE
