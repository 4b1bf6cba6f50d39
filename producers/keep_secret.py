"""Write a fresh secret where only this user may read it."""

import os
import tempfile
from pathlib import Path

from channels.files import sync


class SecretExists(Exception):
    """There is a secret of this name already; it was left alone."""


def keep_secret(file: Path, secret: str) -> None:
    """Make the file, whole or not at all, and durable before this returns. Raises ``SecretExists``."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, written = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # for this user alone
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(secret + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(written, file)
    except FileExistsError:
        raise SecretExists(file.name) from None
    finally:
        Path(written).unlink()
    sync(file.parent)
