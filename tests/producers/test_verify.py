"""Verify sees everything that readers can see, each thing once; rebuild makes it what it was."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.base import Outcome
from channels.shelf import opened as opened_shelf
from config.clock import DrivenClock
from producers.publish import Published, publish
from producers.rebuild import NothingWritten, rebuild
from producers.verify import Finding, verify
from streams.endpoints import UnknownEndpoint
from streams.store.tables import part
from tests.channels.contract import there
from tests.journeys.town import BY, Ground, Outlet, Town, opened, prepared
from tests.producers.desk import acts_of, written

PAPER = {"url": "https://daily.example/in", "secret": "paper"}
OUTLETS = (
    Outlet("site", "website"),
    Outlet("feeds", "feed"),
    Outlet("hall", "poster", options={"png": False}),
    Outlet("paper", "webhook", options=PAPER, pretend=True),
)
EVERYWHERE = ("website", "feed", "poster")
TITLES = (("第一件", "附件: [附件.csv]"), ("第二件",), ("第三件",))


def place(town: Town, endpoint: str) -> Path:
    return town.house.home / "outlets" / endpoint


def found(town: Town) -> list[Finding]:
    return [one for _, findings in verify(town.house, outlets=True) for one in findings]


def told(town: Town) -> set[str]:
    """What is wrong, and where."""
    return {one.where for one in found(town) if one.kind == "outlet"}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, list[Published]]]:
    """An office with a life behind it; made once, for it takes long."""
    with prepared(tmp_path_factory.mktemp("lived") / "home", DrivenClock(), OUTLETS) as ground:
        with opened(ground) as town:
            made = life(town)
        yield ground, made


@pytest.fixture
def town(lived: tuple[Ground, list[Published]], tmp_path: Path) -> Iterator[Town]:
    """An office whose site, feeds and posters anybody can read, with that life behind it."""
    ground, _ = lived
    shutil.copytree(ground.home, tmp_path / "home", symlinks=True)
    with opened(replace(ground, home=tmp_path / "home", clock=DrivenClock(ground.clock.now()))) as here:
        yield here


@pytest.fixture
def done(lived: tuple[Ground, list[Published]]) -> list[Published]:
    """What was published in it."""
    _, made = lived
    return made


def life(town: Town) -> list[Published]:
    """Three notices everywhere, one with an attachment, one corrected, one withdrawn."""
    (town.house.home / "附件.csv").write_text("岗位,人数\n甲,2\n", "utf-8")
    made = [
        publish(town.house, written(town, title, *front, "渠道: [website, feed, poster]"), by=BY)
        for title, *front in TITLES
    ]
    town.settle()
    town.correct(made[1], "第二件（更正）", note="标题", channels=EVERYWHERE)
    town.withdraw(made[2], reason="统计口径有误")
    town.settle()
    return made


def test_what_is_as_it_was_written_has_no_finding(town: Town, done: list[Published]) -> None:
    assert found(town) == []
    assert town.outcomes(done[0]) == {"site": ["delivered"], "feeds": ["delivered"], "hall": ["accepted"]}


ATTACHED = "n/{}/附件.csv"
ALTERED = {
    "site": [
        "index.html",
        "all/index.html",
        "lookup/000.json",
        "lookup/index.html",
        "sitemap.xml",
        "404.html",
        ATTACHED,
    ],
    "feeds": ["feeds/all.atom", "feeds/all.json"],
}


def test_every_file_that_was_altered_is_named_once(town: Town, done: list[Published]) -> None:
    before = {name: there(place(town, name)) for name in ALTERED}
    wanted = []
    for endpoint, names in ALTERED.items():
        for name in (name.format(done[0].notice.replace("-", "/")) for name in names):
            file = place(town, endpoint) / "public" / name
            file.write_bytes(file.read_bytes() + b" ")
            wanted.append(f"{endpoint}/{name}")
    assert sorted(one.where for one in found(town)) == sorted(wanted)
    for endpoint in ALTERED:
        rebuild(town.house, endpoint, by=BY)
    assert found(town) == []
    assert {name: there(place(town, name)) for name in ALTERED} == before
    assert acts_of(town, "site") == acts_of(town, "feeds") == ["endpoint.rebuilt"]


def test_what_nobody_wrote_is_named_and_taken_away(town: Town, done: list[Published]) -> None:
    planted = ["site/n/202611/planted.html", "feeds/feeds/zzz.atom", "hall/posters/planted.pdf", "site/.hidden"]
    for one in planted:
        endpoint, _, name = one.partition("/")
        (place(town, endpoint) / "public" / name).write_text("planted", "utf-8")
    assert told(town) == set(planted)
    for endpoint in ("site", "feeds", "hall"):
        rebuild(town.house, endpoint, by=BY)
    assert found(town) == []


@pytest.mark.parametrize("endpoint", ["site", "feeds", "hall"])
def test_an_old_folder_that_was_copied_back_is_found_and_written_anew(
    town: Town, done: list[Published], tmp_path: Path, endpoint: str
) -> None:
    shutil.copytree(place(town, endpoint), tmp_path / "kept")
    corrected = town.correct(done[0], "第一件（更正）", note="标题", channels=EVERYWHERE)
    town.settle()
    now = there(place(town, endpoint))
    shutil.rmtree(place(town, endpoint))
    shutil.copytree(tmp_path / "kept", place(town, endpoint))
    assert f"{endpoint}/{corrected.notice}" in told(town)
    rebuild(town.house, endpoint, by=BY)
    assert found(town) == []
    assert there(place(town, endpoint)) == now


@pytest.mark.parametrize("endpoint", ["site", "feeds", "hall"])
def test_one_that_was_lost_whole_is_written_anew_and_goes_on(town: Town, done: list[Published], endpoint: str) -> None:
    before = there(place(town, endpoint))
    shutil.rmtree(place(town, endpoint))
    assert {f"{endpoint}/{one.notice}" for one in done} <= told(town)
    assert rebuild(town.house, endpoint, by=BY) == 5
    assert there(place(town, endpoint)) == before
    town.publish("后来的一件", channels=EVERYWHERE)
    town.settle()
    assert found(town) == []


@pytest.mark.parametrize("endpoint", ["site", "feeds"])
def test_what_is_under_way_and_public_stays_public(town: Town, done: list[Published], endpoint: str) -> None:
    """Its files are there, and whoever sends it has not yet said so."""
    under_way = update(part).where(part.c.endpoint == endpoint, part.c.subject == done[0].notice)
    town.house.store.write(lambda tx: tx.connection.execute(under_way.values(state=Outcome.SENDING)))
    before = there(place(town, endpoint))
    rebuild(town.house, endpoint, by=BY)
    assert there(place(town, endpoint)).keys() == before.keys()
    with opened_shelf(place(town, endpoint)) as shelf:
        assert shelf.get(done[0].notice) is not None


@pytest.mark.parametrize(("name", "refusal"), [("paper", NothingWritten), ("nowhere", UnknownEndpoint)])
def test_there_is_nothing_to_write_where_nothing_is_ours(town: Town, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rebuild(town.house, name, by=BY)
