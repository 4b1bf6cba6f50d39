"""What ``up`` and ``run`` share: start, say where to look, end; and what is said when starting fails."""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.failures import tell as failure
from producers.command.given import Given
from producers.command.show import answer, aside
from producers.serve.listeners import BadHost, NotLoopback, PortTaken
from producers.serve.process import EngineFailed, Running, serve
from streams.store.tables import endpoint


@dataclass(frozen=True)
class Address:
    """Something to look at."""

    what: str  # site | feeds | posters | inbox | group | wechat | status
    url: str
    office: str = ""  # whose, where there are several


def served(given: Given, home: Path, ready: Callable[[Running], None], *, grace: float) -> bool:
    """Serve ``home`` until told to end; True when everything came to its end. See ``producers.serve.process``."""
    try:
        return serve(home, ready=ready, stopping=lambda: aside().print(say("serve.stopping")), grace=grace)
    except EngineFailed as failed:
        broken(given, failed)
    except PortTaken as taken:
        raise Failed(Exit.CONFIGURATION, "port_taken", port=taken.port) from None
    except NotLoopback as refused:
        raise Failed(Exit.CONFIGURATION, "not_loopback", host=refused.host) from None
    except BadHost as refused:
        raise Failed(Exit.CONFIGURATION, "bad_host", host=refused.host) from None


def broken(given: Given, failed: EngineFailed) -> NoReturn:
    """Say that the engine has stopped, and end the process as it is: what hangs in it would keep it for ever."""
    _end_hard(failure(failed, ["--json"] if given.json else []))


def ended(whole: bool) -> Exit:
    """Say that it is over. What still sends is not waited for: then this does not return."""
    aside().print(say("serve.stopped" if whole else "serve.stopped_hard"))
    if not whole:
        _end_hard(Exit.DONE)  # threads that wait for an answer would hold the process for up to 15 s more
    return Exit.DONE


def _end_hard(code: Exit) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def tell(given: Given, addresses: list[Address]) -> None:
    """Where to look: Chinese, English, address."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for one in addresses:
        zh, en = (
            f"{say(f'serve.the_{one.what}', lang)}{f' · {one.office}' * bool(one.office)}" for lang in ("zh", "en")
        )
        table.add_row(Text(zh, style="bold"), Text(en, style="dim"), Text(one.url, style="cyan"))
    data = {"addresses": [asdict(one) for one in addresses]}
    answer(given, data, Text(), table, Text(), Text(say("serve.up"), style="dim"))
    sys.stdout.flush()


def own(running: Running) -> list[Address]:
    """The addresses of both listeners: each office's site and feeds, the posters, the status page."""
    configuration = running.house.configuration
    settings = configuration.installation
    inner = f"http://{settings.inner_host}:{settings.inner_port}"
    found = running.house.store.read(lambda c: c.execute(select(endpoint.c.office, endpoint.c.channel)).all())
    there = {(row.office, row.channel) for row in found}
    addresses = []
    for name, office in configuration.offices.items():
        site = f"{configuration.public_url}{office.path}"
        short = office.short if len(configuration.offices) > 1 else ""
        if (name, "website") in there:
            addresses.append(Address("site", f"{site}/", short))
        if (name, "feed") in there:
            addresses.append(Address("feeds", f"{site}/feeds/all.atom", short))
    if any(channel == "poster" for _, channel in there):
        addresses.append(Address("posters", f"{inner}/posters"))
    return [*addresses, Address("status", f"{inner}/")]
