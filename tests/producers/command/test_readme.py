"""README's way from an empty file to a withdrawn notice, typed as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from producers.command.exits import Exit
from tests.journeys.town import Outlet, furnish
from tests.producers.command.conftest import Terminal
from tests.producers.command.test_write import FILLED
from tests.producers.serve.processes import free_ports, started
from tests.source import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def lines() -> list[list[str]]:
    """The commands below `## Publish a notice`."""
    block = re.search(r"## Publish a notice\n.*?```sh\n(.*?)```", README, re.DOTALL)
    assert block
    return [shlex.split(line, comments=True) for line in block[1].splitlines()]


def test_a_notice_is_published_corrected_and_withdrawn_as_the_readme_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, port = tmp_path / "home", free_ports(2)
    furnish(home, port, [Outlet("site", "website"), Outlet("feeds", "feed"), Outlet("hall", "poster")])
    file = home / "gongkai.toml"
    file.write_text(re.sub(r"(?ms)^\[offices\.ybj\].*?(?=^\[endpoints)", "", file.read_text("utf-8")), "utf-8")
    monkeypatch.chdir(tmp_path)
    gongkai, notice = Terminal(home), ""
    with started("up", home, port):
        for program, *args in lines():
            if program == "nano":
                edit(tmp_path / args[0])
            elif program == "gongkai":
                said = gongkai(*(notice if arg == "NOTICE" else arg for arg in args))
                assert said.exit == Exit.DONE, (args, said.out, said.err)
                if args[0] == "publish":
                    notice = next(iter(re.findall(r"http\S+", said.out)), notice)
    assert notice


def edit(file: Path) -> None:
    """What an author does there: everything that is the example's, and a sentence more."""
    text = file.read_text("utf-8")
    for mark, filled in FILLED.items():
        text = text.replace(mark, filled)
    file.write_text(f"{text}\n请相互转告。\n", "utf-8")
