"""How often persons were reached today: what is counted, of which day, by which endpoints, and what it costs to ask."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from channels.base import Accepted, Answer, NotYet, Outcome, Reached, Today, Unsure, Work
from config.clock import day_of
from notices.notice import Urgency
from streams.audiences import Audience, define, read_in
from streams.deliver import Deliverer, Instead
from streams.outlets import endpoint_of
from streams.quotas import WouldWait, would_wait
from streams.seal import Seal
from streams.spent import Places, spent_today, texts_today
from streams.store.tables import delivery, endpoint, reached, recipient
from streams.turn import Intent, Turn
from tests.factories import message, version
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_turn import carry_all

NUMBERS = [f"139{number:08}" for number in range(6)]
STATES = (Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.REFUSED)
LATE = datetime(2026, 11, 23, 15, 59, 30, tzinfo=UTC)  # half a minute to midnight here


@dataclass
class Asked:
    """An outlet that writes down what it is told of the day, and answers by state, place for place."""

    states: tuple[Outcome, ...] = (Outcome.ACCEPTED,) * len(NUMBERS)
    told: list[Work] = field(default_factory=list)

    def __call__(self, step: str, work: Work) -> Answer:
        self.told.append(work)
        return Accepted(each={one.place: Reached(self.states[one.place]) for one in work.recipients})

    @property
    def spent(self) -> list[int | None]:
        """At each send."""
        return [None if work.today is None else work.today.spent for work in self.told]

    @property
    def had(self) -> list[list[int]]:
        """Of each recipient, at each send."""
        return [[one.had_today for one in work.recipients] for work in self.told]


@pytest.fixture
def persons(here: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with an audience of six; ``others`` are two of them in another order, and a stranger."""
    monkeypatch.setitem(os.environ, "GONGKAI_SECRET_NUMBERS", Seal.new_key())
    listed(here, "pensioners", NUMBERS)
    listed(here, "others", ["13700000000", NUMBERS[4], NUMBERS[0]])
    return here


def listed(here: Installation, name: str, numbers: list[str], office: str = "rsj") -> None:
    here.store.write(lambda tx: define(tx, Audience(name, office, name, "社会保险法第四条", 30), by="测试"))
    read_in(here.store, here.outlets.seal(), name, numbers, by="测试")


def phones(here: Installation, name: str, audience: str = "pensioners", **options: object) -> Asked:
    """An endpoint with quotas, unless ``options`` say otherwise."""
    of = {"channel": "irreversible", "audience": audience, "daily": 100, "daily_each": 3}
    here.endpoint(name, **of | options)  # type: ignore[arg-type]  # options by name
    here.witness.behaviours[name] = asked = Asked()
    return asked


def had(here: Installation, audience: str) -> list[int]:
    """By place, by the first office's irreversible endpoints."""
    places, now = Places(audience, 1, 0, 9), here.clock.now()
    texts = here.store.read(lambda c: texts_today(c, "rsj", "irreversible", places, now))
    size = here.store.read(lambda c: c.execute(select(recipient.c.place).where(recipient.c.audience == audience)).all())
    return [texts[place] for place in range(len(size))]


def spent(here: Installation, name: str) -> int:
    return here.store.read(lambda c: spent_today(c, name, here.clock.now())).spent


def sent(here: Installation, host: Host, subject: str, **said: object) -> None:
    here.release(subject, channels=("irreversible",), said=said)
    host.settle()


def test_counted_is_what_may_have_reached_somebody(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones")
    at.states = STATES
    sent(persons, host, "a")
    sent(persons, host, "b")
    assert at.spent == [0, 4]
    assert at.had == [[0] * 6, [1, 1, 1, 1, 0, 0]]
    begins, ends = day_of(persons.clock.now())
    assert [work.today for work in at.told] == [Today(begins, ends, 0), Today(begins, ends, 4)]


def test_another_day_begins_at_midnight_here(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones")
    persons.clock.set(LATE)
    sent(persons, host, "a")
    sent(persons, host, "b")
    persons.clock.advance(30)
    sent(persons, host, "c")
    assert at.spent == [0, 6, 0]
    assert at.had == [[0] * 6, [1] * 6, [0] * 6]


def test_an_endpoints_own_texts_and_a_persons_from_all_of_the_office(persons: Installation, host: Host) -> None:
    """Whichever list he stands in; what another office sends is none of it, nor what goes by another channel."""
    phones(persons, "phones")
    phones(persons, "second", "others")
    sent(persons, host, "a")
    phones(persons, "keyed", channel="keyed")
    persons.release("k", channels=("keyed",))
    listed(persons, "theirs", NUMBERS, "ybj")
    foreign = phones(persons, "foreign", "theirs", of="ybj")
    persons.release("f", of="ybj", channels=("irreversible",))
    host.settle()
    assert foreign.had == [[0] * 6]
    assert had(persons, "pensioners") == [2, 1, 1, 1, 2, 1]
    assert had(persons, "others") == [1, 2, 2]
    assert [spent(persons, name) for name in ("phones", "second", "foreign")] == [6, 3, 6]


def test_an_emergency_is_counted_but_held_against_nothing(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones")
    sent(persons, host, "a", urgency=Urgency.EMERGENCY, expires_at=persons.clock.now() + timedelta(hours=1))
    sent(persons, host, "b")
    assert at.spent == [None, 6]
    assert at.had == [[0] * 6, [1] * 6]


def test_where_there_are_no_quotas_nothing_is_counted(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones", daily=None, daily_each=None)
    sent(persons, host, "a")
    sent(persons, host, "b")
    assert (at.spent, at.had) == ([None, None], [[0] * 6] * 2)


def test_a_doubt_counts_with_all_of_its_part_on_the_day_it_began(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones", parts=2)

    def first_is_lost(step: str, work: Work) -> Answer:
        if work.part == 0 and work.message.subject == "a":
            raise Unsure("no answer")
        return at(step, work)

    persons.witness.behaviours["phones"] = first_is_lost
    sent(persons, host, "a")
    sent(persons, host, "b")
    assert at.spent == [3, 6, 9], "the second part; both of the next message"
    assert at.had == [[0] * 3, [1] * 3, [1] * 3]
    persons.clock.advance(86_400)
    sent(persons, host, "c")
    assert at.spent[3:] == [0, 3]


def test_what_is_found_later_was_sent_when_the_doubt_began(persons: Installation, host: Host) -> None:
    at = Asked()
    persons.endpoint("phones", "asks", audience="pensioners", daily=9)
    answers: list[Answer | Exception] = [Unsure("no answer")]

    def found(step: str, work: Work) -> Answer:
        if answers and isinstance(failure := answers.pop(), Exception):
            raise failure
        return at(step, work)

    persons.witness.behaviours["phones"] = found
    persons.clock.set(LATE)
    persons.release("a", channels=("asks",))
    host.settle()
    persons.clock.advance(60)
    host.settle()
    persons.release("b", channels=("asks",))
    host.settle()
    assert at.spent == [None, 0], "a look-up sends nothing, and what it found went yesterday"
    rows = select(reached.c.at).join(delivery, delivery.c.id == reached.c.delivery).where(delivery.c.subject == "a")
    assert set(persons.store.read(lambda c: c.execute(rows).scalars().all())) == {LATE}


def test_two_endpoints_at_one_moment_count_each_other(persons: Installation, host: Host) -> None:
    """One notice goes to two lists; who stands in both has it once today, and the other one tomorrow."""
    got = Counter[tuple[str, int]]()

    def one_a_day(step: str, work: Work) -> Answer:
        assert work.today is not None
        due = [one for one in work.recipients if not one.had_today]
        if not due:
            return NotYet(work.today.ends, "had theirs")
        got.update((one.number, persons.clock.now().day) for one in due)
        each = {one.place: Reached(Outcome.ACCEPTED) for one in due}
        again = work.today.ends if len(due) < len(work.recipients) else None
        return Accepted(each=each) if again is None else NotYet(again, "had theirs", each=each)

    for name, audience in (("phones", "pensioners"), ("second", "others"), ("third", "pensioners")):
        phones(persons, name, audience, daily_each=1)
        persons.witness.behaviours[name] = one_a_day
    sent(persons, host, "a")
    assert got == {(number, 23): 1 for number in (*NUMBERS, "13700000000")}
    for _ in range(3):
        persons.clock.advance(86_400)
        host.settle()
    assert max(got.values()) == 1
    assert Counter(number for number, _ in got)[NUMBERS[0]] == 3
    assert got.total() == 2 * len(NUMBERS) + 3


def test_what_hangs_on_the_offices_other_endpoints_shares_no_transaction_with_them(persons: Installation) -> None:
    """In one, neither turn would see what the other is about to send."""
    for name in ("phones", "second"):
        phones(persons, name, daily_each=1)
    phones(persons, "plain", daily_each=None)
    persons.release("a", channels=("irreversible",))
    carry_all(persons)
    worker = Deliverer(persons.store, persons.outlets, "t")
    turns = {key.endpoint: Turn(key) for key in worker.claim(3, urgent=False)}
    answers = persons.store.write(lambda tx: worker._try(tx, list(turns.values()), urgent=False))
    after = dict(zip(turns, answers, strict=True))
    assert isinstance(after.pop("plain"), Intent)
    assert after == {"phones": Instead.ALONE, "second": Instead.ALONE}
    for name in after:
        worker.work(turns[name].key)
    assert [len(persons.witness.at(name)) for name in after] == [1, 1]


def test_what_is_under_way_elsewhere_counts(persons: Installation, host: Host) -> None:
    first, second = phones(persons, "phones"), phones(persons, "second")

    def meanwhile(step: str, work: Work) -> Answer:
        assert had(persons, "pensioners") == [len(first.told) + len(second.told) + 1] * 6
        return first(step, work)

    persons.witness.behaviours["phones"] = meanwhile
    sent(persons, host, "a")
    assert (len(first.told), len(second.told)) == (1, 1)


def foreseen(here: Installation, people: int, **said: object) -> WouldWait:
    """Of the next message at ``phones``."""
    content = message(version(notice="new", channels=("irreversible",)), **said)

    def read(connection: Connection) -> WouldWait:
        found = endpoint_of(connection.execute(select(endpoint).where(endpoint.c.id == "phones")).one())
        return would_wait(connection, found, here.outlets.channel(found), content, people, here.clock.now())

    return here.store.read(read)


def test_what_would_wait_is_told_before(persons: Installation, host: Host) -> None:
    at = phones(persons, "phones", daily=8, daily_each=1)
    at.states = STATES
    assert foreseen(persons, 6) == WouldWait()
    assert foreseen(persons, 9) == WouldWait(daily=1)
    sent(persons, host, "a")
    assert foreseen(persons, 6) == WouldWait(daily=0, daily_each=4), "two are left, and four of the day's"
    assert foreseen(persons, 60) == WouldWait(daily=52, daily_each=4)
    assert foreseen(persons, 60, urgency=Urgency.EMERGENCY) == WouldWait()
    persons.clock.advance(86_400)
    assert foreseen(persons, 6) == WouldWait()


# -- what it costs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", ["embedded-sqlite"], indirect=True)
def test_no_question_reads_all_that_was_ever_reached(persons: Installation) -> None:
    phones(persons, "phones")
    with plans(persons) as told:
        persons.store.read(lambda c: spent_today(c, "phones", LATE))
        places = Places("pensioners", 1, 0, 999)
        persons.store.read(lambda c: texts_today(c, "rsj", "irreversible", places, LATE))
    assert any("reached_by_day" in line for line in told)
    assert any("part_in_doubt" in line for line in told)
    assert [line for line in told if line.startswith("SCAN") and "CONSTANT ROW" not in line] == []


@contextmanager
def plans(here: Installation) -> Iterator[list[str]]:
    """How SQLite answers what is asked meanwhile."""
    found: list[str] = []
    inside = [False]

    def explain(connection: Connection, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not inside[0] and statement.lstrip().upper().startswith("SELECT"):
            inside[0] = True
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(row.detail for row in rows)
            inside[0] = False

    engine = here.store.read(lambda c: c.engine)
    event.listen(engine, "before_cursor_execute", explain)
    yield found
    event.remove(engine, "before_cursor_execute", explain)
