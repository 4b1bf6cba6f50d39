"""What every test runs under: hypothesis without a deadline, no error logged unseen, no process left behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.longest import LONGEST
from tests.parts import LASTING

pytest_plugins = ["tests.parts.browser", "tests.parts.kafka", "tests.parts.postgres"]

settings.register_profile(
    "here",
    deadline=None,  # two cores, shared: time says nothing about a property
    max_examples=50,
    derandomize="CI" in os.environ,  # there, the same commit gives the same answer
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("here")


def pytest_configure() -> None:
    """Where a shell began this in the background, SIGINT is ignored, and so it would be in every process begun here."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first: what is begun last keeps one process busy while the others have nothing to do.

    xdist would begin with the files of most tests, and those of one long test come last.
    """
    order = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(autouse=True)
def _no_error_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """An error that the program logs, on whatever thread, fails the test unless it is marked ``logs_errors``."""
    logged: list[str] = []

    def listen(_: object, level: str, event: Any) -> Any:
        if level in ("error", "exception", "critical"):
            logged.append(repr(event))
        return event

    structlog.reset_defaults()  # a command that was run here before, by a fixture of a module, set up its own
    processors = structlog.get_config()["processors"]
    processors.insert(0, listen)
    yield
    processors.remove(listen)
    if request.node.get_closest_marker("logs_errors") is None:
        assert logged == [], "the program logged errors"


@pytest.fixture(autouse=True, scope="module")
def _no_process_left_behind() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    if drawing := sys.modules.get("channels.press.press"):
        drawing.press().close()  # its worker would end by itself, but later
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    lasting = [child for child in left if child.pid in LASTING]
    kept = {one for child in lasting for one in (child, *child.children(recursive=True))}
    left = [child for child in left if child not in kept]
    _, alive = psutil.wait_procs(left, timeout=5)
    names = [" ".join(process.cmdline()) for process in alive]
    for process in alive:
        process.kill()
    assert names == [], "tests of this module left processes running"
