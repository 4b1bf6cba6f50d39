"""Every point at which a process may die with something half done: discovered by running, not listed by hand.

``watch`` numbers each commit, fsync, rename, removal and outbound request of this process and can end the process,
as ``kill -9`` does, right before or right after any of them.
"""

import multiprocessing
import os
import pickle
import sqlite3
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests.adapters

DEAD = 137
OURS = ("streams", "channels", "producers")
ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Point:
    """The ``nth`` passage of a place in the code, before or after what is done there."""

    label: str  # what, and where in our code; the first commit that follows an answer is one of its own
    nth: int
    after: bool
    to: str = field(default="", compare=False)  # of a request: the path that is asked


@dataclass
class Watch:
    """Counts passages; ends the process at ``die_at``."""

    die_at: Point | None = None
    passed: list[Point] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    answered: bool = False  # since the last commit

    def around(self, what: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """``act`` with a point before and one after it."""

        def acted(*args: Any, **named: Any) -> Any:
            answer = " after an answer" if what == "commit" and self.answered else ""
            label = f"{what}{answer} at {_place()}"
            to = urlsplit(args[1].url).path if what == "request" else ""
            self.counts[label] = nth = self.counts.get(label, 0) + 1
            self._pass(Point(label, nth, after=False, to=to))
            if what == "commit":
                self.answered = False
            value = act(*args, **named)
            if what == "request":
                self.answered = True
            self._pass(Point(label, nth, after=True, to=to))
            return value

        return acted

    def _pass(self, point: Point) -> None:
        self.passed.append(point)
        if point == self.die_at:
            os._exit(DEAD)


def watch(die_at: Point | None = None) -> Watch:
    """Watch this process from here on."""
    seen = Watch(die_at)
    for name in ("fsync", "replace", "rename", "unlink"):
        setattr(os, name, seen.around(name, getattr(os, name)))
    adapter = requests.adapters.HTTPAdapter
    setattr(adapter, "send", seen.around("request", adapter.send))  # noqa: B010  # a method may not be assigned to

    class Connection(sqlite3.Connection):
        """SQLite with a point around every commit, whoever wrote it."""

        def execute(self, sql: str, *args: Any) -> Any:
            act = super().execute
            return (seen.around("commit", act) if _commits(sql) else act)(sql, *args)

        def cursor(self, *args: Any, **named: Any) -> Any:
            return super().cursor(Cursor)

    class Cursor(sqlite3.Cursor):
        """A cursor that commits through a point."""

        def execute(self, sql: str, *args: Any) -> Any:
            act = super().execute
            return (seen.around("commit", act) if _commits(sql) else act)(sql, *args)

    plain = sqlite3.connect
    watched: Any = lambda *args, **named: plain(*args, **{"factory": Connection, **named})  # noqa: E731  # one line
    sqlite3.connect = watched
    sqlite3.dbapi2.connect = watched  # what SQLAlchemy calls
    return seen


def told(story: Callable[[Watch], object], result: Path, die_at: Point | None = None) -> int:
    """Tell the story in a process of its own, which may die in the middle; its exit code.

    In ``result`` stands what it passed, or why it failed.
    """
    process = multiprocessing.get_context("fork").Process(target=_tell, args=(story, result, die_at))
    process.start()
    process.join(60)
    assert process.exitcode is not None, "the story came to no end"
    return process.exitcode


def _tell(story: Callable[[Watch], object], result: Path, die_at: Point | None) -> None:
    seen = watch(die_at)
    try:
        story(seen)
    except BaseException:  # the parent shows it
        result.write_text(traceback.format_exc())
        os._exit(1)
    result.write_bytes(pickle.dumps(seen.passed))
    os._exit(0)


def chosen(points: list[Point], most: int) -> list[Point]:
    """All points in the soak; else at most so many of each place, spread over the story, first and last among them."""
    if "GONGKAI_SOAK" in os.environ:
        return points
    picked = []
    for label in dict.fromkeys(point.label for point in points):
        passages = [point for point in points if point.label == label]
        last = len(passages) - 1
        spread = {round(step * last / (most - 1)) for step in range(most)}
        picked += [passages[index] for index in sorted(spread)]
    return picked


def _commits(sql: str) -> bool:
    return sql.strip().upper().startswith("COMMIT")


def _place() -> str:
    """File and function of ours nearest to where we are."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(ROOT) and file[len(ROOT) + 1 :].split("/")[0] in OURS:
            return f"{file[len(ROOT) + 1 :]}:{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return "elsewhere"
