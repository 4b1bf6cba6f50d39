"""``gongkai run`` (``make run``): as ``up``, in a sample folder that is made where there is none, with its outlets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from config.clock import clock_of
from config.messages import say
from config.settings import SettingsError, read
from producers.command.exits import Exit
from producers.command.failures import Failed, explain
from producers.command.given import Given, named
from producers.command.progress import progress
from producers.command.served import Address, ended, own, served, tell
from producers.command.show import aside
from producers.sample_home import GROUP, PARTNER, SANDBOX, is_sample_home, load_samples, move_sandbox, write_sample_home
from producers.serve.listeners import PortTaken, bind
from producers.serve.process import Running
from producers.serve.sandbox import Sandbox, SandboxFailed
from streams.embedded import hold_folder

GRACE = 4.0  # seconds: it only speaks to outlets on this machine, and those answer at once
FIRST = 8080  # port, where nothing is said


@named("run")
def command(given: Given) -> Exit:
    """Serve the sample folder; its notices are published once."""
    home = given.home
    if not (home / "gongkai.toml").exists():
        port = _port()
        for one in (port, port + 1, port + 2):  # before anything is written: what is written keeps them
            _refuse_taken(one)
        write_sample_home(home, port, clock_of().now())
        aside().print(say("serve.sample_made", home=home))
    hold_folder(home).close()  # refused before anything is started
    if os.environ.get("PORT") and is_sample_home(home):
        move_sandbox(home, _port() + 2)
    with _sandbox(home) as shown:

        def ready(running: Running) -> None:
            tell(given, [*own(running), *shown])
            if is_sample_home(home):
                _load(given, running)

        whole = served(given, home, ready, grace=GRACE)
    return ended(whole)


@contextmanager
def _sandbox(home: Path) -> Iterator[list[Address]]:
    """Run the sample's partner, its group's robot, official account and SMS vendor; where to look at them."""
    endpoints = read(home).endpoints if is_sample_home(home) else {}
    partner, group, account, phones, *_ = (endpoints.get(name) for name in SANDBOX)  # reminders: to the same
    if partner is None:
        yield []
        return
    url = urlsplit(str(partner.options["url"]))
    _refuse_taken(url.port or 0)
    groups = {} if group is None else {GROUP: group.title}
    wechat = f"{account.options['appid']}={account.title}" if account else ""
    with Sandbox(home, {PARTNER: partner.title}, groups, url.port or 0, wechat=wechat) as sandbox:
        try:
            sandbox.wait()
        except SandboxFailed as failed:
            raise Failed(Exit.CONFIGURATION, "partner", cause=str(failed)) from None
        chats = [Address("group", f"{url.scheme}://{url.netloc}/group/{name}") for name in groups]
        accounts = [Address("wechat", f"{account.options['host']}/")] if account else []
        texts = [Address("phones", f"{phones.options['origin']}/phones")] if phones else []
        yield [Address("inbox", url.geturl()), *chats, *accounts, *texts]


def _load(given: Given, running: Running) -> None:
    """Publish the samples that are not published yet, as long as nobody ends the process."""
    try:
        steps = load_samples(running.house)
        done, total = next(steps)
        if done == total:
            return
        with progress(given, say("serve.samples_loading"), total) as bar:
            for _done in steps:
                bar.advance()
                if running.ending.is_set():
                    return
        aside().print(say("serve.samples_loaded", count=total))
    except Exception as error:  # a sample that cannot be published stops nothing else
        aside().print(say("serve.samples_failed", problem=explain(error).what))


def _refuse_taken(port: int) -> None:
    """Raises ``Failed`` when another program listens on ``port``."""
    try:
        bind("127.0.0.1", port).close()
    except PortTaken:
        raise Failed(Exit.CONFIGURATION, "port_taken", port=port) from None


def _port() -> int:
    given = os.environ.get("PORT") or str(FIRST)
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 65_534):
        raise SettingsError(say("serve.sample_port", port=given))
    return int(given)
