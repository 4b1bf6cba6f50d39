"""Who is to have a message: a whole list at first, later those that had something of it, and nobody twice."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from channels.base import Accepted, Answer, Done, Outcome, Reached, Refused, TryAgain, Unsure, Work
from streams.audiences import Audience, define, opt_out, read_in
from streams.audit import record
from streams.ceiling import let_through
from streams.decide import Decision, decide
from streams.disable import enable
from streams.erase import erase
from streams.outlets import endpoint_of
from streams.recipients import HAD, NEVER_WENT, Earlier, concerned
from streams.seal import Seal
from streams.store.tables import audit, delivery, endpoint, part, reached
from streams.would_reach import would_reach
from tests.streams.hosts import Host
from tests.streams.installation import Installation

NUMBERS = [f"139{number:08}" for number in range(10)]
KEY = Seal.new_key()


@pytest.fixture
def persons(here: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with an audience of ten and an endpoint that speaks to them in parts of three or four."""
    monkeypatch.setitem(os.environ, "GONGKAI_SECRET_NUMBERS", KEY)
    told = Audience("pensioners", "rsj", "退休人员", "社会保险法第四条", 30)
    here.store.write(lambda tx: define(tx, told, by="测试"))
    assert read_in(here.store, here.outlets.seal(), "pensioners", NUMBERS, by="测试") == 10
    here.endpoint("phones", "irreversible", parts=3, audience="pensioners")
    here.witness.behaviours["phones"] = takes_all
    return here


def takes_all(step: str, work: Work) -> Accepted:
    """Every recipient's text is taken."""
    return Accepted(each={one.place: Reached(Outcome.ACCEPTED, f"no-{one.place}") for one in work.recipients})


def refuses(*numbers: str) -> object:
    """These are refused, the others taken."""

    def behave(step: str, work: Work) -> Answer:
        return Accepted(
            each={
                one.place: Reached(Outcome.REFUSED if one.number in numbers else Outcome.ACCEPTED)
                for one in work.recipients
            }
        )

    return behave


def received(here: Installation, sequence: int) -> list[str]:
    """The numbers that a message of the subject went to, in order."""
    return sorted(number for one in here.witness.at("phones") if one.sequence == sequence for number in one.numbers)


def test_everybody_on_the_list_has_it_once_in_parts_of_about_one_size(persons: Installation, host: Host) -> None:
    persons.release("a", channels=("irreversible",))
    host.settle()
    assert [len(one.numbers) for one in persons.witness.at("phones")] == [4, 4, 2]
    assert received(persons, 1) == NUMBERS
    rows = persons.store.read(lambda c: c.execute(select(reached).order_by(reached.c.place)).all())
    assert [(row.place, row.state, row.reference) for row in rows] == [(n, "accepted", f"no-{n}") for n in range(10)]


def test_a_correction_goes_to_exactly_those_that_had_the_first(persons: Installation, host: Host) -> None:
    persons.witness.behaviours["phones"] = refuses(NUMBERS[1], NUMBERS[9])  # type: ignore[assignment]  # a behaviour
    persons.release("a", channels=("irreversible",))
    host.settle()
    read_in(persons.store, persons.outlets.seal(), "pensioners", ["13900000099"], by="测试")  # a new list, meanwhile
    persons.release("a", channels=("irreversible",), number=2)
    host.settle()
    assert received(persons, 2) == [number for number in NUMBERS if number not in (NUMBERS[1], NUMBERS[9])]
    persons.release("b", channels=("irreversible",))
    host.settle()
    assert [one.numbers for one in persons.witness.at("phones") if one.subject == "b"] == [("13900000099",)]


def test_whoever_had_it_before_the_rest_was_refused_has_what_follows(persons: Installation, host: Host) -> None:
    """A part may take several requests: one number is refused, or a template is revoked overnight."""

    def half(step: str, work: Work) -> Answer:
        if len(work.recipients) < 3:
            raise Refused("the template was revoked", final=True)
        return Done(each={one.place: Reached(Outcome.ACCEPTED) for one in work.recipients[:2]})

    persons.witness.behaviours["phones"] = half
    first = persons.release("a", channels=("irreversible",))
    host.settle()
    had = [*NUMBERS[0:2], *NUMBERS[4:6]]
    rows = persons.store.read(lambda c: c.execute(select(reached).order_by(reached.c.place)).all())
    assert {NUMBERS[row.place] for row in rows if row.state == Outcome.ACCEPTED} == set(had)
    assert {row.cause for row in rows if row.state == Outcome.REFUSED} == {"the template was revoked"}
    parts = persons.store.read(lambda c: list(c.execute(select(part.c.state).order_by(part.c.number)).scalars()))
    assert parts == ["accepted", "accepted", "refused"]
    persons.witness.behaviours["phones"] = takes_all
    persons.release("a", channels=("irreversible",), number=2)
    host.settle()
    assert received(persons, 2) == had
    persons.withdraw(first, sequence=3)
    host.settle()
    assert received(persons, 3) == had


def foreseen(here: Installation, subject: str, sequence: int, *, withdraws: bool = False) -> int:
    """How many the next message of the subject would go to."""

    def read(connection: Connection) -> int:
        found = endpoint_of(connection.execute(select(endpoint).where(endpoint.c.id == "phones")).one())
        channel = here.outlets.channel(found)
        return would_reach(connection, found, channel, subject, sequence=sequence, withdraws=withdraws)

    return here.store.read(read)


def test_what_is_foreseen_is_what_goes_out(persons: Installation, host: Host) -> None:
    blinds = [persons.outlets.seal().blind(NUMBERS[0])]
    persons.store.write(lambda tx: opt_out(tx, "rsj", blinds, "来电"))
    assert foreseen(persons, "a", 1) == 9
    persons.witness.behaviours["phones"] = refuses(NUMBERS[1], NUMBERS[9])  # type: ignore[assignment]  # a behaviour
    first = persons.release("a", channels=("irreversible",))
    host.settle()
    assert len(received(persons, 1)) == 9
    assert foreseen(persons, "a", 2) == foreseen(persons, "a", 2, withdraws=True) == 7
    persons.withdraw(first, sequence=2)
    host.settle()
    assert len(received(persons, 2)) == 7
    assert foreseen(persons, "a", 2, withdraws=True) == 7  # as before it went
    assert foreseen(persons, "a", 3) == 7


def test_before_anything_went_out_a_correction_is_foreseen_for_all_and_a_withdrawal_for_nobody(
    persons: Installation,
) -> None:
    persons.release("a", channels=("irreversible",))
    assert foreseen(persons, "a", 2) == 10
    assert foreseen(persons, "a", 2, withdraws=True) == 0


def test_whoever_is_being_sent_to_at_this_moment_counts_as_one_who_had_it(persons: Installation, host: Host) -> None:
    """A withdrawal of what is going out tells how many it reached; these will have it before the next part is."""
    counted: dict[int, tuple[int, int]] = {}

    def counts(step: str, work: Work) -> Answer:
        counted.setdefault(work.part, (foreseen(persons, "a", 2, withdraws=True), foreseen(persons, "a", 2)))
        return takes_all(step, work)

    persons.witness.behaviours["phones"] = counts
    persons.release("a", channels=("irreversible",))
    host.settle()
    assert counted == {0: (4, 10), 1: (8, 10), 2: (10, 10)}


def test_without_a_list_nobody_is_foreseen(persons: Installation) -> None:
    erase(persons.store, "pensioners", why="业务结束", by="测试")
    assert foreseen(persons, "a", 1) == 0


def test_whoever_may_have_had_it_hears_of_the_withdrawal(persons: Installation, host: Host) -> None:
    def second_part_is_lost(step: str, work: Work) -> Answer:
        if work.part == 1:
            raise Unsure("no answer")
        return takes_all(step, work)

    persons.witness.behaviours["phones"] = second_part_is_lost
    first = persons.release("a", channels=("irreversible",))
    host.settle()
    persons.witness.behaviours["phones"] = takes_all
    persons.withdraw(first, sequence=2)
    host.settle()
    assert received(persons, 2) == NUMBERS


def test_where_a_person_found_that_it_arrived_all_of_the_part_had_it(persons: Installation, host: Host) -> None:
    def never_answers(step: str, work: Work) -> Answer:
        raise Unsure("no answer")

    persons.witness.behaviours["phones"] = never_answers
    persons.release("a", channels=("irreversible",))
    host.settle()
    (name,) = persons.store.read(lambda c: c.execute(select(delivery.c.id)).scalars().all())
    for number, found in enumerate((Decision.ARRIVED, Decision.LOST, Decision.LOST)):
        of = {"outlets": persons.outlets, "delivery": name, "number": number, "decision": found}
        persons.store.write(partial(decide, **of, why="查过了", by="测试"))
    persons.witness.behaviours["phones"] = takes_all
    persons.release("a", channels=("irreversible",), number=2)
    host.settle()
    assert received(persons, 2) == NUMBERS[:4]


def test_nobody_is_told_of_the_withdrawal_of_what_never_went_out(persons: Installation, host: Host) -> None:
    first = persons.release("a", channels=("irreversible",))
    persons.withdraw(first, sequence=2)
    host.settle()
    if not received(persons, 1):  # a host may send the first before it hears of the second
        assert received(persons, 2) == []
        assert persons.states("a") == {"phones": ["superseded", "cancelled"]}


def test_where_the_office_wants_no_texts_of_withdrawals_only_what_still_went_out_is_followed(
    persons: Installation, host: Host
) -> None:
    persons.endpoint("quiet", "irreversible", parts=3, audience="pensioners", withdrawals=False)
    persons.witness.behaviours["quiet"] = takes_all
    first = persons.release("a", channels=("irreversible",))
    host.settle()
    persons.withdraw(first, sequence=2)
    host.settle()
    assert received(persons, 2) == NUMBERS, "the other endpoint's are told"
    assert persons.states("a") == {"phones": ["accepted", "accepted"], "quiet": ["accepted"]}

    def second_part_waits(step: str, work: Work) -> Answer:
        if work.part == 1:
            raise TryAgain("busy", retry_after=3_600)
        return takes_all(step, work)

    persons.witness.behaviours["quiet"] = second_part_waits
    other = persons.release("b", channels=("irreversible",))
    host.settle()
    persons.witness.behaviours["quiet"] = takes_all
    persons.withdraw(other, sequence=2)
    host.settle()
    persons.clock.advance(3_600)
    host.settle()
    said = [one for one in persons.witness.at("quiet") if one.subject == "b"]
    had = {number for one in said if one.sequence == 1 and one.part != 1 for number in one.numbers}
    assert {number for one in said if one.sequence == 2 for number in one.numbers} == had
    assert persons.states("b")["quiet"] == ["superseded", "accepted"]


def test_a_correction_before_anything_went_out_goes_to_the_whole_list(persons: Installation, host: Host) -> None:
    persons.release("a", channels=("irreversible",))
    persons.release("a", channels=("irreversible",), number=2)
    host.settle()
    assert sorted(received(persons, 1) + received(persons, 2)) in (NUMBERS, sorted(NUMBERS * 2))
    assert received(persons, 2) == NUMBERS


def test_who_opted_out_gets_nothing_more_from_this_office(persons: Installation, host: Host) -> None:
    blinds = [persons.outlets.seal().blind(NUMBERS[0])]
    assert persons.store.write(lambda tx: opt_out(tx, "rsj", blinds, "TD")) == 1
    assert persons.store.write(lambda tx: opt_out(tx, "rsj", blinds, "TD")) == 0
    persons.release("a", channels=("irreversible",))
    host.settle()
    assert received(persons, 1) == NUMBERS[1:]


def test_what_was_erased_gets_nothing_and_is_said_so(persons: Installation, host: Host) -> None:
    persons.release("a", channels=("irreversible",))
    assert erase(persons.store, "pensioners", why="名单有误", by="测试") == 10
    host.settle()
    assert persons.witness.at("phones") == []
    assert set(persons.parts("a")) <= {"cancelled", "parked"}


def test_what_went_out_stays_accepted_when_nobody_is_left_to_ask_after(persons: Installation, host: Host) -> None:
    def asks_again(step: str, work: Work) -> Answer:
        return replace(takes_all(step, work), ask_again_at=persons.clock.now() + timedelta(minutes=1))

    persons.witness.behaviours["phones"] = asks_again
    persons.release("a", channels=("irreversible",))
    host.settle()
    erase(persons.store, "pensioners", why="业务结束", by="测试")
    persons.clock.advance(120)
    host.settle()
    assert persons.parts("a") == ["accepted"] * 3


def test_without_a_list_it_waits_for_a_person(here: Installation, host: Host) -> None:
    here.endpoint("phones", "irreversible", parts=3, audience="nobody")
    here.release("a", channels=("irreversible",))
    host.settle()
    assert here.states("a") == {"phones": ["parked"]}
    causes = here.store.read(lambda c: c.execute(select(delivery.c.cause)).scalars().all())
    assert causes == ["NoRecipients: nobody"]
    here.store.write(lambda tx: enable(tx, "phones", by="测试"))
    host.settle()
    assert here.states("a") == {"phones": ["parked"]}, "there still is none"
    assert here.witness.tried == [], "no channel is asked to send to nobody"


def test_a_list_that_comes_later_frees_what_waits_for_it(persons: Installation, host: Host) -> None:
    persons.store.write(lambda tx: define(tx, Audience("later", "rsj", "甲", "第四条", 30), by="测试"))
    persons.endpoint("later", "irreversible", parts=3, audience="later")
    persons.witness.behaviours["later"] = takes_all
    persons.release("a", channels=("irreversible",))
    host.settle()
    assert persons.states("a") == {"phones": ["accepted"], "later": ["parked"]}
    read_in(persons.store, persons.outlets.seal(), "later", NUMBERS, by="测试")
    persons.store.write(lambda tx: enable(tx, "later", by="测试"))
    for _ in range(3):  # what was enabled again is sent slowly at first
        host.settle()
        persons.clock.advance(60)
    assert persons.states("a") == {"phones": ["accepted"], "later": ["accepted"]}
    assert sorted(number for one in persons.witness.at("later") for number in one.numbers) == NUMBERS


def waits_for_a_list(here: Installation, host: Host, *, ceiling: str) -> None:
    """A message to an audience whose list of ten comes after it, at a yuan each."""
    here.store.write(lambda tx: define(tx, Audience("later", "rsj", "甲", "第四条", 30), by="测试"))
    here.endpoint("later", "irreversible", parts=3, audience="later", ceiling=ceiling)
    here.witness.behaviours["later"] = takes_all
    here.release("a", channels=("irreversible",))
    host.settle()
    read_in(here.store, here.outlets.seal(), "later", NUMBERS, by="测试")


def goes_on(here: Installation, host: Host) -> None:
    """Enable it; what was enabled again is sent slowly at first."""
    here.store.write(lambda tx: enable(tx, "later", by="测试"))
    for _ in range(3):
        host.settle()
        here.clock.advance(60)


def let(here: Installation) -> int:
    return here.store.write(lambda tx: let_through(tx, here.outlets, "later", by="林晓"))


def test_a_list_that_comes_later_and_costs_too_much_is_asked_about(
    persons: Installation, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits_for_a_list(persons, host, ceiling="9")
    for lang, says in (("zh", "10 人，10 元，上限 9 元"), ("en", "persons: 10, yuan: 10, ceiling: 9")):
        monkeypatch.setenv("GONGKAI_LANG", lang)
        goes_on(persons, host)
        assert persons.states("a")["later"] == ["parked"]
        assert persons.witness.at("later") == []
        (cause,) = persons.store.read(
            lambda c: c.execute(select(delivery.c.cause).where(delivery.c.endpoint == "later")).scalars().all()
        )
        assert says in cause
        assert "gongkai endpoints enable later --over-ceiling" in cause
        assert "AboveCeiling" not in cause
    assert let(persons) == 1
    goes_on(persons, host)
    assert persons.states("a")["later"] == ["accepted"]
    assert sorted(number for one in persons.witness.at("later") for number in one.numbers) == NUMBERS
    (entry,) = persons.store.read(lambda c: c.execute(select(audit).where(audit.c.act == "notice.let_through")).all())
    assert (entry.who, entry.subject) == ("林晓", "a")
    assert json.loads(entry.detail)["over_ceiling"] == {"later": {"people": "10", "price": "10", "ceiling": "9"}}


def test_a_list_that_comes_before_anything_is_planned_is_asked_about_too(persons: Installation, host: Host) -> None:
    persons.store.write(lambda tx: define(tx, Audience("later", "rsj", "甲", "第四条", 30), by="测试"))
    persons.endpoint("later", "irreversible", parts=3, audience="later", ceiling="9")
    persons.witness.behaviours["later"] = takes_all
    persons.release("a", channels=("irreversible",))  # nothing runs yet
    read_in(persons.store, persons.outlets.seal(), "later", NUMBERS, by="测试")
    host.settle()
    assert persons.states("a") == {"phones": ["accepted"], "later": ["parked"]}
    assert let(persons) == 1
    goes_on(persons, host)
    assert persons.states("a")["later"] == ["accepted"]
    assert sorted(number for one in persons.witness.at("later") for number in one.numbers) == NUMBERS


def test_what_has_no_rendition_there_is_in_nobodys_way(persons: Installation, host: Host) -> None:
    persons.release("b", channels=("irreversible", "keyed"))
    persons.endpoint("later", "keyed", audience="later", ceiling="9")  # too late for a rendition of it
    persons.store.write(lambda tx: define(tx, Audience("later", "rsj", "甲", "第四条", 30), by="测试"))
    host.settle()
    assert persons.states("b")["later"] == ["parked"]
    read_in(persons.store, persons.outlets.seal(), "later", NUMBERS, by="测试")
    assert let(persons) == 0


def test_a_list_that_comes_later_and_costs_no_more_than_it_may_is_not_asked_about(
    persons: Installation, host: Host
) -> None:
    waits_for_a_list(persons, host, ceiling="10")
    assert let(persons) == 0, "there is nothing to let through"
    goes_on(persons, host)
    assert persons.states("a")["later"] == ["accepted"]


@pytest.mark.parametrize(("at", "state"), [("later", "accepted"), ("phones", "parked")])
def test_what_was_let_through_as_it_was_released_is_not_asked_about_again(
    persons: Installation, host: Host, at: str, state: str
) -> None:
    waits_for_a_list(persons, host, ceiling="9")
    detail = {"version": 1, "over_ceiling": {at: {"people": "10", "price": "10", "ceiling": "9"}}}
    persons.store.write(
        lambda tx: record(tx, office="rsj", who="林晓", act="notice.released", subject="a", detail=detail)
    )
    goes_on(persons, host)
    assert persons.states("a")["later"] == [state]


def test_who_never_had_any_of_it_hears_of_no_end_of_it(persons: Installation, host: Host) -> None:
    persons.witness.behaviours["phones"] = refuses(NUMBERS[1])  # type: ignore[assignment]  # a behaviour
    first = persons.release("a", channels=("irreversible",))
    host.settle()
    persons.witness.behaviours["phones"] = takes_all
    persons.release("a", channels=("irreversible",), number=2)
    host.settle()
    persons.withdraw(first, sequence=3)
    host.settle()
    assert received(persons, 2) == received(persons, 3) == [one for one in NUMBERS if one != NUMBERS[1]]


OUTCOMES = st.sampled_from([Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN])
ENDS = st.sampled_from([*HAD, *NEVER_WENT, Outcome.REFUSED, Outcome.CANCELLED, Outcome.EXPIRED, Outcome.FAILED])
PLACES = frozenset(range(5))
CHAIN = st.lists(
    st.builds(Earlier, ENDS, st.booleans(), st.dictionaries(st.sampled_from(range(5)), OUTCOMES)), max_size=5
)


@given(listed=st.frozensets(st.sampled_from(range(5))), chain=CHAIN, withdraws=st.booleans())
def test_each_person_is_told_by_what_became_of_his_own_texts(
    listed: frozenset[int], chain: list[Earlier], withdraws: bool
) -> None:
    """For one person at a time: whether he had something of the subject, else whether he is owed a text."""
    wanted = set()
    for place in PLACES & listed:
        had, owed = False, True
        for one in chain:
            addressed = had or (owed and not one.withdraws)
            told = one.told.get(place)
            took = told in HAD if told else addressed and one.state in HAD
            waits = owed and told is None and one.state in NEVER_WENT and not one.withdraws
            had, owed = had or took, waits
        if had or (owed and not withdraws):
            wanted.add(place)
    assert concerned(listed, chain, withdraws=withdraws) == wanted


def test_no_number_stands_in_the_store_or_in_what_is_said_of_a_recipient(
    persons: Installation, host: Host, tmp_path: Path
) -> None:
    seen: list[str] = []

    def looks(step: str, work: Work) -> Answer:
        seen.extend(repr(one) for one in work.recipients)
        return takes_all(step, work)

    persons.witness.behaviours["phones"] = looks
    persons.release("a", channels=("irreversible",))
    host.settle()
    assert len(seen) == 10
    assert not any(number in text for text in seen for number in NUMBERS)
    for file in tmp_path.rglob("*.sqlite*"):
        assert not any(number.encode() in file.read_bytes() for number in NUMBERS), file
