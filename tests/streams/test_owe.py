"""Duties that events begin: on every engine, in whatever order events come, the rows alone say what is owed."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from notices.notice import Message, Relation, RelationType
from streams import dead_letters
from streams.calendars import add_own, calendar_of
from streams.duties import Owed, done, duties_of, open_duties, pause, recount
from streams.events import Event, decode
from streams.outlets import Outlets
from streams.owe import owe
from streams.stages import STAGES, Stage
from streams.store.store import Tx
from streams.store.tables import audit, calendar_edition, dead_letter, duty
from streams.store.tables import event as events
from tests.streams.conftest import KAFKA, PAIRS
from tests.streams.hosts import Host
from tests.streams.installation import Installation

OWE = next(stage for stage in STAGES if stage.name == "owe")
KEPT = ("id", "section", "about", "start", "last", "ends_at", "done_at", "how", "ended_by", "begun", "notice")


@pytest.fixture(params=(*PAIRS, KAFKA))
def pair(request: pytest.FixtureRequest) -> str:
    """Every engine."""
    return str(request.param)


def explains(here: Installation, name: str, of: str, *, number: int = 1, still: bool = True) -> Message:
    """Release an explanation of the notice ``of``; without ``still``, one that is of it no more."""
    tie = Relation(type=RelationType.INTERPRETS, title="原文", notice=of)
    return here.release(name, number=number, text={"kind": "t10", "relations": (tie,) if still else (), "fields": {}})


MILESTONE = {"going": ("2026-12-10", "进行中"), "later": ("2027-02-10", "延期"), "done": ("2026-12-10", "已完成")}


def reports(what: str) -> dict[str, Any]:
    """The text of a progress report that says this of a milestone."""
    day, state = MILESTONE[what]
    row = {"节点": "办公场所落实", "计划完成日": day, "状态": state, "责任股室": "办公室"}
    return {"kind": "t08", "fields": {"dossier": "JC-2026-01", "milestones": [row]}}


def stands(here: Installation, notice: str) -> dict[str, tuple[str | None, str | None]]:
    """Row of the file → how the duty of it ended, and by what; None while it is open."""
    found = here.store.read(lambda c: duties_of(c, notice))
    return {str(one.begun): (one.how, one.ended_by) for one in found}


def of(here: Installation, notice: str, row: str) -> Owed:
    """One of its duties."""
    (found,) = [one for one in here.store.read(lambda c: duties_of(c, notice)) if one.begun == row]
    return found


def acts(here: Installation, name: str) -> list[str]:
    """What the audit has of a duty."""
    wanted = select(audit.c.act).where(audit.c.subject == name).order_by(audit.c.number)
    return here.store.read(lambda c: list(c.execute(wanted).scalars()))


# -- on every engine ---------------------------------------------------------------------------------


def test_a_policy_owes_its_explanation_until_one_is_out(here: Installation, host: Host) -> None:
    here.release("a")
    host.settle()
    assert stands(here, "a") == {"explain": (None, None), "disclose": ("met", "a.1")}
    here.clock.advance(86_400)
    explains(here, "b", "a")
    host.settle()
    assert stands(here, "a") == {"explain": ("met", "b.1"), "disclose": ("met", "a.1")}
    met = of(here, "a", "explain")
    assert (met.done_at, met.is_late, met.rule.source) == (
        here.clock.now(),
        False,
        "各地政策解读规定（与文件同步，最迟三个工作日）",
    )
    assert acts(here, met.id) == ["duty.added", "duty.done"]


def test_a_withdrawal_lets_what_is_open_fall_away_and_owes_the_clearing_up(here: Installation, host: Host) -> None:
    first = here.release("a")
    host.settle()
    here.clock.advance(60)
    here.withdraw(first, sequence=2)
    host.settle()
    assert stands(here, "a") == {
        "clean-up": (None, None),
        "explain": ("withdrawn", "a.2"),
        "disclose": ("met", "a.1"),
    }


def test_an_explanation_that_is_taken_back_leaves_it_owed(here: Installation, host: Host) -> None:
    here.release("a")
    here.clock.advance(60)
    explanation = explains(here, "b", "a")
    host.settle()
    assert stands(here, "a")["explain"] == ("met", "b.1")
    here.clock.advance(60)
    here.withdraw(explanation, sequence=2)
    host.settle()
    assert stands(here, "a")["explain"] == (None, None)
    here.clock.advance(60)
    explains(here, "c", "a")
    host.settle()
    assert stands(here, "a")["explain"] == ("met", "c.1")
    assert acts(here, of(here, "a", "explain").id)[-2:] == ["duty.reopened", "duty.done"]


def test_a_correction_that_moves_the_date_recounts(here: Installation, host: Host) -> None:
    guide: dict[str, Any] = {"kind": "t11", "fields": {}}
    here.release("g", text={**guide, "review_on": date(2027, 3, 1)})
    host.settle()
    assert of(here, "g", "review").last == date(2027, 3, 1)
    here.clock.advance(60)
    here.release("g", number=2, text={**guide, "review_on": date(2028, 3, 6), "section": "jy"})
    host.settle()
    moved = of(here, "g", "review")
    assert (moved.last, moved.section, moved.about) == (date(2028, 3, 6), "jy", "g 第2版")
    entry = here.store.read(
        lambda c: c.execute(select(audit.c.detail).where(audit.c.subject == moved.id, audit.c.act == "duty.moved"))
    )
    detail = json.loads(entry.scalar_one())
    assert (detail["was"]["last"], detail["now"]["last"]) == ("2027-03-01", "2028-03-06")
    assert detail["was"]["section"] == "sb"


def test_the_next_report_of_the_same_matter_meets_the_promise(here: Installation, host: Host) -> None:
    for number, name in enumerate(("r1", "r2", "r3"), start=1):
        here.clock.advance(86_400)
        promised = (date(2026, 12, 20) + timedelta(days=30 * number)).isoformat()
        here.release(name, text={"kind": "t08", "fields": {"dossier": "JC-2026-01", "next_on": promised}})
        here.release(f"other-{name}", of="ybj", text={"kind": "t08", "fields": {"dossier": "JC-2026-01"}})
        host.settle()
    found = [stands(here, name)["next-report"] for name in ("r1", "r2", "r3")]
    assert found == [("met", "r2.1"), ("met", "r3.1"), (None, None)]


def test_a_milestone_is_owed_by_the_newest_report_that_names_it(here: Installation, host: Host) -> None:
    found = []
    for name, what in (("r1", "going"), ("r2", "going"), ("r3", "later"), ("r4", "done")):
        here.clock.advance(86_400)
        here.release(name, text=reports(what))
        host.settle()
        found.append([stands(here, of).get("milestone", ("never", None)) for of in ("r1", "r2", "r3", "r4")])
    none = ("never", None)
    assert found == [
        [(None, None), none, none, none],
        [("dropped", "r2.1"), (None, None), none, none],
        [("dropped", "r2.1"), ("met", "r3.1"), (None, None), none],
        [("dropped", "r2.1"), ("met", "r3.1"), ("met", "r4.1"), none],
    ]
    one = of(here, "r3", "milestone")
    assert (one.rule.name, one.last) == ("进展节点：办公场所落实", date(2027, 2, 10))


def test_the_next_bulletin_is_owed_until_the_event_is_over(here: Installation, host: Host) -> None:
    found = []
    for serial, (name, status) in enumerate((("n1", "处置中"), ("n2", "处置中"), ("n3", "已恢复")), start=1):
        here.clock.advance(3_600)
        fields = {"serial": f"{serial}", "event": "大厅停电", "status": status, "next_at": "2026-12-23T12:00:00+08:00"}
        here.release(name, text={"kind": "t09", "fields": fields})
        here.release(f"other-{name}", of="ybj", text={"kind": "t09", "fields": fields})
        host.settle()
        found.append([stands(here, of).get("next-bulletin", ("never", None)) for of in ("n1", "n2", "n3")])
    none = ("never", None)
    assert found == [
        [(None, None), none, none],
        [("met", "n2.1"), (None, None), none],
        [("met", "n2.1"), ("met", "n3.1"), none],
    ]


def test_a_briefing_is_owed_once_from_the_bulletin_that_says_how_grave_it_is(here: Installation, host: Host) -> None:
    found = []
    for serial, (name, level) in enumerate((("n1", "一般"), ("n2", "重大"), ("n3", "特别重大")), start=1):
        here.clock.advance(3_600)
        fields = {"serial": f"{serial}", "event": "大厅停电", "level": level, "happened_at": "2026-11-23T08:00+08:00"}
        here.release(name, text={"kind": "t09", "fields": {**fields, "status": "处置中"}})
        host.settle()
        found.append([stands(here, of).get("briefing", ("never", None)) for of in ("n1", "n2", "n3")])
    none = ("never", None)
    assert found == [[none, none, none], [none, (None, None), none], [none, (None, None), none]]


def test_late_is_late(here: Installation, host: Host) -> None:
    here.release("a", text={"formed_on": date(2026, 1, 5)})
    here.release("b", text={"formed_on": date(2026, 11, 20)})
    host.settle()
    assert (of(here, "a", "disclose").is_late, of(here, "b", "disclose").is_late) == (True, False)


# -- the calendar ------------------------------------------------------------------------------------


def test_the_years_of_the_program_are_there_before_anything_is_counted(here: Installation, host: Host) -> None:
    assert here.store.read(lambda c: c.execute(select(calendar_edition)).first()) is None
    here.release("a")
    host.settle()
    one = of(here, "a", "explain")
    assert not one.provisional
    assert one.edition == here.store.read(lambda c: calendar_of(c, "rsj")).edition > 0


def test_news_of_the_calendar_move_what_is_open(here: Installation, host: Host) -> None:
    here.release("a")
    host.settle()
    before = of(here, "a", "explain")
    assert before.last is not None
    off = {before.last: "停电"}
    here.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {}, (), by="张三"))
    (moved,) = here.store.write(lambda tx: recount(tx, "rsj"))
    assert moved.was == before.last
    here.release("a", number=2)
    host.settle()
    after = of(here, "a", "explain")
    assert after.last == moved.owed.last, "a correction that moves nothing counts nothing anew"


# -- a person's word ---------------------------------------------------------------------------------


def test_a_persons_word_is_not_undone_by_what_is_heard_later(here: Installation, host: Host) -> None:
    first = here.release("a")
    host.settle()
    name = of(here, "a", "explain").id
    here.store.write(lambda tx: done(tx, name, how="已在新闻发布会上解读", by="张三"))
    here.release("a", number=2)
    here.withdraw(first, sequence=3)
    host.settle()
    assert stands(here, "a")["explain"] == ("已在新闻发布会上解读", None)


def test_a_later_date_is_owed_anew_after_a_persons_word(here: Installation, host: Host) -> None:
    guide: dict[str, Any] = {"kind": "t11", "fields": {}}
    here.release("g", text={**guide, "review_on": date(2027, 3, 1)})
    host.settle()
    name = of(here, "g", "review").id
    here.store.write(lambda tx: done(tx, name, how="复审过了", by="张三"))
    here.release("g", number=2, minor=True, text={**guide, "review_on": date(2028, 3, 1)})
    host.settle()
    again = of(here, "g", "review")
    assert (again.id, again.done_at, again.how, again.last) == (name, None, None, date(2028, 3, 1))
    assert acts(here, name) == ["duty.added", "duty.done", "duty.reopened"]


def test_a_pause_stays_when_the_text_is_corrected(here: Installation, host: Host) -> None:
    here.release("a")
    host.settle()
    name = of(here, "a", "explain").id
    here.store.write(lambda tx: pause(tx, name, date(2026, 12, 1), why="等上级口径", by="张三"))
    here.release("a", number=2)
    host.settle()
    after = of(here, "a", "explain")
    assert (after.stands, after.about) == (True, "a 第2版")


# -- any order ---------------------------------------------------------------------------------------


@pytest.fixture
def owing_fails(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A fault of the stage, until ``mended`` is set."""
    trouble = {"mended": False}

    def act(tx: Tx, carried: Sequence[Event], outlets: Outlets) -> None:
        if not trouble["mended"]:
            raise RuntimeError("a bad deploy")
        owe(tx, carried, outlets)

    faulty = Stage(OWE.name, OWE.topic, OWE.on, act)
    for module in ("streams.embedded", "streams.dead_letters", "streams.recover", "tests.streams.hosts"):
        monkeypatch.setattr(f"{module}.STAGES", (*STAGES[:-1], faulty))
    monkeypatch.setattr("streams.kafka.host.STAGES", (*STAGES[:-1], faulty))
    return trouble


def test_what_is_let_go_from_the_dead_letters_days_later_is_owed_as_it_should_have_been(
    here: Installation, host: Host, owing_fails: dict[str, bool]
) -> None:
    here.release("a")
    host.settle()
    here.clock.advance(60)
    explains(here, "b", "a")
    host.settle()
    met_at = here.clock.now()
    owing_fails["mended"] = True
    here.clock.advance(9 * 86_400)
    letters = here.store.read(
        lambda c: list(c.execute(select(dead_letter.c.id).order_by(dead_letter.c.id.desc())).scalars())
    )
    assert len(letters) == 2
    for letter in letters:
        here.store.write(partial(dead_letters.retry, letter=letter, outlets=here.outlets))
    assert stands(here, "a")["explain"] == ("met", "b.1")
    assert of(here, "a", "explain").done_at == met_at


def kept(here: Installation) -> list[tuple[Any, ...]]:
    """Every duty, as far as it comes from what was said."""
    rows = here.store.read(lambda c: c.execute(select(*(duty.c[name] for name in KEPT)).order_by(duty.c.id)).all())
    return [tuple(row) for row in rows]


class Story:
    """Acts on two notices that explain each other's matters, one after the other."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.said: dict[str, list[Message]] = {}
        self.gone: set[str] = set()

    def act(self, what: str) -> None:
        """Do it where it can be done."""
        name, verb = what.split(" ")
        before = self.said.setdefault(name, [])
        if name in self.gone or (verb == "withdraw" and not before) or (name != "a" and not self.said.get("a")):
            return
        self.here.clock.advance(3_600)
        number = len(before) + 1
        if verb == "withdraw":
            before.append(self.here.withdraw(before[-1], sequence=number))
            self.gone.add(name)
        elif name == "a":
            text = {"ends_on": date(2026, 12, 31) if verb == "dates" else None}
            if verb == "forms":
                text["formed_on"] = date(2026, 11, number)
            before.append(self.here.release(name, number=number, text=text))
        elif name in "pq":
            before.append(self.here.release(name, number=number, text=reports(verb)))
        else:
            before.append(explains(self.here, name, "a", number=number, still=verb != "unties"))


ACTS = st.sampled_from(
    [
        "a release",
        "a dates",
        "a forms",
        "a withdraw",
        *(f"{x} {y}" for x in "bc" for y in ("release", "unties", "withdraw")),
        *(f"{x} {y}" for x in "pq" for y in (*MILESTONE, "withdraw")),
    ]
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Folders for stores, one for each telling."""
    return lambda: tmp_path_factory.mktemp("owe")


def opened(places: Any) -> Installation:
    """An installation of its own, at one and the same time."""
    home = places()
    return Installation(home, f"sqlite:///{home / 'gongkai.sqlite'}")


def heard(here: Installation) -> list[Event]:
    """The events of the topic, in order."""
    wanted = select(events.c.body).where(events.c.topic == "notices").order_by(events.c.position)
    return [decode(bytes(body)) for body in here.store.read(lambda c: list(c.execute(wanted).scalars()))]


@settings(max_examples=40, deadline=None)
@given(
    acts=st.lists(ACTS, min_size=1, max_size=9),
    seed=st.integers(0, 2**32),
    pauses=st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_any_order_ends_in_the_same_duties(places: Any, acts: list[str], seed: int, pauses: list[bool]) -> None:
    """Carried one by one as they come; or in any order, several times, some in one batch, some before later ones are
    even said."""
    plain, shuffled = opened(places), opened(places)
    chance = random.Random(seed)
    one, other = Story(plain), Story(shuffled)
    done_until = 0
    for act, now in zip(["a release", *acts], [True, *pauses], strict=False):
        one.act(act)
        carried = heard(plain)
        for single in carried[done_until:]:
            plain.store.write(partial(_owe, carried=[single], outlets=plain.outlets))
        done_until = len(carried)
        other.act(act)
        if now:
            some = heard(shuffled)
            batch = chance.sample(some, chance.randint(1, len(some)))
            shuffled.store.write(partial(_owe, carried=batch, outlets=shuffled.outlets))
    rest = heard(shuffled) * 2
    chance.shuffle(rest)
    while rest:
        batch = [rest.pop() for _ in range(min(len(rest), chance.randint(1, 3)))]
        shuffled.store.write(partial(_owe, carried=batch, outlets=shuffled.outlets))
    assert kept(shuffled) == kept(plain) != []
    before = acts_of_all(shuffled)
    shuffled.store.write(partial(_owe, carried=heard(shuffled), outlets=shuffled.outlets))
    assert acts_of_all(shuffled) == before, "what has nothing new leaves no trace"
    plain.store.close()
    shuffled.store.close()


def _owe(tx: Tx, carried: Sequence[Event], outlets: Outlets) -> None:
    owe(tx, carried, outlets)


def acts_of_all(here: Installation) -> int:
    """How many entries the audit has."""
    return len(here.store.read(lambda c: c.execute(select(audit.c.number)).all()))


def test_nobody_owes_for_another_office(here: Installation, host: Host) -> None:
    here.release("a", of="ybj")
    host.settle()
    assert here.store.read(lambda c: open_duties(c, "rsj")) == []
    assert [one.begun for one in here.store.read(lambda c: open_duties(c, "ybj"))] == ["explain"]
