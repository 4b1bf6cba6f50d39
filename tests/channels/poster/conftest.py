"""Poster endpoints in a folder of the test's own, and every sample set once."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from channels.base import Rendition, Tools
from channels.poster import Channel, PosterOptions
from config.clock import DrivenClock
from tests.channels.poster.samples import messages


def poster(place: Path, **options: Any) -> Channel:
    """An endpoint that writes to ``place``; it needs a clock, a folder and nothing else."""
    nothing: Any = None
    tools = Tools(
        clock=DrivenClock(),
        http=nothing,
        smtp=nothing,
        blobs=nothing,
        shared=nothing,
        place=place,
        public_url="",
        secret=nothing,
    )
    return Channel(PosterOptions(**options), tools)


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """An A3 endpoint that makes images too."""
    return poster(tmp_path)


@cache
def rendition(name: str, paper: str = "A3") -> Rendition:
    """The poster of a sample, set once a test run."""
    return poster(Path("nowhere"), paper=paper).render(messages()[name])
