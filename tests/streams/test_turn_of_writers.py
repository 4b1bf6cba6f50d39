"""Two processes that write to one SQLite file: who waits is let in next, and a turn that cannot be had stops nobody."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from config.clock import DrivenClock
from streams.store import turn as turn_module
from streams.store.migrate import open_store
from streams.store.sqlite import SqliteStore
from streams.store.store import Store, Tx
from tests.stores import lay_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An empty store."""
    lay_store(tmp_path / "gongkai.sqlite")
    return tmp_path / "gongkai.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    """One that writes to it."""
    with closing(open_store(f"sqlite:///{file}", DrivenClock())) as opened:
        yield opened


def test_who_waits_is_let_in_before_the_other_writes_again(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite alone lets in whoever asks at the right moment: the one that has just committed."""
    monkeypatch.setattr(turn_module, "PATIENCE", 60.0)
    order: list[str] = []
    with ThreadPoolExecutor(3) as threads, closing(SqliteStore(file, DrivenClock())) as busy:
        for number in range(20):
            begun, go_on = threading.Event(), threading.Event()
            acts = [threads.submit(busy.write, noting(order, f"busy {number}", begun, go_on))]
            assert begun.wait(20)
            acts.append(threads.submit(store.write, noting(order, f"ours {number}")))
            until(lambda: not is_free(file))
            acts.append(threads.submit(busy.write, noting(order, f"again {number}")))
            until(lambda: not busy._acts.empty())  # asks as soon as it has committed
            go_on.set()
            for act in acts:
                act.result(20)
    assert order == [f"{who} {number}" for number in range(20) for who in ("busy", "ours", "again")]


def noting(
    order: list[str], name: str, begun: threading.Event | None = None, go_on: threading.Event | None = None
) -> Callable[[Tx], None]:
    """An act that notes that it was done, and may be kept from its end."""

    def act(_: Tx) -> None:
        order.append(name)
        if begun and go_on:
            begun.set()
            go_on.wait(20)

    return act


def test_a_turn_that_is_never_given_back_costs_one_wait_and_not_one_for_each_commit(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process is stopped (Ctrl-Z) while it has the turn."""
    monkeypatch.setattr(turn_module, "PATIENCE", 0.05)
    tries: list[int] = []
    really = turn_module._refusal

    def refusal(asked: int) -> OSError | None:
        tries.append(asked)
        return really(asked)

    monkeypatch.setattr(turn_module, "_refusal", refusal)
    done: list[str] = []
    with taken(file):
        store.write(noting(done, "waited"))
        waited = len(tries)
        for _ in range(3):
            store.write(noting(done, "at once"))
    assert waited > 1
    assert len(tries) == waited + 3
    store.write(noting(done, "free"))
    with taken(file):
        store.write(noting(done, "waited again"))
    assert len(tries) > waited + 3 + 1 + 1
    assert len(done) == 6


def test_where_no_turn_can_be_had_writing_goes_on(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    store.write(noting(done, "with"))

    def without_locks(*_: object) -> None:
        raise OSError("no locks here")

    monkeypatch.setattr(fcntl, "flock", without_locks)
    store.write(noting(done, "without locks"))
    turn_of(file).unlink()
    turn_of(file).mkdir()
    with closing(SqliteStore(file, DrivenClock())) as other:
        other.write(noting(done, "without a file"))
    assert done == ["with", "without locks", "without a file"]


def turn_of(file: Path) -> Path:
    """The file whose lock is the turn."""
    return file.with_name(f"{file.name}-turn")


@contextmanager
def taken(file: Path) -> Iterator[None]:
    """Have the turn."""
    with turn_of(file).open("a") as asked:
        fcntl.flock(asked, fcntl.LOCK_EX)
        yield


def is_free(file: Path) -> bool:
    """Whether nobody has the turn."""
    with turn_of(file).open("a") as asked:
        try:
            fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def until(condition: Callable[[], bool]) -> None:
    """Until it holds; twenty seconds at most."""
    pause = threading.Event()
    for _ in range(4_000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("waited in vain")
