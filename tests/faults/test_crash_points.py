"""The crash-point sweep: a story of three messages dies at every point there is, and always comes to the same end."""

import json
import pickle
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.base import Outcome
from config.clock import DrivenClock, SystemClock
from producers.correct import NotOpen, correct
from producers.house import house
from producers.publish import publish
from producers.withdraw import withdraw
from streams import audit
from streams.store.tables import delivery, event, notice
from tests.embedded import embedded
from tests.faults.points import DEAD, Point, chosen, told
from tests.faults.rig import Partners, draft, furnish, partners, unsettled

NAMES = ("ribao", "wanbao")
PASSAGES = 4


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """Partners for the whole sweep."""
    folder = tmp_path_factory.mktemp("partners")
    DrivenClock(SystemClock().now(), file=folder / "clock")  # the notices' files say when they were signed
    with partners(folder, NAMES, clock=folder / "clock") as running:
        yield running


def story(home: Path) -> None:
    """Publish two notices, correct the first, withdraw the second, deliver all. May be told again after a death."""
    clock = DrivenClock(file=(home / "secrets").resolve().parent / "clock")  # the partners' too
    with house(home, clock) as here:
        engine = embedded(here)
        engine.take_over()
        first = publish(here, draft(home, 1, table=table(home)), by="测试")
        second = publish(here, draft(home, 2), by="测试")
        engine.run_until_idle()
        correct(here, first.notice, draft(home, 1, added="补充说明"), note="补充说明。", minor=False, by="测试")
        with suppress(NotOpen):  # told before the death
            withdraw(here, second.notice, reason="重复发布", leaves="gone", by="测试")
        for _ in range(40):
            engine.run_until_idle()
            if not unsettled(here):
                break
            clock.advance(15)
        here.store.write(audit.seal)


def tell(home: Path, die_at: Point | None = None) -> tuple[int, Path]:
    """Run the story in a forked process; its exit code and where it left its result."""
    result = home / "result"
    return told(lambda _: story(home), result, die_at), result


def fresh(folder: Path, at: Partners) -> Path:
    """An empty installation whose clock stands still."""
    home = furnish(folder, at, NAMES)
    draft(home, 1, table=table(home))
    for number, added in ((1, "补充说明"), (2, "")):
        draft(home, number, added=added)
    return home


def table(home: Path) -> Path:
    """What is attached to the first text and no more to its correction: the site takes it away."""
    file = home / "files" / "表.csv"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text("事项,件数\n受理,186\n", "utf-8")
    return file


def check(home: Path, at: Partners, since: dict[str, int]) -> None:
    """The end that every telling must come to."""
    with house(home, DrivenClock(file=at.home.parent / "clock")) as here:
        assert unsettled(here) == []
        notices = here.store.read(lambda c: c.execute(select(notice).order_by(notice.c.created_at)).all())
        assert [row.state for row in notices] == ["released", "withdrawn"]
        assert [row.sequence for row in notices] == [2, 2]
        rows = here.store.read(lambda c: c.execute(select(delivery)).all())
        ends = {row.state for row in rows if row.endpoint in NAMES}
        assert ends <= {Outcome.DELIVERED, Outcome.SUPERSEDED}
        for name in NAMES:
            numbers = sorted(row.sequence for row in rows if row.endpoint == name)
            assert numbers == list(range(1, len(numbers) + 1)), "the endpoint's deliveries have a gap"
            _check_partner(at, name, since[name], [row.id for row in notices])
        assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []
        events = here.store.read(lambda c: list(c.execute(select(event.c.id)).scalars()))
        assert len(events) == len(set(events))
        site = here.home / "outlets" / "site" / "public"
        first, second = (site / "n" / row.id.replace("-", "/") for row in notices)
        assert not list((site / "n").rglob("*.csv")), "the dropped attachment is still there"
        assert "补充说明" in first.with_suffix(".html").read_text("utf-8")
        assert "重复发布" in second.with_suffix(".html").read_text("utf-8")


def _check_partner(at: Partners, name: str, since: int, subjects: list[str]) -> None:
    """0 lost, 0 doubled per identity, each subject's messages in order, its last message there."""
    stored = [entry for entry in at.stored(name)[since:] if entry["event"]["subject"] in subjects]
    assert len({entry["id"] for entry in stored}) == len(stored)
    for subject in subjects:
        sequences = [entry["event"]["data"]["sequence"] for entry in stored if entry["event"]["subject"] == subject]
        assert sequences == sorted(set(sequences)), f"out of order: {sequences}"
        assert sequences[-1] == 2, "the newest message is missing"


def counts(at: Partners) -> dict[str, int]:
    """How much each partner has kept so far."""
    return {name: len(at.stored(name)) for name in NAMES}


def test_the_story_comes_to_its_end_without_a_death(tmp_path: Path, at: Partners) -> None:
    since = counts(at)
    home = fresh(tmp_path / "home", at)
    code, result = tell(home)
    assert code == 0, result.read_text()
    check(home, at, since)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.timeout(3_600)
def test_dying_at_any_point_comes_to_the_same_end(tmp_path: Path, at: Partners, after: bool) -> None:
    """Each point, before and after what is done there; per commit some passages of each, in the soak all of them."""
    home = fresh(tmp_path / "recorded", at)
    code, result = tell(home)
    assert code == 0, result.read_text()
    points = [point for point in pickle.loads(result.read_bytes()) if point.after is after]
    kinds = {"commit", "commit after an answer", "fsync", "replace", "unlink", "request"}
    assert {point.label.split(" at ")[0] for point in points} == kinds
    wrong = {}
    for number, point in enumerate(chosen(points, PASSAGES)):
        since = counts(at)
        home = fresh(tmp_path / f"{number}", at)
        code, result = tell(home, point)
        assert code == DEAD, f"{point}: {result.read_text() if result.exists() else code}"
        code, result = tell(home)
        try:
            assert code == 0, result.read_text()
            check(home, at, since)
        except AssertionError as error:
            wrong[str(point)] = str(error)
        shutil.rmtree(home)
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)
