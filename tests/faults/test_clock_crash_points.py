"""The crash-point sweep of what the clock fires: a timed release, a matter's page and its next version, a reminder.
The process dies at every point there is, and another one always comes to the same end."""

import json
import pickle
import shutil
from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock
from notices.calendar.rules import rule
from producers.house import house
from producers.publish import publish
from producers.schedule.fire import fire_due
from producers.verify_books import verify_notices
from streams import audit
from streams.calendars import current
from streams.duties import add
from streams.store.tables import audit as acts
from streams.store.tables import delivery, event, message, notice, trigger
from tests.faults.points import DEAD, Watch, chosen, told
from tests.faults.rig import unsettled
from tests.journeys.town import BY, Outlet, Town, opened, prepared
from tests.producers.desk import written
from tests.producers.papers import consultation, work

BEGIN = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
THEN = datetime(2026, 12, 14, 9, tzinfo=SHANGHAI)  # everything is due: a machine stood still since the beginning
STAFF = {
    "heads": {"sb": "孙股长"},
    "office": "孙股长",
    "director": "孙股长",
    "persons": {"孙股长": {"endpoints": ["sun"]}},
}
BOX = {
    "server": "127.0.0.1",
    "port": 9,
    "tls": "none",
    "sender": "gongkai@yunling.example",
    "to": ["sun@yunling.example"],
}
OUTLETS = (Outlet("site", "website"), Outlet("feeds", "feed"), Outlet("sun", "staff_mail", options=BOX, pretend=True))
PASSAGES = 3
ENDS = {"accepted", "pretended", "superseded"}  # the latter by what was said at the same time


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a notice, what is told of a matter and a reminder wait; its clock says that it is time."""
    folder = tmp_path_factory.mktemp("waiting")
    clock = DrivenClock(BEGIN, file=folder / "clock")
    with prepared(folder / "home", clock, OUTLETS, reachable=False, staff=STAFF) as ground, opened(ground) as town:
        publish(town.house, written(town, "办结情况", "定时发布: 2026-12-14 08:00"), by=BY)
        publish(town.house, consultation(town), by=BY)
        town.engine.run_until_idle()  # its matter is planned, and nobody was told of it yet
        current(town.house.store, "rsj")
        made = partial(add, rule=rule("feedback"), start=BEGIN, office="rsj", section="sb", about="办结情况", by=BY)
        town.house.store.write(made)
    clock.set(THEN)
    return folder / "home"


def fire(home: Path, seen: Watch) -> None:
    """What the process does that dies."""
    with house(home, DrivenClock(THEN)) as here:
        seen.passed.clear()  # what opening the folder does is another sweep's
        fire_due(here)
        here.store.write(audit.seal)


def end_of(home: Path) -> dict[str, Any]:
    """Let another process do what is left; what stands in the books then, without names that are drawn by lot."""
    with house(home, DrivenClock(THEN)) as here:
        town = Town(here, DrivenClock(THEN))
        work(town)
        here.store.write(audit.seal)
        assert unsettled(here) == []
        assert here.store.read(lambda c: [flaw for flaws in verify_notices(c) for flaw in flaws]) == []
        assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []

        def read(*columns: Any) -> list[tuple[Any, ...]]:
            return sorted(tuple(row) for row in here.store.read(lambda c: c.execute(select(*columns)).all()))

        assert {state for (state,) in read(delivery.c.state)} <= ENDS
        sent = select(delivery.c.endpoint, message.c.kind, delivery.c.subject_sequence)
        sent = sent.join(message, message.c.id == delivery.c.message)
        happened = Counter(kind for (kind,) in read(event.c.type) if not kind.startswith("gongkai.delivery."))
        done = Counter(act for (act,) in read(acts.c.act) if act != "ledger.sealed")
        return {
            "due": [row for row in read(trigger.c.id, trigger.c.state, trigger.c.due_at) if row[2] <= THEN],
            "said": read(message.c.kind, message.c.sequence),
            "sent": sorted(tuple(row) for row in here.store.read(lambda c: c.execute(sent).all())),
            "notices": read(notice.c.kind, notice.c.state, notice.c.sequence),
            "events": happened,
            "acts": done,
        }


def copied(furnished: Path, to: Path) -> Path:
    """Another one of it."""
    return Path(shutil.copytree(furnished, to))


@pytest.fixture(scope="module")
def undisturbed(furnished: Path) -> dict[str, Any]:
    """The end that every death must come to."""
    return end_of(copied(furnished, furnished.parent / "undisturbed"))


def test_undisturbed_each_thing_is_done_once(undisturbed: dict[str, Any]) -> None:
    met = {
        name for name, state, _ in undisturbed["due"] if state == "cancelled"
    }  # a reminder of what is public meanwhile
    assert all(name.startswith("remind/") for name in met)
    assert {state for name, state, _ in undisturbed["due"] if name not in met} == {"fired"}
    assert {name.partition("/")[0] for name, _, _ in undisturbed["due"]} == {"release", "tell", "remind"}
    assert Counter(kind for kind, _ in undisturbed["said"]) == {
        "version": 2,
        "matter": 2,
        "reminder": 2,
    }  # one of each duty
    assert ("d01", "released", 2) in undisturbed["notices"], "the page and its next version"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.timeout(3_600)
def test_dying_at_any_point_of_firing_comes_to_the_same_end(
    furnished: Path, undisturbed: dict[str, Any], tmp_path: Path, after: bool
) -> None:
    result = tmp_path / "result"
    assert told(partial(fire, copied(furnished, tmp_path / "recorded")), result) == 0, result.read_text()
    points = [point for point in pickle.loads(result.read_bytes()) if point.after is after]
    assert sum(point.label.startswith("commit") for point in points) >= 6, "the clock, the number of a page, four acts"
    wrong = {}
    for number, point in enumerate(chosen(points, PASSAGES)):
        home = copied(furnished, tmp_path / f"{number}")
        code = told(partial(fire, home), result, point)
        assert code == DEAD, f"{point}: {result.read_text()}"
        try:
            assert end_of(home) == undisturbed
        except AssertionError as error:
            wrong[str(point)] = str(error)
        shutil.rmtree(home)
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)
