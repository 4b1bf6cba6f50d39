"""The least that publishes: a page and a feed, each synced and renamed into place, under a plain file server."""

import os
import sys
from pathlib import Path

SERVER = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]


def publish(folder: Path, files: dict[str, bytes]) -> None:
    for name, body in files.items():
        beside = folder / f"{name}.new"
        with beside.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
