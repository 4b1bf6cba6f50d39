"""How texts are cut: examples at the edges, and what must hold for every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import BASIC, EXTENDED, Alphabet, Segments, segments

GSM = st.text(st.sampled_from(sorted(BASIC | EXTENDED)), max_size=700)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | GSM
PAIR = "𠮷"  # U+20BB7: two UTF-16 units


def sizes(text: str) -> list[int]:
    """UTF-16 units of each part."""
    return [len(part.encode("utf-16-le")) // 2 for part in segments(text).parts]


@pytest.mark.parametrize(
    ("text", "alphabet", "count"),
    [
        ("", Alphabet.GSM_7, 0),
        ("字" * 70, Alphabet.UCS_2, 1),
        ("字" * 71, Alphabet.UCS_2, 2),
        ("字" * 134, Alphabet.UCS_2, 2),
        ("字" * 135, Alphabet.UCS_2, 3),
        ("a" * 160, Alphabet.GSM_7, 1),
        ("a" * 161, Alphabet.GSM_7, 2),
        ("a" * 306, Alphabet.GSM_7, 2),
        ("a" * 307, Alphabet.GSM_7, 3),
        ("€" * 80, Alphabet.GSM_7, 1),
        ("€" * 81, Alphabet.GSM_7, 2),
        ("a" * 69 + "字", Alphabet.UCS_2, 1),
        ("a" * 159 + "字", Alphabet.UCS_2, 3),
        (PAIR * 35, Alphabet.UCS_2, 1),
        (PAIR * 36, Alphabet.UCS_2, 2),
    ],
)
def test_at_the_edges(text: str, alphabet: Alphabet, count: int) -> None:
    found = segments(text)
    assert (found.alphabet, len(found.parts)) == (alphabet, count)


def test_a_pair_is_never_cut_and_its_part_holds_66() -> None:
    assert sizes("字" * 66 + PAIR + "字" * 66) == [66, 67, 1]
    assert sizes(PAIR * 67) == [66, 66, 2]


def test_an_escape_stays_with_its_character() -> None:
    found = segments("a" * 152 + "€" + "a" * 152)
    assert [len(part) for part in found.parts] == [152, 152, 1]


def test_half_a_pair_is_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        segments("\ud842")


@pytest.mark.parametrize(("text", "too_long"), [("字" * 500, False), ("字" * 501, True), (PAIR * 251, True)])
def test_no_vendor_takes_more_than_500(text: str, too_long: bool) -> None:
    assert segments(text).too_long is too_long


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert (len(BASIC), len(EXTENDED), BASIC & EXTENDED) == (127, 10, frozenset())


@given(ANY)
def test_nothing_is_lost_and_no_part_is_empty(text: str) -> None:
    found = segments(text)
    assert "".join(found.parts) == text
    assert all(found.parts)


@given(ANY)
def test_every_part_fits_and_none_could_have_taken_the_next_character(text: str) -> None:
    found = segments(text)
    if len(found.parts) < 2:
        return
    most = 153 if found.alphabet is Alphabet.GSM_7 else 67
    for part, following in zip(found.parts, (*found.parts[1:], ""), strict=True):
        assert cost(found, part) <= most
        assert not following or cost(found, part + following[0]) > most


@given(ANY)
def test_one_message_is_one_that_fits_alone(text: str) -> None:
    found = segments(text)
    assert (len(found.parts) <= 1) == (cost(found, text) <= (160 if found.alphabet is Alphabet.GSM_7 else 70))


@given(GSM, st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))
def test_one_chinese_character_makes_it_ucs_2_and_never_cheaper(text: str, character: str) -> None:
    plain, mixed = segments(text), segments(text + character)
    assert (plain.alphabet, mixed.alphabet) == (Alphabet.GSM_7, Alphabet.UCS_2)
    assert len(mixed.parts) >= len(plain.parts)


@given(ANY, ANY)
def test_more_text_is_never_cheaper(text: str, more: str) -> None:
    assert len(segments(text + more).parts) >= len(segments(text).parts)


def cost(found: Segments, text: str) -> int:
    """Units of ``text`` in the alphabet of ``found``, reckoned another way."""
    if found.alphabet is Alphabet.GSM_7:
        return len(text) + sum(text.count(character) for character in EXTENDED)
    return len(text.encode("utf-16-be")) // 2
