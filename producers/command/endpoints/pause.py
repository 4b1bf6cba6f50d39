"""``gongkai endpoints pause``: nothing is sent there for a while; what comes meanwhile waits."""

from datetime import datetime

import click
from rich.text import Text

from config.clock import SHANGHAI
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer, minute
from producers.command.words import both
from streams.endpoints import pause

FORMS = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


@named("endpoints pause")
@click.argument("name")
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why"))
@click.option("--until", metavar="TIME", type=click.DateTime(FORMS), help=both("command.option_until"))
def command(given: Given, name: str, why: str, until: datetime | None) -> Exit:
    """Pause it, until a time of Asia/Shanghai or until somebody lets it go on."""
    end = until and until.replace(tzinfo=SHANGHAI)
    with opened(given) as house:
        now = house.clock.now()
        if end is not None and end <= now:
            raise Failed(Exit.WRONG, "pause_over", until=minute(end), now=minute(now))
        house.store.write(lambda tx: pause(tx, name, by=given.by, why=why, until=end))
    told = say("command.now_paused", name=name, until=minute(end) or say("command.until_resumed"))
    answer(given, {"exit": Exit.DONE, "endpoint": name, "state": "paused", "until": end}, Text(told))
    return Exit.DONE
