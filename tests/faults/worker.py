"""Processes to be killed: ``run`` works a data folder, ``publish`` publishes a row of notices into it, ``serve`` is its
public listener and no more."""

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from producers.correct import NotOpen, correct
from producers.house import house
from producers.publish import publish
from producers.serve.listeners import bind
from producers.serve.logs import set_up
from producers.withdraw import withdraw
from streams.embedded import hold_folder
from tests.faults.rig import draft
from tests.journeys.served import served

CORRECTED, WITHDRAWN = 3, 5  # each so many
LOOK = 0.5  # seconds between two looks whether the engine works


def messages_of(number: int) -> int:
    """How many messages the notice ``number`` gets in the end."""
    return 1 + (number % CORRECTED == 0) + (number % WITHDRAWN == 0)


def aloud(word: str) -> None:
    """For whoever reads our output."""
    print(word, flush=True)  # noqa: T201  # whoever kills us waits for it


def run(home: Path, *, say: Callable[[str], None] = aloud) -> None:
    """Hold the folder and work it until killed, or until its engine does not work any more."""
    lock = hold_folder(home)
    with house(home) as here:
        set_up(here.clock)  # to the standard error: nobody reads on after the first word, and a full pipe holds up all
        engine = here.engine()
        engine.start()
        say("ready")
        while engine.is_alive():
            threading.Event().wait(LOOK)
    lock.close()
    raise SystemExit("the engine does not work any more")


def publish_row(home: Path, first: int, last: int, *, say: Callable[[str], None] = aloud) -> None:
    """Publish notices ``first`` to ``last``, correct each third and withdraw each fifth.

    What an earlier start has done already stays as it is.
    """
    with house(home) as here:
        for number in range(first, last + 1):
            done = publish(here, draft(home, number), by="测试")
            with suppress(NotOpen):  # an earlier start has withdrawn it
                if number % CORRECTED == 0:
                    correct(
                        here, done.notice, draft(home, number, added="补充"), note="补充说明。", minor=False, by="测试"
                    )
                if number % WITHDRAWN == 0:
                    withdraw(here, done.notice, reason="重复发布", by="测试")
            say(done.notice)  # the acknowledgement: only after the commit


def serve(home: Path, port: int, *, say: Callable[[str], None] = aloud) -> None:
    """Answer the public until killed; several may, from one store."""
    with house(home) as here, bind("127.0.0.1", port) as listening, served(here, listening):
        say("ready")
        threading.Event().wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", home]:
            run(Path(home))
        case ["publish", home, first, last]:
            publish_row(Path(home), int(first), int(last))
        case ["serve", home, port]:
            serve(Path(home), int(port))
