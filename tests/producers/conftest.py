"""Two offices, each with a site and feeds, in a data folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.clock import DrivenClock
from tests.journeys.town import Ground, Outlet, Town, furnish, opened

OUTLETS = (
    Outlet("site", "website"),
    Outlet("feeds", "feed"),
    Outlet("ybj-site", "website", "ybj"),
    Outlet("ybj-feeds", "feed", "ybj"),
)
NOBODY = 9  # the port nobody listens at: what is published is not read back here


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The data folder, furnished."""
    furnish(tmp_path / "home", NOBODY, OUTLETS)
    return tmp_path / "home"


@pytest.fixture
def town(home: Path) -> Iterator[Town]:
    """The offices at work, on a driven clock."""
    with opened(Ground(home, DrivenClock())) as here:
        yield here
