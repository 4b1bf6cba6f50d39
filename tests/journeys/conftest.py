"""The town of every journey: a site, feeds and three newspapers; a second office with its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.clock import DrivenClock
from tests.faults.rig import Partners, partners
from tests.journeys.town import Outlet, Town, furnish, opened, served, tell

PAPERS = ("ribao", "wanbao", "guangbo")
OTHERS = ("yibao",)  # the second office's paper


def outlets(port: int) -> list[Outlet]:
    """Every endpoint of the town; ``port`` is the partners'."""
    papers = [(name, "rsj") for name in PAPERS] + [(name, "ybj") for name in OTHERS]
    return [
        Outlet("site", "website"),
        Outlet("feeds", "feed"),
        Outlet("ybj-site", "website", "ybj"),
        Outlet("ybj-feeds", "feed", "ybj"),
        *(
            Outlet(name, "webhook", of, {"url": f"http://127.0.0.1:{port}/partner/{name}", "secret": name})
            for name, of in papers
        ),
    ]


@pytest.fixture(scope="session")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """The partners, a process of their own; its clock is driven by the file ``clock`` beside its inboxes."""
    folder = tmp_path_factory.mktemp("partners")
    DrivenClock(DrivenClock().now(), file=folder / "clock")
    with partners(folder, (*PAPERS, *OTHERS), clock=folder / "clock") as running:
        yield running


@pytest.fixture
def clock(at: Partners) -> DrivenClock:
    """The one clock of the office and its partners."""
    return DrivenClock(file=at.home.parent / "clock")


@pytest.fixture
def home(tmp_path: Path, at: Partners) -> Iterator[Path]:
    """The data folder, furnished and served, closed."""
    folder = tmp_path / "home"
    with served(folder, outlets(at.port)) as port:
        furnish(folder, port, outlets(at.port), partners=at.port)
        shutil.copytree(at.secrets, folder / "secrets")
        yield folder


@pytest.fixture
def town(home: Path, clock: DrivenClock, at: Partners) -> Iterator[Town]:
    """The town with its doors open."""
    tell(at, how="well")
    with opened(home, clock, at) as here:
        yield here
