"""PostgreSQL among several processes: who leads, who stands still, and how many connections there are."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text

from config.clock import DrivenClock
from streams.store.migrate import open_store
from streams.store.postgresql import LINE, LINES, PostgresStore
from streams.store.seat import BEAT, SILENCE, Seat
from streams.store.store import StoreUnavailable, Tx
from streams.store.tables import offset
from tests.source import ROOT
from tests.waiting import until


def test_a_seat_is_one_processs_until_it_leaves(postgres_url: str) -> None:
    one, other = PostgresStore(postgres_url, DrivenClock()), PostgresStore(postgres_url, DrivenClock())
    with closing(one), closing(other):
        assert not one.is_taken("leader")
        with seated(one, "leader") as first:
            until(first.is_ours)
            with seated(other, "leader") as second, seated(other, "another") as free:
                until(free.is_ours)
                assert not second.is_ours()
                assert other.is_taken("leader")
            with seated(other, "leader") as second:
                with suppress(AssertionError):
                    until(second.is_ours, 3 * BEAT)
                assert not second.is_ours()
                assert first.is_ours()
        assert not other.is_taken("leader")


def test_a_seat_is_free_again_when_its_process_stands_still(postgres_url: str, tmp_path: Path) -> None:
    script = f"""
from config.clock import SystemClock
from streams.store.postgresql import PostgresStore
from streams.store.seat import BEAT, SILENCE, Seat
seat = PostgresStore({postgres_url!r}, SystemClock()).seat("leader")
seat.ask()
while True:
    SystemClock().wait(__import__("threading").Event(), 0.05)
    print(seat.is_ours(), flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        until(lambda: process.stdout is not None and process.stdout.readline() == "True\n")
        process.send_signal(signal.SIGSTOP)
        with closing(PostgresStore(postgres_url, DrivenClock())) as store, seated(store, "leader") as seat:
            begun = time.monotonic()
            until(seat.is_ours)
            assert time.monotonic() - begun < SILENCE / 1000 + 3 * BEAT
            process.send_signal(signal.SIGCONT)
            until(lambda: process.stdout is not None and process.stdout.readline() == "False\n")
            assert seat.is_ours()
        process.kill()


def test_a_process_that_stands_still_in_a_transaction_holds_up_the_others_for_seconds_only(postgres_url: str) -> None:
    with closing(open_store(postgres_url, DrivenClock())) as store:
        store.write(lambda tx: tx.connection.execute(offset.insert().values(stage="a", position=1)))
        locked, thawed = threading.Event(), threading.Event()

        def frozen(tx: Tx) -> None:
            tx.connection.execute(offset.update().values(position=2))
            locked.set()
            thawed.wait(60)
            tx.connection.execute(offset.update().values(position=3))

        with ThreadPoolExecutor(1) as another:
            stands_still = another.submit(store.write, frozen)
            locked.wait(60)
            store.write(lambda tx: tx.connection.execute(offset.update().values(position=4)))
            thawed.set()
            with pytest.raises(StoreUnavailable):
                stands_still.result()
        assert store.read(lambda c: c.execute(select(offset.c.position)).scalar()) == 4


def test_a_server_that_is_gone_without_a_word_is_given_up_within_seconds(postgres_url: str) -> None:
    """A cable that was pulled says nothing, and the kernel by itself would wait for minutes."""
    with closing(open_store(postgres_url, DrivenClock())) as store:
        found = store.read(lambda c: c.connection.driver_connection.info.get_parameters())  # type: ignore[union-attr]  # psycopg's
        assert {name: found[name] for name in LINE} == {name: str(value) for name, value in LINE.items()}


def test_a_line_that_is_cut_in_the_middle_of_an_act_is_the_databases_trouble(postgres_url: str) -> None:
    """Whatever the act does about the failure: nothing was changed, and nobody's data is at fault."""
    cut = text("select pg_terminate_backend(pid) from pg_stat_activity where pid = :pid")

    def goes_on(tx: Tx) -> None:
        pid = tx.connection.execute(text("select pg_backend_pid()")).scalar()
        store.read(lambda c: c.execute(cut, {"pid": pid}))
        with suppress(Exception):
            tx.connection.execute(select(offset))
        tx.connection.execute(offset.insert().values(stage="a", position=1))

    def saves(tx: Tx) -> None:
        with tx.savepoint():
            goes_on(tx)

    with closing(open_store(postgres_url, DrivenClock())) as store:
        for act in (goes_on, saves):
            with pytest.raises(StoreUnavailable):
                store.write(act)
        assert store.read(lambda c: c.execute(select(offset)).all()) == []


@pytest.mark.parametrize("amid", [True, False], ids=["amid", "behind"])
@pytest.mark.parametrize("waits", [True, False], ids=["waited_for", "skipped"])
def test_nor_does_one_that_stands_still_with_statements_sent_together(
    postgres_url: str, *, waits: bool, amid: bool
) -> None:
    """The server takes such a client for a busy one, and knows no limit for it. Others wait before it falls silent.

    Behind them it sees one that is idle, and knows no limit either when it was asked to hurry with what it had to say.
    """
    script = f"""
import os, signal, sys, threading
from config.clock import SystemClock
from streams.store.postgresql import PostgresStore
from streams.store.store import StoreUnavailable
def stands_still():
    print("holds the row", flush=True)
    SystemClock().wait(threading.Event(), 1)
    os.kill(os.getpid(), signal.SIGSTOP)
def rows():
    for number in range(9_000):
        if {amid} and number == 8_000:
            stands_still()
        yield (number,)
def frozen(tx):
    driver = tx.connection.connection
    driver.cursor().executemany('update "offset" set position = %s', rows())
    driver.pgconn.send_flush_request()
    driver.pgconn.flush()
    if not {amid}:
        stands_still()
try:
    PostgresStore({postgres_url!r}, SystemClock()).write(frozen)
except StoreUnavailable:
    sys.exit(7)
"""
    with closing(open_store(postgres_url, DrivenClock())) as store:
        store.write(lambda tx: tx.connection.execute(offset.insert().values(stage="a", position=-1)))
        with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "holds the row\n"
            if waits:
                store.write(lambda tx: tx.connection.execute(offset.update().values(position=-4)))
            else:
                until(store.end_the_still)
            process.send_signal(signal.SIGCONT)
            assert process.wait(60) == 7, "it must learn that its transaction came to nothing"
        assert store.read(lambda c: c.execute(select(offset.c.position)).scalar()) == (-4 if waits else -1)


def test_however_many_threads_ask_the_connections_are_few(postgres_url: str) -> None:
    """PostgreSQL takes a hundred by default, from all processes together."""
    slow = text("select pg_sleep(0.05)")
    mine = text("select count(*) from pg_stat_activity where datname = current_database()")
    with closing(PostgresStore(postgres_url, DrivenClock())) as store, ThreadPoolExecutor(64) as threads:
        asked = [threads.submit(store.read, lambda c: c.execute(slow)) for _ in range(64)]
        asked += [threads.submit(store.write, lambda tx: tx.connection.execute(slow)) for _ in range(64)]
        for one in asked:
            one.result()
        assert store.read(lambda c: c.execute(mine).scalar_one()) <= 2 * LINES


@contextmanager
def seated(store: PostgresStore, name: str) -> Iterator[Seat]:
    """Somebody who asks for a seat."""
    seat = store.seat(name)
    seat.ask()
    yield seat
    seat.leave()
