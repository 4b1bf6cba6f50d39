"""The systemd units: good by systemd itself where it is, and as hard as the containers."""

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from producers.command import main, up, worker
from producers.command.group import Group
from tests.deploy.units import FOLDER, NAMES, PROGRAM, copied, unit

WORKS = ("gongkai.service", "gongkai-worker@.service")
HARD = {
    "ProtectSystem": ["strict"],
    "ProtectHome": ["yes"],
    "PrivateTmp": ["yes"],
    "PrivateDevices": ["yes"],
    "NoNewPrivileges": ["yes"],
    "CapabilityBoundingSet": [""],
    "RestrictAddressFamilies": ["AF_INET AF_INET6 AF_UNIX"],
    "SystemCallFilter": ["@system-service", "~@privileged"],
    "UMask": ["0027"],
}
EXPOSURE = 20  # tenths of 10, by `systemd-analyze security`: below 2 is well protected


def test_they_are_all_here() -> None:
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_systemd_takes_them(name: str, tmp_path: Path) -> None:
    """Where there is no systemd, the parts that are ours are still looked at, here and below."""
    assert unit(name, "1")["User"] == unit(name, "1")["Group"] == ["gongkai"]
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    files = copied(tmp_path, Path(sys.executable).parent / "gongkai")
    own = next(file for file in files if file.name == name)
    for words in (["verify", "--man=no"], ["security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager"]):
        said = subprocess.run([analyze, *words, str(own)], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
        assert name not in said.stderr, said.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_writes_its_folder_and_nothing_else(name: str) -> None:
    found = unit(name, "7")
    assert {key: found[key] for key in HARD} == HARD
    (home,) = [text.split()[0].removeprefix("GONGKAI_HOME=") for text in found["Environment"]]
    assert found["ReadWritePaths"] == found["WorkingDirectory"] == [home]
    assert found["StateDirectory"] == [Path(home).name], "what systemd makes for a unit it may write"
    assert found["EnvironmentFile"] == ["-/etc/gongkai/environment"], "the password is no line of a unit"


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_runs_a_command_that_there_is(name: str) -> None:
    (line,) = unit(name, "7")["ExecStart"]
    program, command, *args = line.split()
    assert program == PROGRAM
    assert isinstance(main, Group)
    found = main.get_command(click.Context(main), command)
    assert found is not None
    found.make_context(command, args)  # raises for anything that is not understood


@pytest.mark.parametrize("name", WORKS)
def test_a_unit_that_works_is_started_again_and_waited_for(name: str) -> None:
    found = unit(name, "7")
    assert found["Restart"] == ["on-failure"]
    assert found["StartLimitIntervalSec"] == ["0"]
    assert int(found["TimeoutStopSec"][0]) > max(2 * up.GRACE, worker.GRACE) + 5
    assert "Requires" not in found, "migrating that fails for a while would end this one for good"
    assert "gongkai-migrate.service" in found["Wants"][0].split()
    assert "gongkai-migrate.service" in found["After"][0].split()


def test_workers_are_told_apart() -> None:
    first, second = (unit("gongkai-worker@.service", number) for number in ("1", "2"))
    for key in ("ExecStart", "WorkingDirectory", "Environment"):
        assert first[key] != second[key]
