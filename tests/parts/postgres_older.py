"""PostgreSQL 15, 16 and 17, from Maven Central: a server of this process's own, reached over TCP as an office's is."""

import os
import platform
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import psycopg

from tests.parts import LASTING, fetched, need
from tests.parts.kafka import free_port
from tests.parts.leash import leashed, unleash
from tests.parts.maven import HOW, POMS, find_jars

VERSIONS = ("15", "16", "17")
OLDEST = VERSIONS[0]
HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.2"  # whoever speaks to it comes from ``HERE``, as to a server on another machine
PATIENCE = 60  # seconds until a server that does not start fails the test
NOBODY = 65_534  # PostgreSQL refuses to run as root
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@contextmanager
def older(version: str) -> Iterator[str]:
    """The address of a running server; durable as it comes. Starts in 2 s; the first time, what is fetched (14 MB)."""
    programs = need("postgres", find_older(version), f"{HOW}; there are PostgreSQL {', '.join(VERSIONS)} for Linux x86")
    run_as = AS_NOBODY if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix=f"gongkai-postgres-{version}-") as scratch:
        folder, port = Path(scratch), free_port()
        folder.chmod(0o755)
        shutil.copytree(programs, folder / "programs", symlinks=True)  # where it is kept, only we may look
        (folder / "data").mkdir()
        if run_as:
            os.chown(folder / "data", NOBODY, NOBODY)
        first = [folder / "programs/bin/initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
        made = [*run_as, *first, "-E", "UTF8", "--locale=C"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder)
        at = ["-p", str(port), "-k", "", "-c", f"listen_addresses={HERE},{ELSEWHERE}"]
        command = [*run_as, folder / "programs/bin/postgres", "-D", folder / "data", *at]
        process = leashed(command, folder, folder / "output.log")
        LASTING.add(process.pid)
        try:
            yield _answering(f"postgresql://postgres@{HERE}:{port}/postgres", folder / "output.log")
        finally:
            process.send_signal(signal.SIGINT)  # "fast": SIGTERM would wait for everybody who is still connected
            process.wait(PATIENCE)
            unleash(process)


def find_older(version: str) -> Path | None:
    """The folder with the programs of ``version``, or None where they cannot be had."""
    pom = POMS / f"postgres-{version}.xml"
    if not pom.exists() or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    jars = find_jars(pom.stem)
    return jars and fetched(f"postgres/{version}", pom.read_bytes(), partial(_unpack, jars))


def _unpack(jars: Path, folder: Path) -> None:
    (jar,) = jars.glob("*.jar")
    with (
        ZipFile(jar) as outer,
        outer.open("postgres-linux-x86_64.txz") as packed,
        tarfile.open(fileobj=packed, mode="r:xz") as inner,
    ):
        inner.extractall(folder, filter="data")


def _answering(address: str, output: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(address).close()
            return address
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL does not start:\n{output.read_text()[-5000:]}")
