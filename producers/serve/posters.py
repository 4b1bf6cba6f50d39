"""The posters of notices, for whoever prints and hangs them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from channels.files import PUBLIC
from config.settings import Configuration
from producers.serve.board import Line, Mark
from streams.outlets import place

OFF = "off-"  # how the channel calls a sheet that stands where a poster must come down


@dataclass(frozen=True)
class Hung:
    """One notice's sheets; addresses are paths of its office's site."""

    line: Line
    image: str | None
    papers: tuple[tuple[str, str], ...]  # A3, A2 …: the PDF
    takedown: bool

    @property
    def marks(self) -> tuple[Mark, ...]:
        """How it stands at each wall."""
        return self.line.of("poster")


def wall(configuration: Configuration, lines: Iterable[Line]) -> list[Hung]:
    """The posters of ``lines``, those that have any. Reads folders: call it on a thread."""
    return [found for line in lines if (found := _hung(configuration, line)) is not None]


def _hung(configuration: Configuration, line: Line) -> Hung | None:
    files = sorted(_files(configuration, line), key=lambda file: (file.name.startswith(OFF), file.name), reverse=True)
    off = bool(files) and all(file.name.startswith(OFF) for file in files)
    newest = [file for file in files if off or not file.name.startswith(OFF)]
    papers = {file.stem.rpartition("-")[2]: file for file in reversed(newest) if file.suffix == ".pdf"}
    if not papers:
        return None
    path = f"{configuration.offices[line.office].path}/posters/{line.id}"
    image = next((f"{path}/{file.name}" for file in newest if file.suffix == ".png"), None)
    sheets = tuple((paper, f"{path}/{file.name}") for paper, file in sorted(papers.items(), reverse=True))
    return Hung(line, image, sheets, off)


def _files(configuration: Configuration, line: Line) -> Iterator[Path]:
    for mark in line.of("poster"):
        yield from (place(configuration.home, mark.standing.endpoint) / PUBLIC / "posters" / line.id).glob("*.p*")
