"""A text as it is reviewed: fixed words, blanks and the endpoint's constants; and what is wrong with one."""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from channels.sms.blanks import ALLOWED, Blank, Form
from channels.sms.demands import demand
from config.kinds import Field
from notices.figures import figures

SIGNS = re.compile(  # what a phone may not show, or a vendor takes for a signature (阿里云 463270, 腾讯云 39023)
    r"[【】\[\]『』「」〖〗²•①-⑳★※→¥￥☞✓√&^#\x00-\x1f\x7f\U00010000-\U0010ffff]"
)
_LINK = re.compile(r"(?:https?:|www\.)[^\s，。；、]*$")
_RESERVED = frozenset({"email", "mobile", "id", "nick", "site"})  # no names of variables at 阿里云
_LONGEST = 25  # characters of such a name
_PLACE = re.compile(r"([a-z0-9_]+)(?::([a-z]+))?")


class Constant(Enum):
    """What the endpoint knows: in the template that is registered it stands as it is."""

    PHONE = "phone"
    SITE = "site"


Piece = str | Blank | Constant


@dataclass(frozen=True)
class Text:
    """One text."""

    name: str  # of its template: letters, digits, -
    pieces: tuple[Piece, ...]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)  # field → its values

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """Its blanks in order; each occurs once."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Blank))

    def filled(self, blank: Callable[[Blank], str], constants: Mapping[Constant, str]) -> str:
        """The text with every blank and constant filled."""
        return "".join(_filled(piece, blank, constants) for piece in self.pieces)


def _filled(piece: Piece, blank: Callable[[Blank], str], constants: Mapping[Constant, str]) -> str:
    if isinstance(piece, Blank):
        return blank(piece)
    return constants[piece] if isinstance(piece, Constant) else piece


def pieces(says: str, fields: Mapping[str, Field]) -> tuple[Piece, ...]:
    """``says`` in its pieces. Raises ``ValueError`` that names a blank which is no field, or not in this form."""
    found: list[Piece] = []
    for words, name, form, _ in string.Formatter().parse(says):
        found += [words] if words else []
        if name is not None:
            found.append(_place(f"{name}:{form}" if form else name, fields))
    return tuple(found)


def _place(place: str, fields: Mapping[str, Field]) -> Piece:
    read = _PLACE.fullmatch(place)
    if read is None:
        raise ValueError(f"{{{place}}}: a blank is {{field}} or {{field:form}}")
    name, form = read[1], read[2] or ""
    if name in {constant.value for constant in Constant}:
        return Constant(name)
    if name not in fields:
        raise ValueError(f"{{{place}}}: the kind has no field {name!r}; it has: {', '.join(fields)}")
    of = fields[name]
    allowed = ALLOWED.get(of.type, set())
    if form not in allowed:
        forms = ", ".join(f"{{{name}:{one}}}" if one else f"{{{name}}}" for one in sorted(allowed))
        raise ValueError(f"{{{place}}}: a {of.type} is written {forms or 'in no text'}")
    unit = of.unit if of.type == "number" else ""
    return Blank(name, of.type, Form(form), unit, of.label, of.label_en)


def faults(text: Text) -> Iterator[str]:
    """Why a vendor would reject ``text``, or we could not answer for what it says."""
    words = [piece for piece in text.pieces if isinstance(piece, str)]
    if any(isinstance(one, Blank) and isinstance(other, Blank) for one, other in pairwise(text.pieces)):
        yield "two blanks touch"
    if len(set(text.blanks)) < len(text.blanks):
        yield "a blank stands in it twice"
    if not any(re.search(r"\w", one) for one in words):
        yield "it is all of blanks"
    for key in (blank.key for blank in text.blanks):
        if key in _RESERVED or len(key) > _LONGEST:
            yield f"no variable may be called {key!r}"
    for one, other in pairwise(text.pieces):
        if isinstance(one, str) and isinstance(other, Blank) and _LINK.search(one):
            yield f"the blank {other.key} is part of a link"
    for one in words:
        if found := SIGNS.search(one):
            yield f"{found[0]!r} may not stand in a text"
        if number := figures(one):
            yield f"{number[0].text!r}: a figure in the fixed words, which is no fact"
        if "拒收" in one or "退订" in one:
            yield "a notice offers no way out of it (拒收, 退订)"
    if asked := demand(text.filled(lambda blank: "…", dict.fromkeys(Constant, "…"))):
        yield f"{asked!r}: no text asks for numbers of identity or cards, for codes or passwords"
    if sum(piece is Constant.PHONE for piece in text.pieces) != 1:
        yield "{phone} stands in it once"
