"""Files of a state channel: written whole or not at all, one writer at a time, durable when ``write`` returns.

A reader (a plain file server) sees the old bytes or the new ones, never a part. Nothing is touched whose bytes
are already right, so a repeat costs little and times of change stay true.
"""

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath

PUBLIC = "public"  # the folder of an endpoint's place that the public listener, or any file server, serves


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Hold ``place`` alone, against other threads and processes; both lanes of an endpoint write here.

    Who gives it up and takes it again at once comes behind whoever waits for it meanwhile.
    """
    with ExitStack() as held:
        with _locked(place, "turn"):  # kept by the one who is next until he has the lock itself
            held.enter_context(_locked(place, "lock"))
        yield


@contextmanager
def rebuilding(place: Path) -> Iterator[None]:
    """Be the only one who makes ``place`` anew; others write there meanwhile."""
    with _locked(place, "rebuild"):
        yield


@contextmanager
def _locked(place: Path, name: str) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    with (place / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when closed, or when the process dies
        yield


def write(place: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write each (name, bytes) under ``place``/public, in order; the names that changed. Hold ``writing``.

    A name is relative with ``/`` and may not climb out: ``ValueError``. Each file is synced before it takes its
    name, each folder before this returns.
    """
    changed, folders = [], set()
    for name, body in files:
        target = _target(place, name)
        if target.parent not in folders:
            folders |= {target.parent, *_make(target.parent)}
        if not _holds(target, body):
            beside = place / "new"  # same file system, never served
            with beside.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
            changed.append(name)
    for folder in folders:
        sync(folder)
    return changed


def remove(place: Path, names: Iterable[str]) -> None:
    """Take files away from under ``place``/public; one that is not there is well. Hold ``writing``."""
    folders = set()
    for name in names:
        target = _target(place, name)
        with suppress(FileNotFoundError):
            target.unlink()
            folders.add(target.parent)
    for folder in folders:
        sync(folder)


def strangers(place: Path, known: Collection[str]) -> Iterator[str]:
    """What lies under ``place``/public and is not in ``known``, by name."""
    public = place / PUBLIC
    for file in sorted(public.rglob("*")):
        if not file.is_dir() or file.is_symlink():
            name = file.relative_to(public).as_posix()
            if name not in known:
                yield name


def _target(place: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute() or "\x00" in name:
        raise ValueError(f"not a safe file name: {name!r}")
    return place.joinpath(PUBLIC, *parts)


def _holds(target: Path, body: bytes) -> bool:
    try:
        return target.stat().st_size == len(body) and target.read_bytes() == body
    except FileNotFoundError:
        return False


def _make(folder: Path) -> set[Path]:
    """Make ``folder``; the folders whose list of names changed by it."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
    return {one.parent for one in missing}


def sync(folder: Path) -> None:
    """Make ``folder``'s list of names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
