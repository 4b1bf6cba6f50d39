"""Columns that must be kept up to date: in any order of events the newest notice alone owes that it is followed."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from notices.notice import Message, State
from notices.owed import End
from notices.staleness import Shown, end_of, places
from streams.duties import Owed, duties_of, open_duties
from streams.events import Event, decode
from streams.owe import owe
from streams.store.tables import event as events
from streams.store.tables import notice
from tests.streams.conftest import PAIRS
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_owe import kept

T0 = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Desk:
    """Publishes notices as the programs do, with their rows."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.said: dict[str, list[Message]] = {}

    def act(self, what: str) -> None:
        """``NAME VERB``, where it can be done."""
        name, verb = what.split(" ")
        before = self.said.setdefault(name, [])
        if (verb == "withdraw") != bool(before) or len(before) == 2:
            return
        self.here.clock.advance(3_600)
        now = self.here.clock.now()
        if verb == "withdraw":
            before.append(self.here.withdraw(before[0], sequence=2))
            gone = update(notice).where(notice.c.id == name).values(state=State.WITHDRAWN, sequence=2)
            self.here.store.write(lambda tx: tx.connection.execute(gone))
            return
        before.append(self.here.release(name, text={"kind": verb, "fields": {}}))
        values = {"id": name, "office": "rsj", "kind": verb, "index_number": name, "state": State.RELEASED}
        row = {**values, "version": 1, "sequence": 1, "created_at": now, "released_at": now}
        self.here.store.write(lambda tx: tx.connection.execute(insert(notice), row))

    def heard(self) -> list[Event]:
        """The events of the topic, in order."""
        wanted = select(events.c.body).where(events.c.topic == "notices").order_by(events.c.position)
        return [decode(bytes(body)) for body in self.here.store.read(lambda c: list(c.execute(wanted).scalars()))]

    def owe(self, carried: Sequence[Event]) -> None:
        """Let the stage hear of them in one batch."""
        self.here.store.write(partial(_owe, carried=carried, outlets=self.here.outlets))

    def open(self) -> dict[str, str]:
        """What is to be kept up to date → the notice that owes it."""
        found = self.here.store.read(lambda c: open_duties(c, "rsj"))
        return {one.rule.name.partition("：")[2]: str(one.notice) for one in found if one.begun == "column"}


def _owe(tx: Any, carried: Sequence[Event], outlets: Any) -> None:
    owe(tx, carried, outlets)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes desks of their own, at one and the same time."""

    def make() -> Desk:
        home = tmp_path_factory.mktemp("stale")
        return Desk(Installation(home, f"sqlite:///{home / 'gongkai.sqlite'}"))

    return make


@pytest.fixture
def desk(desks: Any) -> Iterator[Desk]:
    """One."""
    made: Desk = desks()
    yield made
    made.here.store.close()


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> str:
    """Every engine of one process, on both stores."""
    return str(request.param)


def test_on_every_engine_the_newest_notice_owes_it(here: Installation, host: Host) -> None:
    desk = Desk(here)
    for act in ("a t01", "b t01", "c t12", "b withdraw"):
        desk.act(act)
        host.settle()
    assert desk.open() == {"首页": "c", "政策文件": "a", "政府信息公开年报": "c"}
    assert [column_duty(desk, "b", name).how for name in ("政策文件", "首页")] == ["withdrawn", "met"]


def column_duty(desk: Desk, name: str, place: str) -> Owed:
    """What a notice owes of a place."""
    found = desk.here.store.read(lambda c: duties_of(c, name))
    return next(one for one in found if one.rule.name == f"栏目更新：{place}")


def test_the_next_release_meets_it_and_owes_the_same(desk: Desk) -> None:
    for act in ("a t01", "b t12", "c t01"):
        desk.act(act)
        desk.owe(desk.heard())
    assert desk.open() == {"首页": "c", "政策文件": "c", "政府信息公开年报": "b"}
    policy, front = column_duty(desk, "a", "政策文件"), column_duty(desk, "a", "首页")
    assert (policy.how, policy.ended_by, front.ended_by) == ("met", "c.1", "b.1")
    assert not policy.is_late
    assert policy.rule.source == "国办秘函〔2019〕19号（通知公告、政策文件六个月）"
    assert str(column_duty(desk, "c", "政策文件").last) == "2027-05-23"
    assert str(column_duty(desk, "c", "首页").last) == "2026-12-07"


def test_news_that_comes_too_late_is_late(desk: Desk) -> None:
    desk.act("a t01")
    desk.here.clock.advance(20 * 86_400)
    desk.act("b t01")
    desk.owe(desk.heard())
    assert (column_duty(desk, "a", "首页").is_late, column_duty(desk, "a", "政策文件").is_late) == (True, False)


def test_what_is_taken_back_was_no_news(desk: Desk) -> None:
    for act in ("a t01", "b t01", "b withdraw"):
        desk.act(act)
        desk.owe(desk.heard())
    assert desk.open() == {"首页": "a", "政策文件": "a"}
    assert column_duty(desk, "b", "首页").how == "withdrawn"
    desk.act("a withdraw")
    desk.owe(desk.heard())
    assert desk.open() == {}


ACTS = st.sampled_from([f"{name} {verb}" for name in "abcd" for verb in ("t01", "t12", "withdraw")])


@settings(max_examples=40, deadline=None)
@given(
    acts=st.lists(ACTS, min_size=1, max_size=10),
    seed=st.integers(0, 2**32),
    pauses=st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_any_order_ends_in_the_same_duties(desks: Any, acts: list[str], seed: int, pauses: list[bool]) -> None:
    """Carried one by one as they come; or in any order, several times, some before later ones are even said."""
    plain, shuffled, chance, until = desks(), desks(), random.Random(seed), 0
    for act, now in zip(["a t01", *acts], [True, *pauses], strict=False):
        plain.act(act)
        carried = plain.heard()
        for single in carried[until:]:
            plain.owe([single])
        until = len(carried)
        shuffled.act(act)
        if now:
            some = shuffled.heard()
            shuffled.owe(chance.sample(some, chance.randint(1, len(some))))
    rest = shuffled.heard() * 2
    chance.shuffle(rest)
    while rest:
        shuffled.owe([rest.pop() for _ in range(min(len(rest), chance.randint(1, 3)))])
    assert kept(shuffled.here) == kept(plain.here) != []
    standing = [name for name, said in plain.said.items() if len(said) == 1]
    newest = max(standing, key=lambda name: _at(plain, name), default=None)
    assert plain.open().get("首页") == newest
    plain.here.store.close()
    shuffled.here.store.close()


def _at(desk: Desk, name: str) -> datetime:
    wanted = select(notice.c.released_at).where(notice.c.id == name)
    found: datetime = desk.here.store.read(lambda c: c.execute(wanted).scalar_one())
    return found


def shown(name: str, after: int, gone: int | None = None) -> Shown:
    """A notice that became public after so many days, and was taken back after so many."""
    end = None if gone is None else End("withdrawn", f"{name}.2", T0 + timedelta(days=gone))
    return Shown(name, T0 + timedelta(days=after), end)


@pytest.mark.parametrize(
    ("one", "standing", "ever", "how"),
    [
        (shown("a", 0), None, None, None),
        (shown("a", 0), shown("c", 2), shown("b", 1), ("met", "c.1")),
        (shown("a", 0), None, shown("b", 1), None),
        (shown("a", 0, gone=3), None, shown("b", 1), ("met", "b.1")),
        (shown("a", 0, gone=3), shown("b", 4), shown("b", 4), ("withdrawn", "a.2")),
    ],
)
def test_how_it_ends(one: Shown, standing: Shown | None, ever: Shown | None, how: tuple[str, str] | None) -> None:
    end = end_of(one, standing, ever)
    assert (end and (end.how, end.message)) == how


def test_each_place_has_kinds_and_a_source() -> None:
    assert places()[0].name == "首页"
    for one in places():
        assert one.kinds
        assert "国办秘函〔2019〕19号" in one.begin.source
