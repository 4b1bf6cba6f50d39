"""The least that makes the same posters: typst in this process, one compiler, the sources as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import typst

from config.fonts import fonts


@dataclass(frozen=True)
class Page:
    """One thing to set."""

    source: str
    form: Mapping[str, Any]
    timestamp: int


class Bare:
    """A compiler with the posters' fonts."""

    def __init__(self) -> None:
        found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts())])
        self._compiler = typst.Compiler(root="/", font_paths=found, ignore_system_fonts=True)

    def run(self, pages: Iterable[Page]) -> None:
        """Set all of them."""
        for page in pages:
            self._compiler.compile(input=page.source.encode(), timestamp=page.timestamp, **page.form)
