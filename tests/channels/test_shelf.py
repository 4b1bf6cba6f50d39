"""The shelf: newest wins in any order, positions never move, and no put costs more on a long shelf."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.shelf import ALL, Item, Shelf, State, Tie, opened

DAY = datetime(2026, 11, 23, tzinfo=UTC)
COLUMNS = ("tzgg", "zcwj", "zcjd")


def item(subject: str, sequence: int = 1, state: State = State.SHOWN) -> Item:
    return Item(
        subject=subject,
        sequence=sequence,
        state=state,
        first_released_at=DAY,
        updated_at=DAY + timedelta(minutes=sequence),
        rendition=f"{sequence:064x}",
        entry={"title": f"{subject} v{sequence}"},
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with opened(tmp_path) as shelf:
        yield shelf


puts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e", "f", "g"]),
        st.integers(1, 4),  # sequence: what a put says is decided by it, as in life
    ),
    max_size=30,
)


def said(subject: str, sequence: int) -> tuple[Item, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """What sequence ``sequence`` of ``subject`` says: the same at every repeat, other columns and ties each time."""
    state = list(State)[(ord(subject) + sequence) % len(State)]
    columns = tuple(c for n, c in enumerate(COLUMNS) if (ord(subject) + sequence + n) % 3)
    target = "abcdefg"[(ord(subject) + sequence) % 7]
    return item(subject, sequence, state), columns, ((target, "related"),)


@given(puts)
def test_any_order_with_repeats_ends_in_the_newest_sequences(history: list[tuple[str, int]]) -> None:
    newest: dict[str, int] = {}
    positions: dict[tuple[str, str], int] = {}
    with TemporaryDirectory() as place, opened(Path(place)) as shelf:
        for subject, sequence in history:
            taken = shelf.put(*said(subject, sequence))
            assert taken == (sequence >= newest.get(subject, 0))
            newest[subject] = max(sequence, newest.get(subject, 0))
            for column, position in shelf.places(subject).items():
                assert positions.setdefault((subject, column), position) == position

        assert [i.subject for i in shelf.page(ALL, 1, 100)] == list(newest)  # in the order of their first puts
        for subject, sequence in newest.items():
            expected, columns, ties = said(subject, sequence)
            assert shelf.get(subject) == expected
            assert {(t.target, t.type) for t in shelf.ties_from(subject)} == set(ties)
            for column in COLUMNS:
                assert (subject in {i.subject for i in shelf.page(column, 1, 100)}) == (column in columns)
        for column in (ALL, *COLUMNS):
            paged = [i for k in range(1, shelf.count(column) // 2 + 2) for i in shelf.page(column, k, 2)]
            listed = [i for i in paged if i.listed]
            assert shelf.newest(column, 100) == listed[::-1]
            assert sorted(shelf.updated(column, 100), key=lambda i: i.subject) == sorted(paged, key=lambda i: i.subject)
            for before, after in pairwise(listed):
                assert shelf.around(before.subject, column)[1] == after
                assert shelf.around(after.subject, column)[0] == before


def test_pages_are_counted_from_the_oldest_and_full_ones_stay(shelf: Shelf) -> None:
    for n in range(45):
        shelf.put(item(f"n{n:02d}"), ["tzgg"])
        if n == 24:
            full = shelf.page("tzgg", 1, 20)
    assert shelf.page("tzgg", 1, 20) == full
    assert [i.subject for i in shelf.page("tzgg", 3, 20)] == [f"n{n}" for n in range(40, 45)]
    assert shelf.count("tzgg") == 45


def test_by_rank_the_first_free_position_is_given_and_kept(shelf: Shelf) -> None:
    for subject, rank in (("c", 30), ("a", 10), ("b", 10), ("d", 12), ("a", 10)):
        shelf.put(item(subject), ["2026"], ranks={"2026": rank})
    shelf.put(item("c", 2), ["2026"], ranks={"2026": 10})
    assert {subject: shelf.places(subject)["2026"] for subject in "abcd"} == {"a": 10, "b": 11, "c": 30, "d": 12}
    assert [i.subject for i in shelf.page("2026", 1, 20)] == ["a", "b", "d"]
    assert shelf.beyond("2026", 11, 12) == (10, 30)
    assert shelf.beyond("2026", 1, 30) == (0, 0)


def test_a_hidden_item_leaves_its_place_empty(shelf: Shelf) -> None:
    for subject in "abc":
        shelf.put(item(subject), ["tzgg"])
    shelf.put(item("b", 2, State.GONE), ["tzgg"])
    assert [i.subject for i in shelf.newest("tzgg", 9)] == ["c", "a"]
    assert [i.listed for i in shelf.page("tzgg", 1, 20)] == [True, False, True]
    before, after = shelf.around("b", "tzgg")
    assert before is not None
    assert after is not None
    assert (before.subject, after.subject) == ("a", "c")


def test_ties_are_known_from_both_ends_and_the_ones_taken_back_are_remembered(shelf: Shelf) -> None:
    shelf.put(item("policy"))
    shelf.put(item("reading"), ties=[("policy", "interprets")])
    assert shelf.ties_to("policy") == [Tie("reading", "policy", "interprets")]
    shelf.put(item("reading", 2), ties=[("other", "related")])
    assert shelf.ties_to("policy") == []
    assert [t.target for t in shelf.ties_from("reading", ever=True)] == ["other", "policy"]


def test_the_first_date_of_publication_never_changes(shelf: Shelf) -> None:
    shelf.put(item("a"))
    later = item("a", 2)
    shelf.put(Item(**{**later.__dict__, "first_released_at": DAY + timedelta(days=9)}))
    stands = shelf.get("a")
    assert stands is not None
    assert (stands.first_released_at, stands.sequence) == (DAY, 2)


def test_a_put_that_breaks_off_leaves_nothing_behind(shelf: Shelf) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        shelf.put(item("a"), ["tzgg"], [(None, "related")])  # type: ignore[list-item]  # breaks after item and places
    assert shelf.get("a") is None
    assert shelf.count() == shelf.count("tzgg") == 0


def test_what_was_put_is_there_after_opening_again(tmp_path: Path) -> None:
    with opened(tmp_path) as shelf:
        shelf.put(item("a"), ["tzgg", "zcwj"])
        shelf.note("look", "1")
    with opened(tmp_path) as shelf:
        assert shelf.get("a") == item("a")
        assert shelf.columns() == ("tzgg", "zcwj")
        assert shelf.noted("look") == "1"
        assert shelf.noted("other") is None


def steps_of_a_put(shelf: Shelf, subject: str) -> int:
    """SQLite's own count of instructions, in hundreds, for one put and the look-ups that follow it."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    database = shelf._db
    database.set_progress_handler(step, 10)
    shelf.put(item(subject), ["tzgg"], [("n1", "related")])
    shelf.page("tzgg", shelf.count("tzgg") // 20 + 1, 20)
    shelf.newest("tzgg", 20)
    shelf.updated(ALL, 20)
    shelf.around(subject, "tzgg")
    shelf.ties_to(subject)
    shelf.columns()
    database.set_progress_handler(None, 0)
    return steps


def test_a_put_costs_the_same_on_a_long_shelf(shelf: Shelf) -> None:
    costs = {}
    total = 0
    for size in (60, 4_000):
        with shelf.transaction():
            for n in range(total, size):
                shelf.put(item(f"n{n}"), ["tzgg", "zcwj"])
        total = size
        costs[size] = steps_of_a_put(shelf, f"probe{size}")
    assert costs[4_000] <= costs[60] * 1.15, costs
