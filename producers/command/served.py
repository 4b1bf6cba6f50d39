"""What ``up`` and ``run`` share: start, say where to look, end; and what is said when starting fails."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.command.show import answer, aside
from producers.serve.listeners import BadHost, NotLoopback, PortTaken
from producers.serve.process import Running, serve

Address = tuple[str, str]  # name of its message, URL


def served(given: Given, home: Path, ready: Callable[[Running], None], *, grace: float) -> bool:
    """Serve ``home`` until told to end; True when everything came to its end. See ``producers.serve.process``."""
    try:
        return serve(home, ready=ready, stopping=lambda: aside().print(say("serve.stopping")), grace=grace)
    except PortTaken as taken:
        raise Failed(Exit.CONFIGURATION, "port_taken", port=taken.port) from None
    except NotLoopback as refused:
        raise Failed(Exit.CONFIGURATION, "not_loopback", host=refused.host) from None
    except BadHost as refused:
        raise Failed(Exit.CONFIGURATION, "bad_host", host=refused.host) from None


def ended(whole: bool) -> Exit:
    """Say that it is over. What still sends is not waited for: then this does not return."""
    aside().print(say("serve.stopped" if whole else "serve.stopped_hard"))
    if not whole:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(Exit.DONE)  # threads that wait for an answer would hold the process for up to 15 s more
    return Exit.DONE


def tell(given: Given, addresses: list[Address]) -> None:
    """Where to look: Chinese, English, address."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, url in addresses:
        table.add_row(Text(say(name, "zh"), style="bold"), Text(say(name, "en"), style="dim"), Text(url, style="cyan"))
    data = {name.removeprefix("serve.the_"): url for name, url in addresses}
    answer(given, data, Text(), table, Text(), Text(say("serve.up"), style="dim"))
    sys.stdout.flush()


def own(running: Running) -> list[Address]:
    """The addresses of both listeners: those of each office's site and feeds, the posters, the status page."""
    configuration = running.house.configuration
    settings = configuration.installation
    inner = f"http://{settings.inner_host}:{settings.inner_port}"
    found: list[Address] = []
    for office in configuration.offices.values():
        site = f"{configuration.public_url}{office.path}"
        found += [("serve.the_site", f"{site}/"), ("serve.the_feeds", f"{site}/feeds/all.atom")]
    return [*found, ("serve.the_posters", f"{inner}/posters"), ("serve.the_status", f"{inner}/")]
