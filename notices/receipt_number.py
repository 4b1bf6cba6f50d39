"""Receipt numbers of comments: a secret that a person copies from paper, reads out on the telephone and types again.

95 bits in Crockford's base 32, in which no letter is mistaken for another, and one character that checks them: whoever
mistypes a single character, or changes two that stand beside each other, is not taken for somebody else.
"""

import re
import unicodedata

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIZE = 20  # characters, the last of which checks the others
BITS = 5 * (SIZE - 1)
GROUP = 5
LONGEST = 60  # characters that are looked at: one with spaces everywhere has fewer

_MISTAKEN = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-‐-―−－_.·]+")


def numbered(bits: int) -> str:
    """The receipt number of the lowest ``BITS`` of ``bits``: 7K3Q9-2MXD4-…"""
    places = [(bits >> 5 * place) & 31 for place in range(SIZE - 1)]
    text = "".join(LETTERS[place] for place in [*places, _check(places)])
    return "-".join(text[first : first + GROUP] for first in range(0, SIZE, GROUP))


def recognised(written: str) -> str | None:
    """The receipt number that a person wrote, however he divided it; None when it is none."""
    plain = unicodedata.normalize("NFKC", written[:LONGEST]).upper()
    text = _BETWEEN.sub("", plain).translate(_MISTAKEN)
    if len(written) > LONGEST or len(text) != SIZE or not set(text) <= set(LETTERS):
        return None
    *places, check = (LETTERS.index(letter) for letter in text)
    return numbered(sum(place << 5 * at for at, place in enumerate(places))) if check == _check(places) else None


def _check(places: list[int]) -> int:
    """A sum over the field of 32 elements in which every place has a weight of its own, none of them nought."""
    total, weight = 0, 1
    for place in places:
        weight = _times(weight, 2)
        total ^= _times(weight, place)
    return total


def _times(one: int, other: int) -> int:
    """The product in GF(32), modulo x⁵ + x² + 1."""
    product = 0
    for bit in range(5):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b100101 << (bit - 5)
    return product
