"""Every failure of the house is told in words; a new one cannot be forgotten."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from config.messages import catalogue
from producers.command.exits import Exit
from producers.command.failures import RAISED, TRACEBACK, Failed, explain, tell
from tests.producers.command.conftest import Terminal
from tests.source import ROOT, python_files, tree

# Raised and caught inside: no command ever ends with one of these.
INSIDE = {
    "producers.schedule.overtaken.Overtaken",  # the scheduler looks again at once
    "channels.base.Gone",
    "channels.base.LimitsBroken",
    "channels.base.Refused",
    "channels.base.TryAgain",
    "channels.base.Unsure",
    "notices.problem.Wrong",
    "producers.audience_list.NoList",
    "producers.comments.table.NoTable",
    "producers.comments.table.WrongRows",
    "producers.comments.written.NotAForm",
    "producers.command.failures.Failed",
    "notices.calendar.term.Standing",
    "producers.calendar_file.NoCalendar",
    "producers.migrate.NotMovable",
    "producers.push_offer.NoPush",
    "producers.schedule.give_way.GivesWay",  # the scheduler goes on with it
    "producers.schedule.refusal.LetGo",
    "producers.schedule.refusal.Refusal",
    "producers.serve.listeners.BadHost",
    "producers.serve.listeners.NotLoopback",
    "producers.serve.listeners.PortTaken",
    "producers.serve.sandbox.SandboxFailed",
    "streams.ceiling.AboveCeiling",
    "streams.comments.take.OutOfTime",
    "streams.comments.take.SentBefore",
    "streams.deliver.Apart",
    "streams.events.Unreadable",
    "streams.kafka.access.NoAccess",
    "streams.kafka.access.ShutOut",
    "streams.persons.NoRecipients",
    "streams.store.address.BadAddress",
    "streams.store.move.compare.Differs",
    "streams.store.move.rows.CannotMove",
}


def raised_in_the_house() -> set[str]:
    """The full name of every exception that config, notices, streams and producers define, and channels' contract."""
    found = set()
    for file in python_files("config", "notices", "streams", "producers"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.ClassDef) and issubclass(getattr(import_module(module), node.name, int), Exception):
                found.add(f"{module}.{node.name}")
    return found


def test_every_exception_of_the_house_is_told_or_stays_inside() -> None:
    assert raised_in_the_house() - RAISED.keys() - INSIDE == set()
    assert {name for name in RAISED if not name.startswith("builtins.")} - raised_in_the_house() == set()


def test_every_failure_says_what_and_what_to_do() -> None:
    texts = catalogue("failure")
    told = {name for name in texts if not name.endswith("_fix")} - {"broken", "sentence", "stray", "scope"}
    told = {name for name in told if not name.startswith(("os_", "usage_"))}
    assert {name for name in told if f"{name}_fix" not in texts} == set()
    assert {name for _, name in RAISED.values()} <= told


@pytest.mark.parametrize(("name", "told"), RAISED.items())
def test_a_failure_is_known_by_its_name(name: str, told: tuple[Exit, str]) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(import_module(module), kind)
    if kind in ("FileRefused", "NotFit"):
        error = found([])
    elif kind == "UnicodeDecodeError":
        error = found("utf-8", b"\xff", 0, 1, "invalid start byte")
    elif kind in ("AmbiguousNotice", "SeveralTasks"):
        error = found("这里", ["甲", "乙"])
    else:
        error = found("这里")
    failure = explain(error)
    assert failure.exit == (Exit.CONFIGURATION if kind == "NotFit" else told[0])  # without a reason: nothing was ready
    assert failure.what
    assert failure.fix


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["publish"], "没有写 FILE"),
        (["bogus"], "没有命令 bogus"),
        (["new", "--bogus"], "没有选项 --bogus"),
        (["new", "--lang", "fr"], "可用：zh、en"),
        (["publish", "a", "--timeout", "0"], "可用：> 0"),
        (["tidy", "a", "b"], "多写了：b"),
        (["tidy", "没有.txt"], "没有这个文件"),
        (["tidy", "."], "这是文件夹"),
        (["endpoints", "pause", "site", "--why", "x", "--until", "2020-01-01"], "已经过了"),
        (["endpoints", "pause", "nope", "--why", "x"], "没有投放点“nope”"),
    ],
)
def test_no_english_stands_in_a_chinese_answer(gongkai: Terminal, args: list[str], said: str) -> None:
    answer = gongkai(*args)
    assert said in answer.out + answer.err
    for word in ("Missing", "Invalid", "No such", "unexpected", "requires", "Is a directory", "not one of"):
        assert word not in answer.out + answer.err


def test_english_says_it_in_english(gongkai: Terminal) -> None:
    assert "No such command" in gongkai("bogus", "--lang", "en").err
    assert "there is no such file" in gongkai("tidy", "没有.txt", "--lang", "en").err


def test_a_folder_without_configuration_is_named(tmp_path: Path) -> None:
    said = Terminal(tmp_path)("status")
    assert str(tmp_path / "gongkai.toml") in said.err
    assert "No such file" not in said.err


def test_an_error_of_the_program_shows_its_place_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACEBACK, raising=False)
    assert tell(KeyError("x"), []) is Exit.PROGRAM
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv(TRACEBACK, "1")
    assert tell(KeyError("x"), []) is Exit.PROGRAM
    assert "KeyError" in capsys.readouterr().err


def test_what_an_author_wrote_is_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Failed(Exit.WRONG, "unknown_notice", ["[bold]不是标记[/bold]"], cause="[red]x"), [])
    err = capsys.readouterr().err
    assert "[bold]不是标记[/bold]" in err
    assert "[red]x" in err


@pytest.mark.logs_errors
def test_a_store_that_cannot_be_used_is_told(gongkai: Terminal) -> None:
    (gongkai.home / "gongkai.sqlite").write_bytes(b"this is no database, however long one looks at it" * 100)
    said = gongkai("status")
    assert said.exit == Exit.STORE
    assert "什么都没有改变" in said.err


def test_a_newer_store_is_refused(gongkai: Terminal) -> None:
    import sqlite3
    from contextlib import closing

    gongkai.ok("status")
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        store.execute("update alembic_version set version_num = '9999'")
    said = gongkai("status")
    assert said.exit == Exit.STORE
    assert "9999" in said.err
    assert gongkai("check").exit == Exit.CONFIGURATION


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = Terminal(tmp_path / "file" / "home")("init")
    assert said.exit == Exit.WRONG
