"""Receipt numbers survive a copy by hand, and a slip of the pen is nobody else's number."""

from hypothesis import given
from hypothesis import strategies as st

from notices.receipt_number import BITS, GROUP, LETTERS, SIZE, numbered, recognised

bits = st.integers(0, 2**BITS - 1)
places = st.integers(0, SIZE - 1)


def test_there_are_bits_enough_that_nobody_guesses() -> None:
    assert BITS >= 80


@given(bits)
def test_a_number_is_recognised_however_it_is_written(of: int) -> None:
    number = numbered(of)
    assert [len(group) for group in number.split("-")] == [GROUP] * (SIZE // GROUP)
    spaced = " ".join(number.replace("-", ""))
    misread = number.replace("0", "o").replace("1", "l")
    wide = "".join(chr(ord(char) + 0xFEE0) if char != "-" else "－" for char in number)
    for written in (number, number.lower(), spaced, misread, wide, f" {number.replace('-', '—')}\n"):
        assert recognised(written) == number


@given(bits, bits)
def test_two_comments_have_two_numbers(one: int, other: int) -> None:
    assert (numbered(one) == numbered(other)) == (one == other)


@given(bits, places, st.sampled_from(LETTERS))
def test_one_wrong_character_is_found(of: int, place: int, letter: str) -> None:
    plain = numbered(of).replace("-", "")
    slipped = plain[:place] + letter + plain[place + 1 :]
    assert recognised(slipped) == (numbered(of) if slipped == plain else None)


@given(bits, places, places)
def test_two_that_changed_places_are_found(of: int, one: int, other: int) -> None:
    plain = list(numbered(of).replace("-", ""))
    plain[one], plain[other] = plain[other], plain[one]
    slipped = "".join(plain)
    assert recognised(slipped) == (numbered(of) if slipped == numbered(of).replace("-", "") else None)


@given(st.text(max_size=80))
def test_what_is_no_number_is_none(written: str) -> None:
    assert recognised(written) in (None, recognised(written.strip()))
    assert recognised("1" * 10_000) is None
