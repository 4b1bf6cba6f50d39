"""Columns that must be kept up to date: one duty for each office and column, whatever the order of events."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sql
from sqlalchemy import func, insert, select, update

from notices.calendar.rules import rules
from notices.matter import PAGE
from notices.notice import Message, MessageKind, State
from notices.staleness import media, places
from streams.calendars import calendar_of
from streams.duties import Owed, done, open_duties, owed_in, pause, plan_reminders
from streams.events import Event, WindowOpened, decode
from streams.owe import owe
from streams.reminders import is_wanted, planned
from streams.stale import keep_up
from streams.store.store import Tx
from streams.store.tables import audit, duty, notice
from streams.store.tables import event as events
from tests.streams.conftest import PAIRS
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_owe import kept
from tests.streams.test_reminders import asked_for, wait_for

OFFICES = {"a": "rsj", "b": "rsj", "c": "rsj", "x": "ybj", "y": "ybj"}  # name of a notice → whose it is
T01, T12, FRONT = "政策文件", "政府信息公开年报", "首页"


class Stood(NamedTuple):
    """How the duty of one place stands: its notice, from when on, how and by what it ended."""

    notice: str
    start: datetime
    how: str | None = None
    ended_by: str | None = None
    done_at: datetime | None = None


class Public(NamedTuple):
    """One notice, as these tests remember it."""

    at: datetime
    said: list[Message]
    gone: datetime | None


class Desk:
    """Publishes notices as the programs do, with their rows."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.said: dict[str, Public] = {}
        self.channels: tuple[str, ...] = ("keyed",)

    def act(self, what: str, after: float = 3_600) -> None:
        """``NAME VERB``, where it can be done; a verb is a kind, ``correct`` or ``withdraw``."""
        name, verb = what.split(" ")
        known = self.said.get(name)
        if (verb in ("correct", "withdraw")) != bool(known) or (known and known.gone):
            return
        self.here.clock.advance(after)
        now, office = self.here.clock.now(), OFFICES.get(name, "rsj")
        if known is None:
            made = self.here.release(name, of=office, channels=self.channels, text={"kind": verb, "fields": {}})
            row: dict[str, Any] = {
                "id": name,
                "office": office,
                "kind": verb,
                "index_number": name,
                "state": State.RELEASED,
            }
            row |= {"version": 1, "sequence": 1, "created_at": now, "released_at": now}
            self.here.store.write(lambda tx: tx.connection.execute(insert(notice), row))
            self.said[name] = Public(now, [made], None)
            return
        number, kind = len(known.said) + 1, known.said[0].version.kind
        if verb == "correct":
            text = {"kind": kind, "fields": {}}
            known.said.append(self.here.release(name, of=office, number=number, text=text))
        else:
            known.said.append(self.here.withdraw(known.said[-1], sequence=number))
            self.said[name] = known._replace(gone=now)
        state = State.RELEASED if verb == "correct" else State.WITHDRAWN
        changed = update(notice).where(notice.c.id == name).values(state=state, sequence=number)
        self.here.store.write(lambda tx: tx.connection.execute(changed))

    def heard(self) -> list[Event]:
        """The events of the topic, in order."""
        wanted = select(events.c.body).where(events.c.topic == "notices").order_by(events.c.position)
        return [decode(bytes(body)) for body in self.here.store.read(lambda c: list(c.execute(wanted).scalars()))]

    def owe(self, carried: Sequence[Event]) -> None:
        """Let the stage hear of them in one batch."""
        self.here.store.write(partial(_owe, carried=carried, outlets=self.here.outlets))

    def tell(self, *acts: str) -> None:
        """Do one after the other, and let the stage hear of each."""
        for what in acts:
            self.act(what)
            self.owe(self.heard()[-1:])

    def duties(self) -> dict[tuple[str, str], Owed]:
        """Office and place → the one duty there; what these rows are in any order of events."""
        wanted = select(duty).where(duty.c.begun == "column").order_by(duty.c.id)
        rows = [owed_in(row) for row in self.here.store.read(lambda c: c.execute(wanted).all())]
        found = {(one.office, one.rule.name.partition("：")[2]): one for one in rows}
        assert len(found) == len(rows), "one row for an office and a place"
        return found

    def one(self, place: str) -> Owed:
        """The duty of the first office there."""
        return self.duties()["rsj", place]

    def open(self) -> dict[str, str]:
        """What the first office must keep up to date → the notice that it is counted from."""
        found = self.here.store.read(lambda c: open_duties(c, "rsj"))
        return {one.rule.name.partition("：")[2]: str(one.notice) for one in found if one.begun == "column"}

    def stood(self) -> dict[tuple[str, str], Stood]:
        """The same, as far as it is decided by what is public."""
        return {
            key: Stood(str(one.notice), one.start, one.how, one.ended_by, one.done_at)
            for key, one in self.duties().items()
        }

    def should(self) -> dict[tuple[str, str], Stood]:
        """What these tests remember says how they should stand."""
        found: dict[tuple[str, str], Stood] = {}
        for office in ("rsj", "ybj"):
            for place in places():
                there = {
                    name: one
                    for name, one in self.said.items()
                    if OFFICES.get(name, "rsj") == office and one.said[0].version.kind in place.kinds
                }
                if standing := [(one.at, name) for name, one in there.items() if not one.gone]:
                    at, newest = max(standing)
                    found[office, place.name] = Stood(newest, at)
                elif gone := [(one.gone, one.said[-1].id, name) for name, one in there.items() if one.gone]:
                    at, by, last = max(gone)
                    found[office, place.name] = Stood(last, there[last].at, "withdrawn", by, at)
        return found


def _owe(tx: Tx, carried: Sequence[Event], outlets: Any) -> None:
    owe(tx, carried, outlets)


@pytest.fixture(params=("embedded-sqlite", "hostile-postgresql"))
def pair(request: pytest.FixtureRequest) -> str:
    """Either store."""
    return str(request.param)


@pytest.fixture
def desk(here: Installation) -> Desk:
    """One on either store."""
    return Desk(here)


@pytest.mark.parametrize("pair", PAIRS)
def test_on_every_engine_the_newest_notice_that_stands_owes_it(here: Installation, host: Host) -> None:
    desk = Desk(here)
    for act in ("a t01", "b t01", "c t12", "b withdraw", "x t01"):
        desk.act(act)
        host.settle()
    assert desk.open() == {FRONT: "c", T01: "a", T12: "c"}
    assert desk.stood() == desk.should()


def test_the_next_release_moves_it(desk: Desk) -> None:
    desk.tell("a t01")
    before = desk.one(T01)
    added = select(duty.c.added_at).where(duty.c.id == before.id)
    at = desk.here.store.read(lambda c: c.execute(added).scalar_one())
    desk.here.clock.advance(20 * 86_400)
    desk.tell("b t12", "c t01")
    after = desk.one(T01)
    assert (after.id, after.notice, after.about, after.section) == (before.id, "c", "c 第1版", "sb")
    assert (str(before.last), str(after.last), str(desk.one(FRONT).last)) == ("2027-05-23", "2027-06-13", "2026-12-27")
    assert desk.here.store.read(lambda c: c.execute(added).scalar_one()) == at
    assert after.rule.source == "国办秘函〔2019〕19号（通知公告、政策文件六个月）"
    assert desk.open() == {FRONT: "c", T01: "c", T12: "b"}


def test_a_correction_is_nothing_new_and_its_words_are_shown(desk: Desk) -> None:
    desk.tell("a t01", "b t01", "a correct", "b correct")
    one = desk.one(T01)
    assert (one.notice, one.about, one.start) == ("b", "b 第2版", desk.said["b"].at)


def test_what_is_taken_back_was_no_news(desk: Desk) -> None:
    desk.tell("a t01", "b t01", "b withdraw")
    one = desk.one(T01)
    assert (one.notice, one.start, one.done_at, str(one.last)) == ("a", desk.said["a"].at, None, "2027-05-23")
    assert desk.open() == {FRONT: "a", T01: "a"}


def test_where_nothing_stands_it_is_closed_and_a_release_opens_it_again(desk: Desk) -> None:
    desk.tell("a t01", "b t01", "b withdraw", "a withdraw")
    one = desk.one(T01)
    assert desk.open() == {}
    assert (one.notice, one.how, one.ended_by, one.done_at) == ("a", "withdrawn", "a.2", desk.said["a"].gone)
    assert not one.is_late
    desk.tell("c t01")
    again = desk.one(T01)
    assert (again.id, again.notice, again.how, again.ended_by, again.done_at) == (one.id, "c", None, None, None)


def test_fifty_releases_leave_one_row_for_each_place_and_none_in_the_audit(desk: Desk) -> None:
    for number in range(50):
        desk.tell(f"n{number} {'t01' if number % 2 else 't12'}")
    assert set(desk.duties()) == {("rsj", FRONT), ("rsj", T01), ("rsj", T12)}
    names = [one.id for one in desk.duties().values()]
    entries = select(func.count()).select_from(audit).where(audit.c.subject.in_(names))
    assert desk.here.store.read(lambda c: c.execute(entries).scalar_one()) == 0
    assert desk.here.store.read(lambda c: planned(c, names)) == {}, "the nightly recount plans its reminders"
    assert desk.stood() == desk.should()


def test_a_publication_costs_few_statements(desk: Desk) -> None:
    """Which kinds, accounts; the newest of the front page and of the column; their rows, one more for each change."""
    desk.tell("a t01")
    desk.act("b t01")
    costs = []

    def act(tx: Tx) -> None:
        calendar, said = calendar_of(tx.connection, "rsj"), []
        desk.here.outlets.said(tx.connection, "b.1")  # the stage has read it already
        sql.listen(tx.connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        for _ in range(2):
            keep_up(tx, ["b"], desk.here.outlets, lambda _: calendar)
            costs.append(len(said))
            said.clear()

    desk.here.store.write(act)
    assert costs == [7, 5]


def test_a_persons_word_holds_until_something_new_is_public(desk: Desk) -> None:
    desk.tell("a t01")
    name = desk.one(FRONT).id
    desk.here.store.write(lambda tx: done(tx, name, how="本月停机", by="张三"))
    desk.tell("a correct")
    assert desk.one(FRONT).how == "本月停机"
    desk.tell("b t01")
    assert (desk.one(FRONT).how, desk.open()) == (None, {FRONT: "b", T01: "b"})


def test_a_pause_stays_when_something_new_is_public(desk: Desk) -> None:
    desk.tell("a t01")
    name = desk.one(FRONT).id
    desk.here.store.write(lambda tx: pause(tx, name, date(2026, 11, 25), why="停机", by="张三"))
    desk.tell("b t01")
    one = desk.one(FRONT)
    assert (one.notice, one.stands, one.last) == ("b", True, None)


def test_a_time_that_was_changed_in_the_file_holds_from_the_next_event_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tell("a t01")
    front, *others = places()
    longer = replace(front, rule=replace(front.rule, length=30))
    monkeypatch.setattr("streams.stale.places", lambda: (longer, *others))
    before = desk.one(FRONT)
    desk.tell("a correct")
    after = desk.one(FRONT)
    assert (after.id, str(before.last), str(after.last)) == (before.id, "2026-12-07", "2026-12-23")


def test_its_reminders_follow_with_the_nightly_recount_and_no_old_one_is_wanted(desk: Desk) -> None:
    here = desk.here
    desk.tell("a t01")
    one = desk.one(FRONT)
    assert wait_for(here, one.id) == []
    here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    before = here.store.read(lambda c: planned(c, [one.id]))[one.id]
    assert [each.due_at for each in before] == asked_for(here, one) != []
    here.clock.advance(5 * 86_400)
    desk.tell("b t01")
    moved = desk.one(FRONT)
    assert here.store.read(lambda c: planned(c, [one.id]))[one.id] == before, "a publication plans none"
    stale = [each for each in before if each.due_at not in asked_for(here, moved)]
    assert stale
    assert here.store.read(lambda c: [each for each in stale if is_wanted(c, moved, each, each.due_at)]) == []
    here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    assert wait_for(here, one.id) == asked_for(here, moved)
    desk.tell("b withdraw")
    here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    assert wait_for(here, one.id) == asked_for(here, desk.one(FRONT)) == [each.due_at for each in before]


# -- accounts ----------------------------------------------------------------------------------------


@pytest.fixture
def account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account of the first office on a double, and what it is called."""
    monkeypatch.setattr("streams.stale.media", lambda: {"keyed": rules()["new-media"]})
    monkeypatch.setattr("notices.staleness.media", lambda: {"keyed": rules()["new-media"]})
    desk.here.endpoint("gzh")
    return "gzh"


def test_an_account_that_an_office_has_owes_something_new_in_two_weeks(desk: Desk, account: str) -> None:
    desk.tell("a t01", "x t01")
    one = desk.one(account)
    assert (one.notice, one.start, str(one.last)) == ("a", desk.said["a"].at, "2026-12-07")
    assert (one.rule.name, one.rule.source) == ("政务新媒体更新：gzh", "国办秘函〔2019〕19号（政务新媒体两周）")
    assert ("ybj", account) not in desk.duties(), "the other office has none"
    desk.here.clock.advance(86_400)
    desk.tell("b t12", "b withdraw")
    assert desk.one(account).notice == "a"


def test_what_did_not_go_to_an_account_was_no_news_of_it(desk: Desk, account: str) -> None:
    desk.tell("a t01")
    desk.channels = ("audit",)
    desk.here.clock.advance(86_400)
    desk.tell("b t01")
    assert (desk.one(account).notice, desk.one(FRONT).notice) == ("a", "b")


def test_what_was_public_before_an_account_was_set_up_was_no_news_of_it(desk: Desk, account: str) -> None:
    desk.tell("a t01")
    desk.here.clock.advance(86_400)
    desk.here.endpoint("second")
    desk.tell("a correct")
    assert ("rsj", "second") not in desk.duties()
    desk.tell("b t01")
    assert (desk.one("second").notice, desk.one(account).notice) == ("b", "b")


def test_what_was_told_of_a_matter_there_is_news_of_an_account_each_time(desk: Desk, account: str) -> None:
    desk.tell("a t01")
    desk.act(f"page {PAGE}", after=86_400)
    first = desk.said["page"].said[0]
    for sequence in (2, 3):
        desk.here.clock.advance(86_400)
        tell_of_matter(desk, first, sequence)
        told, front = desk.one(account), desk.one(FRONT)
        assert (told.notice, told.start) == ("page", desk.here.clock.now())
        assert front.notice == "a", "no column holds it"
    desk.here.clock.advance(86_400)
    tell_of_matter(desk, first, 4, channels=("audit",))
    assert desk.one(account) == told, "it did not go there"
    desk.tell("b t01")
    assert desk.one(account).notice == "b"


def tell_of_matter(desk: Desk, page: Message, sequence: int, channels: tuple[str, ...] = ("keyed",)) -> None:
    """Something is told of a matter on the page that ``page`` began, and the stage hears of it."""
    of = f"{page.subject}.{sequence}"
    text = page.version.model_copy(update={"number": sequence, "channels": channels})
    changes = {"id": of, "sequence": sequence, "kind": MessageKind.MATTER, "version": text}
    facts = {"notice": page.subject, "message": of, "sequence": sequence, "office": page.office.id}
    desk.here.say(page.model_copy(update=changes), WindowOpened(**facts, dossier="决-1"))
    moved = update(notice).where(notice.c.id == page.subject).values(sequence=sequence)
    desk.here.store.write(lambda tx: tx.connection.execute(moved))
    desk.owe(desk.heard()[-1:])


def test_every_wechat_account_is_such_an_account() -> None:
    assert {channel: rule.id for channel, rule in media().items()} == {"wechat": "new-media"}


# -- any order ---------------------------------------------------------------------------------------

ACTS = st.tuples(
    st.sampled_from([f"{name} {verb}" for name in OFFICES for verb in ("t01", "t12", "correct", "withdraw")]),
    st.sampled_from((0, 3_600)),  # two may have one instant
)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes desks of their own, at one and the same time."""

    def make() -> Desk:
        home = tmp_path_factory.mktemp("stale")
        return Desk(Installation(home, f"sqlite:///{home / 'gongkai.sqlite'}"))

    return make


def shuffle(desk: Desk, acts: Sequence[tuple[str, float]], chance: random.Random) -> None:
    """Carry the events in any order, several times, some before later ones are even said."""
    for act, after in acts:
        desk.act(act, after)
        if chance.random() < 0.5:
            some = desk.heard()
            desk.owe(chance.sample(some, chance.randint(1, len(some))))
    rest = desk.heard() * 2
    chance.shuffle(rest)
    while rest:
        desk.owe([rest.pop() for _ in range(min(len(rest), chance.randint(1, 3)))])


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(ACTS, min_size=1, max_size=14), seed=st.integers(0, 2**32))
def test_any_order_ends_in_the_same_duties(desks: Any, acts: list[tuple[str, float]], seed: int) -> None:
    plain, shuffled, until = desks(), desks(), 0
    acts = [("a t01", 3_600), *acts]
    for act, after in acts:
        plain.act(act, after)
        carried = plain.heard()
        for single in carried[until:]:
            plain.owe([single])
        until = len(carried)
        assert plain.stood() == plain.should()
    shuffle(shuffled, acts, random.Random(seed))
    assert kept(shuffled.here) == kept(plain.here) != []
    assert shuffled.stood() == shuffled.should() == plain.should()
    plain.here.store.close()
    shuffled.here.store.close()


@pytest.mark.parametrize("seed", range(4))
def test_any_order_on_either_store(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    verbs = ("t01", "t12", "correct", "withdraw")
    acts = [(f"{chance.choice('abcxy')} {chance.choice(verbs)}", chance.choice((0, 3_600))) for _ in range(30)]
    shuffle(desk, [("a t01", 3_600), *acts], chance)
    assert desk.stood() == desk.should() != {}


def test_each_place_has_kinds_and_a_source() -> None:
    assert places()[0].name == FRONT
    for one in places():
        assert one.kinds
        assert "国办秘函〔2019〕19号" in one.rule.source
        assert one.rule.name == f"栏目更新：{one.name}"
