"""Processes to be killed: ``run`` works a data folder, ``publish`` publishes a row of notices into it."""

import sys
import threading
from pathlib import Path

from producers.house import house
from producers.publish import publish
from streams.embedded import hold_folder
from tests.faults.rig import draft


def run(home: Path) -> None:
    """Hold the folder and work it until killed."""
    lock = hold_folder(home)
    with house(home) as here:
        here.engine().start()
        print("ready", flush=True)  # noqa: T201  # whoever kills us waits for it
        threading.Event().wait()
    lock.close()


def publish_row(home: Path, first: int, last: int) -> None:
    """Publish notices ``first`` to ``last``; what an earlier start has published already stays as it is."""
    with house(home) as here:
        for number in range(first, last + 1):
            done = publish(here, draft(home, number), by="测试")
            print(done.notice, flush=True)  # noqa: T201  # the acknowledgement: only after the commit


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", home]:
            run(Path(home))
        case ["publish", home, first, last]:
            publish_row(Path(home), int(first), int(last))
