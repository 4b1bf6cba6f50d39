"""The state of a delivery: the same whatever order its parts' outcomes come in, for every combination."""

from collections import Counter
from itertools import combinations_with_replacement, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Outcome
from streams.fold import ENDED, WAITING, WEIGHT, counted, fold

several = st.lists(st.sampled_from(Outcome), max_size=8)
THREE = list(combinations_with_replacement(Outcome, 3))


def test_every_outcome_has_its_place() -> None:
    assert sorted(WEIGHT) == sorted(Outcome)
    assert frozenset(Outcome) == WAITING | ENDED
    assert not WAITING & ENDED


@pytest.mark.parametrize("outcome", Outcome)
def test_parts_that_agree_make_the_delivery(outcome: Outcome) -> None:
    assert fold([outcome]) == fold([outcome] * 3) == outcome


def test_of_every_three_outcomes_the_order_says_nothing() -> None:
    for three in THREE:
        assert len({fold(order) for order in permutations(three)}) == 1
        assert len({counted(order) for order in permutations(three)}) == 1


def test_of_every_three_outcomes_the_state_is_a_true_word() -> None:
    for three in THREE:
        state, has = fold(three), set(three)
        waits = bool(has & WAITING)
        assert (state in WAITING) == waits or state in (Outcome.UNKNOWN, Outcome.PARKED, Outcome.FAILED), three
        somebody = has - {Outcome.CANCELLED}  # nobody is in a part that was cancelled
        if state is Outcome.DELIVERED:
            assert somebody == {Outcome.DELIVERED}, "delivered means all of it"
        if state is Outcome.ACCEPTED:
            assert somebody <= {Outcome.ACCEPTED, Outcome.DELIVERED}
        if state is Outcome.CANCELLED:
            assert not somebody, "cancelled means that it went to nobody"
        if Outcome.UNKNOWN in has and not waits:
            assert state is Outcome.UNKNOWN, "what a person must decide is never hidden"
        if state is Outcome.PLANNED:
            assert has == {Outcome.PLANNED}, "planned means none of it went"


@given(several, st.sampled_from(Outcome))
def test_a_part_that_ended_well_never_hides_one_that_did_not(outcomes: list[Outcome], bad: Outcome) -> None:
    state = fold([*outcomes, bad])
    assert WEIGHT.index(state) <= WEIGHT.index(bad) or state is Outcome.SENDING


def test_without_parts_it_is_planned() -> None:
    assert fold([]) is Outcome.PLANNED
    assert counted([]) == ""


@given(several)
def test_the_counts_are_all_of_the_parts(outcomes: list[Outcome]) -> None:
    said = counted(outcomes)
    if len(outcomes) < 2:
        assert said == ""
        return
    told = dict(piece.split(" ") for piece in said.split(", "))
    assert {name: int(count) for name, count in told.items()} == Counter(map(str, outcomes))
