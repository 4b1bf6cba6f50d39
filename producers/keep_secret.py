"""Write a fresh secret where only this user may read it."""

import os
from pathlib import Path


class SecretExists(Exception):
    """There is a secret of this name already; it was left alone."""


def keep_secret(file: Path, secret: str) -> None:
    """Make the file, durable before this returns. Raises ``SecretExists``."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SecretExists(file.name) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(secret + "\n")
        out.flush()
        os.fsync(out.fileno())
