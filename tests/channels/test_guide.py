"""The guide to adding a channel is true: the channel that it adds keeps the contract, and its tables are complete."""

import inspect
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from channels import base
from channels.base import Nature, Slot, load, names
from config.channels import channel_title
from tests.source import ROOT

GUIDE = (ROOT / "channels" / "README.md").read_text("utf-8")
BLOCK = re.compile(
    r'^```\w+ file=(?P<file>\S+)(?: (?P<append>append)| below="(?P<below>[^"]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
NAME = "board"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
RUFF = (sys.executable, "-m", "ruff")


@dataclass(frozen=True)
class Block:
    """A file of the guide, or what is added to one."""

    file: str
    text: str
    appended: bool
    below: str = ""  # how the line begins that it is put below

    def put_into(self, old: str) -> str:
        """The file with it."""
        if not self.below:
            return f"{old}\n{self.text}" if self.appended else self.text
        lines = old.splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines, 1) if line.startswith(self.below))
        return "".join([*lines[:place], self.text, *lines[place:]])


def blocks() -> list[Block]:
    """Everything that the guide adds."""
    return [
        Block(one["file"], one["text"], bool(one["append"] or one["below"]), one["below"] or "")
        for one in BLOCK.finditer(GUIDE)
    ]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    below = GUIDE.partition(f"# {heading}\n")[2]
    table = re.search(r"^\|.*?\n\n", below, re.MULTILINE | re.DOTALL)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[0].splitlines()[2:] if line]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the guide's channel in it."""
    copy = tmp_path_factory.mktemp("program")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    (copy / ".cache").symlink_to(ROOT / ".cache")  # the fonts
    if (known := ROOT / ".mypy_cache").exists():  # of types, where they were looked at before: only the new are, then
        shutil.copytree(known, copy / known.name)
    for block in blocks():
        target = copy / block.file
        target.parent.mkdir(parents=True, exist_ok=True)
        assert target.exists() == block.appended, (
            f"{block.file}: the guide takes it for {'old' if block.appended else 'new'}"
        )
        target.write_text(block.put_into(target.read_text("utf-8") if block.appended else ""), "utf-8")
    for command in (["init", "--quiet"], ["add", "--all", "--", ".", ":!.cache"]):  # git is asked what is there
        subprocess.run(["git", *command], cwd=copy, capture_output=True, check=True)
    return copy


def run(program: Path, *command: str) -> str:
    """What a command says in the copy, where it must succeed."""
    done = subprocess.run(command, cwd=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    return done.stdout


def test_it_is_one_file_one_template_one_table_and_a_row_a_test_and_words_for_each_limit_and_two_rows() -> None:
    assert [block.file for block in blocks()] == [
        f"channels/{NAME}.py",
        f"templates/{NAME}/line.txt",
        "config/channels.toml",
        "config/limits.toml",
        f"config/messages/{NAME}.toml",
        f"tests/channels/test_{NAME}.py",
        "channels/README.md",
        "docs/configuration.md",
    ]


@pytest.mark.timeout(600)
def test_the_channel_of_the_guide_keeps_the_contract(program: Path) -> None:
    """Its tests appear by themselves: as many as any channel's."""
    files = ["tests/channels/test_contract.py", "tests/channels/test_figures_locked.py"]
    said = run(program, *PYTEST, "-k", NAME, *files, f"tests/channels/test_{NAME}.py")
    passed, apart = (int(re.search(rf"(\d+) {word}", said)[1]) for word in ("passed", "deselected"))  # type: ignore[index]  # pytest says so
    assert "skipped" not in said
    assert passed - 3 == (apart - 1) // len(names()), "fewer tests than other channels have"


# A name, what it does wrong in the guide's channel, and the test that must see it.
SPOILT = {
    "hasty": (
        'return Accepted(ask_again_at=ask_at(0, now), scratch={"asked": 0})',
        "return Delivered()",
        "test_whatever_the_outlet_does_the_loop_ends_within_the_contract_and_honestly",
    ),
    "forgetful": (
        "            if not shelf.put(_item(work)):\n                return False\n"
        "            write(self.tools.place, [(FILE, self._lines(shelf))])\n",
        "            write(self.tools.place, [(FILE, work.rendition.main.body)])\n",
        "test_what_is_older_changes_nothing_where_the_newer_stands",
    ),
    "growing": (
        "write(self.tools.place, [(FILE, self._lines(shelf))])",
        'write(self.tools.place, [(f"{len(list(self.tools.place.rglob(chr(42))))}.txt", self._lines(shelf))])',
        "test_over_the_real_public_listener_the_loop_ends_and_no_slot_is_left_open",
    ),
    "moody": (
        "if found := list(_broken(line)):",
        'line += max("甲乙丙丁", key=lambda char: hash(char + line))\n        if found := list(_broken(line)):',
        "test_making_it_again_gives_the_same_bytes_here_and_in_another_process",
    ),
    "open": (
        "        message = closed(message)\n",
        "",
        "test_hostile_words_are_said_as_they_are_or_refused_and_never_obeyed",
    ),
    "wild": (
        'found or say("board.unreadable")',
        "found + str()",
        "test_whatever_the_outlet_does_the_loop_ends_within_the_contract_and_honestly",
    ),
}


@pytest.mark.timeout(600)
def test_a_channel_that_is_spoilt_breaks_the_contract(program: Path) -> None:
    """Each of them in its own way, found by the test that is there for it."""
    source = next(block.text for block in blocks() if block.file == f"channels/{NAME}.py")
    table = next(block.text for block in blocks() if block.file == "config/channels.toml")
    tables = program / "config" / "channels.toml"
    whole = tables.read_text("utf-8")
    for name, (right, wrong, _) in SPOILT.items():
        assert right in source, name
        spoilt = source.replace(right, wrong).replace(f'name = "{NAME}"', f'name = "{name}"')
        (program / "channels" / f"{name}.py").write_text(spoilt, "utf-8")
        tables.write_text(f"{tables.read_text('utf-8')}\n{table.replace(NAME, name)}", "utf-8")
    wanted = " or ".join(f"({test} and {name})" for name, (_, _, test) in SPOILT.items())
    command = [*PYTEST, "--tb=no", "-rfE", "-k", wanted, "tests/channels/test_contract.py"]
    said = subprocess.run(command, cwd=program, capture_output=True, text=True, check=False).stdout
    tables.write_text(whole, "utf-8")
    for name, (_, _, test) in SPOILT.items():
        (program / "channels" / f"{name}.py").unlink()
        assert re.search(rf"^FAILED \S+::{test}\[([^\]]*-)?{name}\]", said, re.MULTILINE), (
            f"{name} passes {test}\n{said}"
        )


@pytest.mark.timeout(600)
def test_the_channel_of_the_guide_keeps_the_rules_of_the_house(program: Path) -> None:
    """All that `make check` looks at and that a channel can break."""
    run(program, *PYTEST, "tests/test_house_rules.py", "tests/test_configuration_guide.py")
    run(program, *PYTEST, "-k", "its_table", "tests/channels/test_guide.py")
    few = "t02 or t06b or t09 or t14"  # the contract has all
    run(program, *PYTEST, "-k", few, "tests/producers/test_every_kind.py")
    python = [block.file for block in blocks() if block.file.endswith(".py")]
    run(program, *RUFF, "check", "--no-cache")
    run(program, *RUFF, "format", "--no-cache", "--check")
    run(program, sys.executable, "-m", "mypy", *python)


def test_its_table_of_channels_is_the_configurations() -> None:
    told = [[cell.strip("`") for cell in row[:4]] for row in rows("Adding a channel")]
    assert told == [
        [name, channel_title(name, english=False), load(name).nature.value, "yes" if load(name).leaves else "no"]
        for name in names()
    ]


def test_its_tables_of_natures_slots_and_attributes_are_the_contracts() -> None:
    assert [row[0].strip("`") for row in rows("Natures")] == [nature.value for nature in Nature]
    assert [row[0].strip("`") for row in rows("Slots")] == [slot.value for slot in Slot]
    told = {row[0].strip("`()") for row in rows("What it says of itself")}
    steps = {"render", "next_step", "send", "read_back", "compare", "rebuild"}  # told in the life of a message
    assert told | steps == {name for name in vars(base.Channel) if not name.startswith("_")} | set(
        inspect.get_annotations(base.Channel)
    )


def test_its_table_of_answers_and_exceptions_is_the_contracts() -> None:
    told = {found[1] for row in rows("Answers and exceptions") if (found := re.match(r"`(\w+)", row[0]))}
    answers = {answer.__name__ for answer in get_args(base.Answer)}
    raised = {base.TryAgain, base.Refused, base.Gone, base.Unsure, base.NeverFound}
    assert told == answers | {one.__name__ for one in raised}
