"""How a text is cut into messages, which is what it costs (3GPP TS 23.038 and 23.040, and the vendors' price rules).

One character that GSM-7 lacks, as every 【signature】 has, makes the whole text UCS-2. The vendors' price rules divide
its units by 67. Where a pair of units would be cut, a part here holds 66: the cost is theirs or more, never less.
"""

from dataclasses import dataclass
from enum import StrEnum

LONGEST = 500  # characters of a text with its signature, as both vendors have it; one outside the BMP counts two
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape before each: two septets


class Alphabet(StrEnum):
    """In what a text is sent."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


ALONE = {Alphabet.GSM_7: 160, Alphabet.UCS_2: 70}  # septets, or UTF-16 units
JOINED = {Alphabet.GSM_7: 153, Alphabet.UCS_2: 67}  # each: a header of 6 bytes says which part it is


@dataclass(frozen=True)
class Segments:
    """A text in its messages."""

    alphabet: Alphabet
    parts: tuple[str, ...]
    characters: int  # as the vendors count them

    @property
    def too_long(self) -> bool:
        """Whether no vendor takes it."""
        return self.characters > LONGEST


def segments(text: str) -> Segments:
    """``text``, its 【signature】 included, as it is sent. No character is cut in two: a part may hold one unit less.

    Raises ``UnicodeEncodeError`` for half a surrogate pair, which is no character.
    """
    characters = len(text.encode("utf-16-le")) // 2
    alphabet = Alphabet.GSM_7 if set(text) <= BASIC | EXTENDED else Alphabet.UCS_2
    costs = [_cost(character, alphabet) for character in text]
    if sum(costs) <= ALONE[alphabet]:
        return Segments(alphabet, (text,) if text else (), characters)
    parts, begun, room = [], 0, JOINED[alphabet]
    for position, cost in enumerate(costs):
        if cost > room:
            parts.append(text[begun:position])
            begun, room = position, JOINED[alphabet]
        room -= cost
    return Segments(alphabet, (*parts, text[begun:]), characters)


def _cost(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM_7:
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
