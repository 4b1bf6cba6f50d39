"""Whose turn it is among the processes that write to one SQLite file.

Who waits for SQLite's own lock asks again after longer and longer pauses, up to a tenth of a second. A busy engine lets
go of it for less than a millisecond between two commits, and would keep another process out for seconds. So whoever
wants to write asks for the turn first, and keeps it until it has the lock: who has just committed finds the turn taken,
and comes after.

A courtesy and no more. SQLite's lock decides who writes and tells what is wrong; where no turn can be had (no file can
be made, a file system without locks, a process that was stopped while it had it), it goes on without one.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection

PATIENCE = 1.0  # seconds for the turn and the lock together; then SQLite's own way of waiting
AGAIN = 0.001  # seconds between two tries


class Turn:
    """Of one store among those that write to ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = f"{file}-turn"
        self._patient = True
        self._pause = threading.Event()  # never set

    def begin(self, connection: Connection, *, busy: int) -> None:
        """Begin a transaction that writes; ``busy`` is what SQLite waits at last, in ms. Raises ``DBAPIError``."""
        driver, until = plain(connection), time.monotonic() + PATIENCE
        with self._taken():
            driver.execute("PRAGMA busy_timeout=0")
            try:
                while (refused := _refused(driver)) == sqlite3.SQLITE_BUSY and time.monotonic() < until:
                    self._pause.wait(AGAIN)
            finally:
                driver.execute(f"PRAGMA busy_timeout={busy}")
            if refused is not None:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # waits on, and tells what is wrong

    @contextmanager
    def _taken(self) -> Iterator[None]:
        try:
            asked = os.open(self._file, os.O_RDONLY | os.O_CREAT, 0o644)
        except OSError:
            yield
            return
        try:
            self._wait(asked)
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(asked, fcntl.LOCK_UN)  # closing alone would not, if the process has forked meanwhile
            os.close(asked)

    def _wait(self, asked: int) -> None:
        until = time.monotonic() + PATIENCE
        while not _is_ours(asked):
            if not self._patient or time.monotonic() >= until:
                self._patient = False  # not a second for each commit, as long as somebody keeps it
                return
            self._pause.wait(AGAIN)
        self._patient = True


def _is_ours(asked: int) -> bool:
    """Whether we have the turn, or none is to be had."""
    try:
        fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _refused(driver: sqlite3.Connection) -> int | None:
    """Begin, unless SQLite refuses: for what reason."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return error.sqlite_errorcode & 0xFF
    return None


def plain(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: for what is said many times a commit."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
