"""The town of every journey: a site, feeds and three newspapers; a second office with its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.clock import DrivenClock
from tests.faults.rig import Partners, partners
from tests.journeys.town import Ground, Outlet, Town, opened, prepared, tell

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
def ground(tmp_path: Path, clock: DrivenClock, at: Partners) -> Iterator[Ground]:
    """The town before its doors open; the partners behave."""
    tell(at, how="well")
    with prepared(tmp_path / "home", clock, outlets(at.port), partners=at) as made:
        yield made


@pytest.fixture
def town(ground: Ground) -> Iterator[Town]:
    """The town at work."""
    with opened(ground) as here:
        yield here
