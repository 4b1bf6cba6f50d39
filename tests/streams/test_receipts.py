"""Receipts as an outlet posts them: late, twice, out of order, of others; what they come to does not hang on that."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from channels.base import Accepted, Answer, Outcome, Reached, Work
from streams import receipts as module
from streams.audiences import Audience, define, read_in
from streams.erase import erase
from streams.reached import tell
from streams.receipt import Receipt
from streams.receipts import Taken, take
from streams.seal import Seal
from streams.store.tables import delivery, part, reached
from tests.streams.hosts import Host
from tests.streams.installation import Installation

NUMBERS = [f"1390000{number:04}" for number in range(6)]
STRANGER = "13811112222"
HOUR = timedelta(hours=1)


@pytest.fixture
def persons(here: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An audience of six and an endpoint with two parts, which asks for receipts after an hour."""
    monkeypatch.setenv("GONGKAI_SECRET_NUMBERS", Seal.new_key())
    here.store.write(lambda tx: define(tx, Audience("pensioners", "rsj", "甲", "社会保险法第四条", 30), by="测试"))
    read_in(here.store, here.outlets.seal(), "pensioners", NUMBERS, by="测试")
    here.endpoint("phones", "asks", audience="pensioners", parts=2)
    here.witness.behaviours["phones"] = Vendor(here)
    return here


class Vendor:
    """Takes each part under one number, or under none that anybody saw; knows of no receipt when it is asked."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.reference = "no-{part}"
        self.asked = 0

    def __call__(self, step: str, work: Work) -> Answer:
        if work.scratch.get("sent"):
            self.asked += 1
            return Accepted(ask_again_at=self.here.clock.now() + HOUR)
        reference = self.reference.format(part=work.part)
        each = {one.place: Reached(Outcome.ACCEPTED, reference) for one in work.recipients}
        return Accepted(each=each, ask_again_at=self.here.clock.now() + HOUR, scratch={"sent": True})


def sent(here: Installation, host: Host, *, seen: bool = True) -> str:
    """Texts to all six; the delivery. Not ``seen``: nobody saw the outlet's answer, only a look-up found them."""
    vendor = here.witness.behaviours["phones"]
    assert isinstance(vendor, Vendor)
    vendor.reference = "no-{part}" if seen else ""
    here.release("a", channels=("asks",))
    host.settle()
    (name,) = here.store.read(lambda c: c.execute(select(delivery.c.id)).scalars().all())
    return str(name)


def receipt(here: Installation, who: int, state: Outcome = Outcome.DELIVERED, **changes: str) -> Receipt:
    """Of the text to one of the six, now."""
    said: dict[str, object] = {
        "number": NUMBERS[who],
        "reference": f"no-{who // 3}",
        "mark": "",
        "state": state,
        "cause": "" if state is Outcome.DELIVERED else "UNDELIV",
        "at": here.clock.now(),
    }
    return Receipt(**said | changes)  # type: ignore[arg-type]  # fields by name


def taken(here: Installation, *receipts: Receipt) -> Taken:
    return take(here.store, here.outlets.seal(), ["phones"], receipts)


def states(here: Installation) -> str:
    """Of each text by place, one letter: d, f, a."""
    found = select(reached.c.state).order_by(reached.c.place)
    return "".join(one[0] for one in here.store.read(lambda c: c.execute(found).scalars().all()))


def test_a_receipt_is_of_the_one_text_under_that_number_to_that_person(persons: Installation, host: Host) -> None:
    sent(persons, host)
    assert taken(persons, receipt(persons, 1), receipt(persons, 4, Outcome.FAILED)) == Taken(2, 0, 0)
    assert states(persons) == "adaafa"
    causes = persons.store.read(lambda c: c.execute(select(reached.c.cause).order_by(reached.c.place)).scalars().all())
    assert causes == ["", "", "", "", "UNDELIV", ""]
    assert NUMBERS[1] not in repr(receipt(persons, 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"number": STRANGER},
        {"reference": "no-1"},  # the other part's
        {"reference": "another"},
        {"reference": "", "mark": ""},
        {"reference": "", "mark": "{delivery}.0"},  # whose number at the outlet we do know
        {"reference": "another", "mark": "{delivery}.0"},
        {"reference": "no-0\0", "mark": "\0.0"},
    ],
)
def test_what_nobody_here_sent_is_counted_and_changes_nothing(
    persons: Installation, host: Host, changes: dict[str, str]
) -> None:
    name = sent(persons, host)
    said = {key: value.format(delivery=name) for key, value in changes.items()}
    foreign = receipt(persons, 0, Outcome.DELIVERED, **said)
    assert taken(persons, foreign, receipt(persons, 1)) == Taken(1, 1, 1)
    assert states(persons) == "adaaaa"


def test_another_endpoints_texts_are_none_of_its_business(persons: Installation, host: Host) -> None:
    sent(persons, host)
    seal = persons.outlets.seal()
    assert take(persons.store, seal, ["others"], [receipt(persons, 0)]) == Taken(0, 1, 1)
    assert states(persons) == "aaaaaa"
    assert take(persons.store, seal, ["others", "phones"], [receipt(persons, 0)]) == Taken(1, 0, 0)
    assert states(persons) == "daaaaa"


def test_where_our_row_has_no_number_of_the_outlets_the_mark_finds_it(persons: Installation, host: Host) -> None:
    name = sent(persons, host, seen=False)
    right = receipt(persons, 1, reference="no-0", mark=f"{name}.0")
    for mark in (f"{name}.1", f"{name}.", name, "other.0", f"{name}.00"):
        assert taken(persons, receipt(persons, 1, reference="no-0", mark=mark)).matched == 0
    assert taken(persons, right, right) == Taken(2, 0, 0)
    assert states(persons) == "adaaaa"


def test_what_is_of_no_text_is_young_for_five_minutes(persons: Installation, host: Host) -> None:
    """It may have been faster than the answer to the send."""
    early = receipt(persons, 0)
    assert taken(persons, early) == Taken(0, 1, 1)
    sent(persons, host)
    assert taken(persons, early) == Taken(1, 0, 0)
    old = receipt(persons, 0, number=STRANGER)
    persons.clock.advance(299)
    assert taken(persons, old).young == 1
    persons.clock.advance(1)
    assert taken(persons, old) == Taken(0, 1, 0)


def test_a_number_that_was_erased_is_nobodys(persons: Installation, host: Host) -> None:
    sent(persons, host)
    erase(persons.store, "pensioners", why="业务结束", by="测试")
    assert taken(persons, receipt(persons, 0)).matched == 0
    assert states(persons) == "aaaaaa"


def test_more_than_one_transaction_bears_are_taken_in_several(
    persons: Installation, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", 2)
    sent(persons, host)
    assert taken(persons, *(receipt(persons, who) for who in range(6)), receipt(persons, 0)) == Taken(7, 0, 0)
    assert states(persons) == "dddddd"


def test_a_part_ends_with_its_last_receipt(persons: Installation, host: Host) -> None:
    sent(persons, host)
    taken(persons, *(receipt(persons, who) for who in (0, 1, 3, 4)))
    host.settle()
    assert persons.parts("a") == ["accepted", "accepted"]
    taken(persons, receipt(persons, 2, Outcome.FAILED))
    host.settle()
    assert persons.parts("a") == ["delivered", "accepted"], "at once, not when it was to be asked after"
    taken(persons, receipt(persons, 5))
    host.settle()
    assert persons.states("a") == {"phones": ["delivered"]}
    vendor = persons.witness.behaviours["phones"]
    assert isinstance(vendor, Vendor)
    assert vendor.asked == 0
    assert len(persons.witness.at("phones")) == 2, "nobody is sent to again"


def test_a_part_that_nobody_asks_after_any_more_ends_with_its_last_receipt(persons: Installation, host: Host) -> None:
    persons.witness.behaviours["phones"] = lambda step, work: Accepted(
        each={one.place: Reached(Outcome.ACCEPTED, f"no-{work.part}") for one in work.recipients}
    )
    persons.release("a", channels=("asks",))
    host.settle()
    taken(persons, *(receipt(persons, who, Outcome.FAILED) for who in range(6)))
    host.settle()
    assert persons.states("a") == {"phones": ["failed"]}


def test_a_part_that_is_not_over_is_left_to_its_own_time(persons: Installation, host: Host) -> None:
    """One that is still sent, and one of which nobody knows: what they are due for is theirs to decide."""
    name = sent(persons, host)
    for state in (Outcome.PLANNED, Outcome.UNKNOWN, Outcome.PARKED, Outcome.DELIVERED):
        persons.store.write(lambda tx, to=state: tx.connection.execute(part.update().values(state=to, due_at=None)))  # type: ignore[misc]  # of this round
        assert taken(persons, *(receipt(persons, who) for who in range(6))) == Taken(6, 0, 0)
        rows = persons.store.read(lambda c: c.execute(select(part.c.due_at).where(part.c.delivery == name)).all())
        assert [row.due_at for row in rows] == [None, None]


SAID = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([Outcome.DELIVERED, Outcome.FAILED]),
        st.integers(0, 3),
        st.sampled_from(["posted", "asked", "foreign"]),
    ),
    max_size=12,
)
Word = tuple[int, Outcome, int, str]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, data=st.data())
def test_in_any_order_repeated_and_beside_what_is_asked_they_come_to_the_same(
    persons: Installation, host: Host, said: list[Word], data: st.DataObject
) -> None:
    """What was posted before the text stood in the store is posted again, as the outlet does."""
    begun = persons.clock.now()
    rows = [
        {
            "delivery": "d",
            "place": place,
            "state": Outcome.ACCEPTED,
            "reference": f"no-{place // 3}" if place < 3 else "",
        }
        | {"cause": "", "at": begun, "reported_at": None}
        for place in range(6)
    ]

    def hears(word: Word) -> None:
        place, state, minute, how = word
        at = begun + timedelta(minutes=minute)
        if how == "asked":
            said = [rows[place] | {"state": state, "reported_at": at}]
            persons.store.write(lambda tx: tell(tx, said))
            return
        number = STRANGER if how == "foreign" else NUMBERS[place]
        reference = f"no-{place // 3}"
        taken(persons, Receipt(number, reference, f"d.{place // 3}", state, "", at))

    def ends(before: Iterable[Word], after: Iterable[Word]) -> str:
        persons.store.write(lambda tx: tx.connection.execute(reached.delete()))
        for word in before:
            if word[3] != "asked":
                hears(word)
        persons.store.write(lambda tx: tell(tx, rows))
        for word in after:
            hears(word)
        return states(persons)

    planned = {"id": "d", "endpoint": "phones", "audience": "pensioners", "edition": 1, "each": 3, "parts": 2} | {
        "urgent": False, "sequence": 9, "message": "m", "subject": "d", "subject_sequence": 1, "rendition": "",
        "state": "accepted", "cause": "", "planned_at": begun,
    }  # fmt: skip
    persons.store.write(lambda tx: tx.connection.execute(tx.insert_or_ignore(delivery), planned))
    some = data.draw(st.lists(st.sampled_from(said), max_size=4)) if said else []
    assert ends([], said) == ends(some, data.draw(st.permutations(said + some)))


def test_a_batch_costs_a_handful_of_statements(persons: Installation, host: Host) -> None:
    sent(persons, host)
    engine = persons.store._engine  # type: ignore[attr-defined]  # both have one
    seen: list[str] = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731 - SQLAlchemy's signature
    event.listen(engine, "before_cursor_execute", listener)
    taken(persons, *(receipt(persons, who) for who in range(6)))
    event.remove(engine, "before_cursor_execute", listener)
    assert len(seen) < 15, "however many receipts"
