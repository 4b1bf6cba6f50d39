"""``audiences``: lists are read whole or not at all, kept sealed, replaced, and erased in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.clock import DrivenClock
from producers.command.exits import Exit
from streams.audiences import Audience, ErasedMeanwhile, define, listed, read_in
from streams.erase import erase, forget
from streams.recover import sweep
from streams.seal import Seal
from streams.store.migrate import open_store
from streams.store.store import Store
from tests.producers.command.conftest import Desk, Terminal
from tests.streams.installation import Installation

DAY = 86_400.0  # seconds
NAMED = ("--office", "rsj", "--title", "退休人员", "--basis", "社会保险法第四条")


def numbers(folder: Path, *lines: str) -> Path:
    """A list as an office has it."""
    file = folder / "名单.csv"
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_a_list_is_read_and_another_takes_its_place(gongkai: Terminal, desk: Desk) -> None:
    first = gongkai("audiences", "read", "pensioners", numbers(desk.folder, "13900000000", "13900000001"), *NAMED)
    assert first.exit == Exit.DONE
    assert "2 人" in first.out
    assert "secrets/numbers" in first.out, "the key was made, and must be backed up"
    key = gongkai.home / "secrets" / "numbers"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text("utf-8").strip() not in first.out
    (one,) = gongkai.ok("audiences", "list")["audiences"]
    assert one["keep_days"] == 180
    shorter = numbers(desk.folder, "13900000002"), *NAMED, "--keep-days", 30
    again = gongkai.ok("audiences", "read", "pensioners", *shorter)
    assert (again["recipients"], again["made_key"]) == (1, False)
    (one,) = gongkai.ok("audiences", "list")["audiences"]
    assert one["keep_days"] == 30
    assert (one["recipients"], one["kept"], one["basis"]) == (1, 3, "社会保险法第四条")
    shown = gongkai("audiences", "list").out
    assert "退休人员" in shown
    assert "1390" not in shown


@pytest.mark.parametrize("blank", ["--basis", "--title"])
def test_without_a_legal_basis_no_number_is_kept(gongkai: Terminal, desk: Desk, blank: str) -> None:
    at = NAMED.index(blank) + 1
    given = (*NAMED[:at], " ", *NAMED[at + 1 :])
    said = gongkai("audiences", "read", "pensioners", numbers(desk.folder, "13900000000"), *given)
    assert (said.exit, blank in said.err) == (Exit.USAGE, True)
    assert gongkai.ok("audiences", "list")["audiences"] == []


def test_a_line_that_is_no_number_changes_nothing(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("audiences", "read", "pensioners", numbers(desk.folder, "13900000000", "0871-63000000"), *NAMED)
    assert said.exit == Exit.WRONG
    assert "第 2 行" in said.err
    assert gongkai.ok("audiences", "list")["audiences"] == []
    assert not (gongkai.home / "secrets" / "numbers").exists()


def test_a_lost_key_is_no_reason_to_make_another(gongkai: Terminal, desk: Desk) -> None:
    file = numbers(desk.folder, "13900000000")
    gongkai.ok("audiences", "read", "pensioners", file, *NAMED)
    (gongkai.home / "secrets" / "numbers").unlink()
    said = gongkai("audiences", "read", "pensioners", file, *NAMED)
    assert said.exit == Exit.CONFIGURATION
    assert "numbers" in said.err
    (gongkai.home / "secrets" / "numbers").write_text("no key\n", "utf-8")
    said = gongkai("audiences", "read", "pensioners", file, *NAMED)
    assert said.exit == Exit.CONFIGURATION
    assert "no key" not in said.err
    changed = gongkai("audiences", "read", "pensioners", file, *NAMED[:-1], "另一个依据")
    assert changed.exit == Exit.CONFIGURATION
    assert "另一个依据" not in gongkai("audiences", "list").out, "nothing was changed"


def test_another_offices_list_is_not_ours(gongkai: Terminal, desk: Desk) -> None:
    file = numbers(desk.folder, "13900000000")
    gongkai.ok("audiences", "read", "pensioners", file, *NAMED)
    said = gongkai("audiences", "read", "pensioners", file, "--office", "ybj", *NAMED[2:])
    assert said.exit == Exit.WRONG
    assert "rsj" in said.err


def test_erased_and_opted_out_are_counted_and_on_record(gongkai: Terminal, desk: Desk) -> None:
    file = numbers(desk.folder, "13900000000", "13900000001")
    gongkai.ok("audiences", "read", "pensioners", file, *NAMED)
    assert gongkai.ok("audiences", "opt-out", file, "--office", "rsj", "--why", "来电")["new"] == 2
    assert gongkai.ok("audiences", "opt-out", file, "--office", "rsj", "--why", "来电")["new"] == 0
    assert gongkai.ok("audiences", "erase", "pensioners", "--why", "业务结束")["erased"] == 2
    (one,) = gongkai.ok("audiences", "list")["audiences"]
    assert (one["recipients"], one["kept"]) == (0, 0)
    assert gongkai("audiences", "erase", "nobody", "--why", "x").exit == Exit.WRONG
    assert gongkai.ok("verify")["findings"] == []


# -- in time -------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", DrivenClock())
    made.write(lambda tx: define(tx, Audience("a", "rsj", "甲", "第四条", 30), by="测试"))
    return made


def kept(store: Store) -> int:
    (one,) = store.read(listed)
    return one.kept


def test_a_replaced_list_is_erased_when_its_days_are_over(store: Store) -> None:
    seal, clock = Seal(Seal.new_key()), store.clock
    assert isinstance(clock, DrivenClock)
    read_in(store, seal, "a", ["13900000000", "13900000001"], by="测试")
    clock.advance(400 * DAY)
    assert forget(store) == 0, "the newest list is kept as long as it is the newest"
    read_in(store, seal, "a", ["13900000002"], by="测试")
    clock.advance(29 * DAY)
    assert forget(store) == 0
    clock.advance(1 * DAY)
    assert forget(store) == 0, "due, and a day is given to find that the clock is wrong"
    clock.advance(1 * DAY)
    assert forget(store) == 2
    assert kept(store) == 1


def test_whoever_keeps_house_erases_what_is_due(tmp_path: Path) -> None:
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'other.sqlite'}")
    here.store.write(lambda tx: define(tx, Audience("a", "rsj", "甲", "第四条", 30), by="测试"))
    seal = Seal(Seal.new_key())
    for number in ("13900000000", "13900000001"):
        read_in(here.store, seal, "a", [number], by="测试")
    for days in (31, 2):
        here.clock.advance(days * DAY)
        sweep(here.store, here.outlets, limit=10)
    assert kept(here.store) == 1, "the newest list alone"
    here.store.close()


def test_a_clock_that_leaps_for_a_moment_erases_nothing(store: Store) -> None:
    seal, clock = Seal(Seal.new_key()), store.clock
    assert isinstance(clock, DrivenClock)
    for number in ("13900000000", "13900000001"):
        read_in(store, seal, "a", [number], by="测试")
    clock.advance(400 * DAY)
    assert forget(store) == 0
    clock.advance(-400 * DAY)
    assert forget(store) == 0
    clock.advance(2 * DAY)
    assert forget(store) == 0
    clock.advance(29 * DAY)
    assert forget(store) == 0
    clock.advance(1 * DAY)
    assert forget(store) == 1


def test_a_list_whose_reading_was_cut_short_is_nobodys_and_erased(store: Store) -> None:
    seal, clock = Seal(Seal.new_key()), store.clock
    assert isinstance(clock, DrivenClock)

    def breaks_off() -> Iterator[str]:
        yield from (f"139{number:08}" for number in range(2_500))
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        read_in(store, seal, "a", breaks_off(), by="测试")
    (one,) = store.read(listed)
    assert (one.recipients, one.kept) == (0, 2_000)
    assert forget(store) == 0
    clock.advance(1 * DAY)
    assert forget(store) == 2_000
    assert kept(store) == 0


def test_what_is_erased_while_it_is_read_leaves_no_number_behind(store: Store) -> None:
    seal = Seal(Seal.new_key())

    def erased_on_the_way() -> Iterator[str]:
        yield from (f"139{number:08}" for number in range(2_500))
        erase(store, "a", why="业务结束", by="测试")
        yield from (f"138{number:08}" for number in range(2_500))

    with pytest.raises(ErasedMeanwhile):
        read_in(store, seal, "a", erased_on_the_way(), by="测试")
    (one,) = store.read(listed)
    assert (one.recipients, one.kept) == (0, 0)
