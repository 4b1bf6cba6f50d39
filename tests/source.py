"""The source as data, for the house rules: its files, its imports, its calls."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("producers", "streams", "channels", "templates", "notices", "config", "sandbox")
TESTS = ("tests", "benchmarks")


@cache
def python_files(*packages: str) -> tuple[Path, ...]:
    """Every Python file of the packages."""
    return tuple(sorted(file for package in packages for file in (ROOT / package).rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    """The syntax tree of ``file``."""
    return ast.parse(file.read_text("utf-8"), str(file))


def imported(file: Path) -> Iterator[str]:
    """Every module that ``file`` imports, by its full name (``from a import b`` gives ``a`` and ``a.b``)."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def text_files() -> Iterator[Path]:
    """Every file of the repository that a person may read, whatever has been installed beside it."""
    aside = {
        ".venv",
        ".cache",
        ".git",
        "var",
        "installation",
        "dist",
        "build",
        "__pycache__",
        "node_modules",
        ".hypothesis",
    }
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in aside and not name.endswith("_cache")]
        yield from (Path(folder, name) for name in names if not name.endswith((".png", ".pdf")))
