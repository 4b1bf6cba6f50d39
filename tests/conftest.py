"""What every test runs under: hypothesis without a deadline, and no process left behind by a module."""

import os
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.parts.browser", "tests.parts.postgres"]

settings.register_profile(
    "here",
    deadline=None,  # two cores, shared: time says nothing about a property
    max_examples=50,
    derandomize="CI" in os.environ,  # there, the same commit gives the same answer
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("here")


@pytest.fixture(autouse=True, scope="module")
def _no_process_left_behind() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    _, alive = psutil.wait_procs(left, timeout=5)
    names = [" ".join(process.cmdline()) for process in alive]
    for process in alive:
        process.kill()
    assert names == [], "tests of this module left processes running"
