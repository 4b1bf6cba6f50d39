"""The form's token: ours alone, for one notice, for a time; the same form has the same receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.comments import Form, Work, form, numbers, work
from notices.receipt_number import recognised
from producers.comments.form import (
    is_answered,
    is_expired,
    is_too_fast,
    is_worked,
    new_token,
    question_of,
    receipt_of,
    token_of,
)
from streams.seal import Seal
from tests.consulted import solved

SEAL = Seal(Seal.new_key())
NOW = datetime(2026, 11, 23, 1, 0, 0, 123_000, tzinfo=UTC)
NOTICE = "202611-7k3q9d2m"


def test_a_form_is_known_again_and_no_other_is() -> None:
    token = new_token(SEAL, NOTICE, NOW)
    assert token_of(SEAL, token.text, NOTICE) == token
    assert token_of(SEAL, token.text, "202611-another0") is None
    assert token_of(Seal(Seal.new_key()), token.text, NOTICE) is None
    assert receipt_of(SEAL, token) == receipt_of(SEAL, token) != receipt_of(SEAL, new_token(SEAL, NOTICE, NOW))
    assert recognised(receipt_of(SEAL, token)) == receipt_of(SEAL, token)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_form_that_was_changed_anywhere_is_none(place: int, char: str) -> None:
    text = new_token(SEAL, NOTICE, NOW).text
    at = place % len(text)
    changed = text[:at] + char + text[at + 1 :]
    assert changed == text or token_of(SEAL, changed, NOTICE) is None


@given(st.text())
def test_nothing_else_is_a_form(text: str) -> None:
    assert token_of(SEAL, text, NOTICE) is None


@pytest.mark.parametrize(
    ("seconds", "fast", "expired"),
    [(0, True, False), (3.999, True, False), (4, False, False), (60, False, False), (60.001, False, True)],
)
def test_a_form_has_its_time(seconds: float, *, fast: bool, expired: bool) -> None:
    token, bounds = new_token(SEAL, NOTICE, NOW), Form(life=60, least=4)
    later = NOW + timedelta(seconds=seconds)
    assert (is_too_fast(token, later, bounds), is_expired(token, later, bounds)) == (fast, expired)
    assert is_expired(token, NOW - timedelta(hours=1), bounds), "a clock that was put back"


def test_work_counts_when_all_of_it_is_done_for_this_form() -> None:
    token = new_token(SEAL, NOTICE, NOW)
    done = solved(token.text)
    assert is_worked(token, done, work())
    assert not is_worked(new_token(SEAL, NOTICE, NOW), done, work())
    assert not is_worked(token, done.rpartition(",")[0], work())
    assert not is_worked(token, f"{done},0", work())
    assert not is_worked(token, done.replace(done.split(",")[3], "x"), work())


@given(st.text(max_size=200))
def test_no_other_text_is_work(answer: str) -> None:
    assert not is_worked(new_token(SEAL, NOTICE, NOW), answer, Work(12, 15))


def test_the_question_is_answered_in_digits_or_words_and_by_nothing_else() -> None:
    drawn = set()
    for _ in range(60):
        token = new_token(SEAL, NOTICE, NOW)
        one, other = question_of(SEAL, token)
        drawn.add((one, other))
        assert 1 <= one <= 9
        assert 1 <= other <= 9
        total = one + other
        right = (str(total), f" {total} ", chr(0xFF10 + total % 10) if total < 10 else str(total))
        for answer in (*right, numbers("zh")[total], numbers("en")[total].upper()):
            assert is_answered(SEAL, token, answer)
        for answer in ("", str(total + 1), f"{total}.0", f"{total}{total}", "是"):
            assert not is_answered(SEAL, token, answer)
    assert len(drawn) > 20
    assert form().least > 0
