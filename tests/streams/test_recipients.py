"""Who is to have a message: a whole list at first, later those that had something of it, and nobody twice."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels.base import Accepted, Answer, Outcome, Reached, Unsure, Work
from streams.audiences import Audience, define, erase, opt_out, read_in
from streams.recipients import HAD, concerned
from streams.seal import Seal
from streams.store.tables import delivery, reached
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


def takes_all(step: str, work: Work) -> Answer:
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


def test_nobody_is_told_of_the_withdrawal_of_what_never_went_out(persons: Installation, host: Host) -> None:
    first = persons.release("a", channels=("irreversible",))
    persons.withdraw(first, sequence=2)
    host.settle()
    if not received(persons, 1):  # a host may send the first before it hears of the second
        assert received(persons, 2) == []
        assert persons.states("a") == {"phones": ["superseded", "cancelled"]}


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
    assert persons.store.write(lambda tx: erase(tx, "pensioners", why="名单有误", by="测试")) == 10
    host.settle()
    assert persons.witness.at("phones") == []
    assert set(persons.parts("a")) <= {"cancelled", "parked"}


def test_without_a_list_it_waits_for_a_person(here: Installation, host: Host) -> None:
    here.endpoint("phones", "irreversible", parts=3, audience="nobody")
    here.release("a", channels=("irreversible",))
    host.settle()
    assert here.states("a") == {"phones": ["parked"]}
    causes = here.store.read(lambda c: c.execute(select(delivery.c.cause)).scalars().all())
    assert causes == ["NoRecipients: nobody"]


OUTCOMES = st.sampled_from([Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN])
PARTS = st.sampled_from([Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.SUPERSEDED, Outcome.REFUSED, Outcome.CANCELLED])


@given(
    listed=st.frozensets(st.integers(0, 6)),
    told=st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 6), OUTCOMES)),
    earlier=st.dictionaries(st.sampled_from("xy"), PARTS),
    withdraws=st.booleans(),
)
def test_nobody_who_may_have_had_it_is_left_out_and_nobody_else_is_asked(
    listed: frozenset[int], told: list[tuple[str, int, Outcome]], earlier: dict[str, Outcome], withdraws: bool
) -> None:
    found = concerned(listed, told, earlier, withdraws=withdraws)
    assert found <= listed, "who opted out or was erased since hears nothing"
    had = {place for _, place, state in told if state in HAD} & listed
    assert had <= found
    for name, state in earlier.items():
        if state is Outcome.UNKNOWN:
            silent = listed - {place for of, place, _ in told if of == name}
            assert silent <= found
    if withdraws and Outcome.UNKNOWN not in earlier.values():
        assert found == had


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
