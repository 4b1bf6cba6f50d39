"""``docs/deploy.md``: its commands are good ones, and what it names is there."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from producers.command import main
from producers.command.group import Group
from streams.seal import Seal
from tests.deploy.compose import raw
from tests.deploy.units import NAMES
from tests.source import ROOT

TEXT = (ROOT / "docs" / "deploy.md").read_text("utf-8")
LINES = [line.strip() for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
OURS = [match[1] for line in LINES if (match := re.search(r"(?:gongkai|--no-deps web) ((?!--)[a-z-]+ ?.*)$", line))]
OURS = [line for line in OURS if line.split()[0] in main.list_commands(click.Context(main))]


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_ours_is_understood(line: str) -> None:
    command, *args = shlex.split(line)
    found = main.get_command(click.Context(main), command)
    assert found is not None
    assert not isinstance(found, Group)
    found.make_context(command, args)  # raises for anything that is not understood


def test_there_are_commands_of_ours_in_it() -> None:
    assert {line.split()[0] for line in OURS} == {"check", "publish", "status", "init", "worker"}


def test_the_key_that_it_makes_is_one(tmp_path: Path) -> None:
    (line,) = [line for line in LINES if "secrets/numbers" in line]
    (tmp_path / "installation" / "secrets").mkdir(parents=True)
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True)
    key = Seal((tmp_path / "installation" / "secrets" / "numbers").read_text("ascii"))
    assert key.open(key.close("13900000000")) == "13900000000"


def test_every_service_unit_and_volume_is_named() -> None:
    for name in (*raw()["services"], *NAMES):
        assert name in TEXT
    for line in LINES:
        if line.startswith("docker compose"):
            named = re.findall(r" (web|worker|migrate|postgres|kafka)\b", line)
            assert set(named) <= set(raw()["services"])
