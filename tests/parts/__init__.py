"""Real parts for tests: a browser, Java, its judges, Kafka, PostgreSQL, node, a tracer, a small disk. Never pretended.

A part is looked for where it most likely is and fetched into ``.cache/`` where it may be. What cannot be had is
skipped with one line that says how to get it, unless ``GONGKAI_TEST_REQUIRE`` (a comma list) names the part: then
the test fails. ``python -m tests.parts`` fetches everything beforehand and says what there is.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.source import ROOT

CACHE = ROOT / ".cache"
PARTS = ("browser", "java", "kafka", "node", "postgres", "strace", "tmpfs")
LASTING: set[int] = set()  # ids of processes that end with the session, not with the module that needed them first

T = TypeVar("T")


def required() -> frozenset[str]:
    """The parts that may not be missing here. Raises ``ValueError`` for a name that is no part."""
    names = frozenset(filter(None, os.environ.get("GONGKAI_TEST_REQUIRE", "").split(",")))
    if unknown := sorted(names - set(PARTS)):
        raise ValueError(f"GONGKAI_TEST_REQUIRE: no part {unknown}; there are: {', '.join(PARTS)}")
    return names


def need(part: str, found: T | None, how: str) -> T:
    """``found``, or the end of the test, saying ``how`` to get it: failed when the part is required, else skipped."""
    if found is not None:
        return found
    reason = f"{part} is missing: {how}"
    if part in required():
        pytest.fail(f"{reason} (GONGKAI_TEST_REQUIRE names it)", pytrace=False)
    pytest.skip(reason)


def fetched(name: str, recipe: bytes, fetch: Callable[[Path], None]) -> Path:
    """The folder ``.cache/<name>`` as ``fetch`` fills it; filled anew only when ``recipe`` has changed.

    Safe among several processes at once; a fetch that fails leaves nothing behind.
    """
    folder = CACHE / name
    wanted = hashlib.sha256(recipe).hexdigest()
    mark = folder / ".recipe"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted:
            return folder
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            fresh = Path(scratch) / folder.name
            fresh.mkdir()
            fetch(fresh)
            (fresh / mark.name).write_text(wanted)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
    return folder
