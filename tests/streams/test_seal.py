"""The seal: what it closes opens under its key alone, unaltered, and is found without being opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.seal import BadKey, Seal

NUMBERS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(NUMBERS)
def test_a_sealed_number_opens_under_its_key_alone(number: str) -> None:
    seal, other = Seal(Seal.new_key()), Seal(Seal.new_key())
    sealed = seal.close(number)
    assert seal.open(sealed) == number
    assert number.encode() not in sealed
    assert seal.close(number) != sealed
    assert seal.blind(number) != other.blind(number)
    with pytest.raises(BadKey):
        other.open(sealed)


@given(NUMBERS, st.data())
def test_what_was_altered_or_cut_short_does_not_open(number: str, data: st.DataObject) -> None:
    seal = Seal(Seal.new_key())
    sealed = seal.close(number)
    at, by = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.integers(1, 255))
    altered = sealed[:at] + bytes([sealed[at] ^ by]) + sealed[at + 1 :]
    for wrong in (altered, sealed[:at]):
        with pytest.raises(BadKey):
            seal.open(wrong)


def test_keys_are_changed_by_a_new_line_on_top() -> None:
    old, new = Seal.new_key(), Seal.new_key()
    before, after = Seal(old), Seal(f"{new}\n{old}\n")
    assert after.open(before.close("13900000000")) == "13900000000"
    assert after.blind("13900000000") == before.blind("13900000000"), "those who opted out stay so"
    with pytest.raises(BadKey):
        before.open(after.close("13900000000"))


def test_it_is_plain_aes_256_gcm_behind_its_nonce() -> None:
    """So that a list can be opened with the key and any other program: vector of GCM's specification, test case 14."""
    key = "A" * 43 + "="  # 32 bytes of zero
    known = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    assert Seal(key).open(bytes(12) + known) == "\0" * 16


@pytest.mark.parametrize("keys", ["", "\n", "short", "A" * 43 + "!", "密" * 44])
def test_what_is_no_key_is_said_so(keys: str) -> None:
    with pytest.raises(BadKey) as error:
        Seal(keys)
    assert not keys.strip() or keys.strip() not in str(error.value)
