"""``gongkai status``: where notices went and how it went."""

import click

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.newest import newest
from producers.command.notice_timeline import notice_timeline
from producers.command.opened import opened
from producers.command.words import both


@named("status")
@click.argument("notice", required=False)
@click.option("--office", metavar="ID", help=both("command.option_of_office"))
@click.option("--most", metavar="N", type=click.IntRange(1, 10_000), default=20, help=both("command.option_most"))
def command(given: Given, notice: str | None, office: str | None, most: int) -> Exit:
    """Show one notice's timeline, or the newest notices."""
    with opened(given) as house:
        if notice is not None:
            return notice_timeline(given, house, notice)
        return newest(given, house, office, most)
