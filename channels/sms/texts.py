"""``config/sms/texts.toml``: every text that can be sent, by kind and by the name of its template."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from channels.reminder import KIND
from channels.sms.template import Piece, Text, faults, pieces
from config.fields import common_fields
from config.kinds import Field, Kind, kinds
from config.messages import say

SHORT = 6  # characters of the word by which a withdrawal calls a notice: what the shortest variable holds
WITHDRAWAL, ELSEWHERE, TEST = "withdrawal", "elsewhere", "test"
_CORRECTION = "-correction"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ANY = "公开件"  # how a withdrawal calls a notice of a kind that the file does not know
_FILE = "config/sms/texts.toml"


@dataclass(frozen=True)
class KindTexts:
    """What is sent of one kind."""

    short: str  # how a withdrawal calls it
    texts: tuple[Text, ...]  # the first that a notice can fill is sent
    none: tuple[str, str] | None = None  # why there are none, Chinese and English
    corrected: bool = True  # what the program writes is not corrected: it says what is so now


@dataclass(frozen=True)
class Texts:
    """All of them."""

    kinds: Mapping[str, KindTexts]
    withdrawal: Text
    elsewhere: Text  # a correction of what the text does not say
    test: Text  # to one's own number
    correction: str  # what stands in front of a release text

    def corrected(self, text: Text) -> Text:
        """The text that corrects what ``text`` said: the whole of it, saying at once that this one holds."""
        return replace(text, name=text.name + _CORRECTION, pieces=_joined(self.correction, text.pieces))

    @property
    def templates(self) -> dict[str, Text]:
        """Every text by its template's name: what an office has to register."""
        releases = [text for of in self.kinds.values() for text in of.texts]
        corrections = [self.corrected(text) for of in self.kinds.values() if of.corrected for text in of.texts]
        single = (self.withdrawal, self.elsewhere, self.test)
        return {text.name: text for text in (*releases, *corrections, *single)}

    def sent(self, *, to_staff: bool) -> Mapping[str, Text]:
        """Those that an endpoint of the public sends, or one for staff; the test text is both's."""
        of_staff = {text.name for text in self.kinds[KIND].texts}
        return {
            name: text
            for name, text in self.templates.items()
            if (name in of_staff) is to_staff or name == self.test.name
        }


def _joined(words: str, after: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return (words + after[0], *after[1:]) if after and isinstance(after[0], str) else (words, *after)


@cache
def texts() -> Texts:
    """The texts of this installation."""
    return texts_of((files("config") / "sms" / "texts.toml").read_text("utf-8"), kinds())


def texts_of(toml: str, known: Mapping[str, Kind]) -> Texts:
    """The texts that ``toml`` says, for the kinds ``known``. Raises ``ValueError`` that names the text and what is
    wrong with it."""
    table = tomllib.loads(toml)
    issued = next(field for field in common_fields() if field.name == "issued_on")
    short = Field(name="short", type="text", label="公开件", label_en="notice", example="")
    withdrawal, elsewhere = (_text(name, table.pop(name), (issued, short), {}) for name in (WITHDRAWAL, ELSEWHERE))
    sent = Field(name="sent_at", type="time", label="发出时间", label_en="sent at", example="")
    test = _text(TEST, table.pop(TEST), (sent,), {})
    correction = str(table.pop("correction"))
    if odd := table.keys() - known.keys():
        raise ValueError(f"{_FILE}: there is no kind {', '.join(sorted(odd))}")
    of = {kind: _of_kind(known[kind], dict(table[kind])) if kind in table else _not_yet() for kind in sorted(known)}
    found = Texts(of, withdrawal, elsewhere, test, correction)
    every = [text for of in found.kinds.values() for text in of.texts]
    names = [*(text.name for text in every), WITHDRAWAL, ELSEWHERE, TEST]
    if twice := {name for name in names if names.count(name) > 1 or name.endswith(_CORRECTION)}:
        raise ValueError(f"{_FILE}: the name {', '.join(sorted(twice))} is taken")
    for text in found.templates.values():
        _check(text)
    return found


def _of_kind(kind: Kind, table: dict[str, Any]) -> KindTexts:
    short, none, rows = str(table.pop("short", "")), table.pop("none", None), table.pop("text", [])
    if table:
        raise ValueError(f"{_FILE} [{kind.id}]: unknown key {', '.join(table)}")
    if not 1 <= len(short) <= SHORT:
        raise ValueError(f"{_FILE} [{kind.id}]: short has 1 to {SHORT} characters")
    if bool(none) == bool(rows):
        raise ValueError(f"{_FILE} [{kind.id}]: either texts, or none = the reason in zh and en")
    found = tuple(_text(row["name"], row["says"], kind.fields, row.get("when", {})) for row in rows)
    return KindTexts(short, found, (none["zh"], none["en"]) if none else None, kind.written)


def _not_yet() -> KindTexts:
    """A kind that an office added: it is told of when it is to be sent, and every other one works on."""
    return KindTexts(_ANY, (), (say("sms.not_yet", "zh"), say("sms.not_yet", "en")))


def _text(name: str, says: str, fields: Iterable[Field], when: Mapping[str, list[str]]) -> Text:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{_FILE}: the name {name!r} is not of small letters, digits and -")
    by_name = {field.name: field for field in fields}
    for field, values in when.items():
        if field not in by_name or not set(values) <= set(by_name[field].choices):
            raise ValueError(f"{_FILE} {name}: when asks for {field} = {', '.join(values)}, which is no choice")
    try:
        found = pieces(says, by_name)
    except ValueError as error:
        raise ValueError(f"{_FILE} {name}: {error}") from None
    return Text(name, found, {field: tuple(values) for field, values in when.items()})


def _check(text: Text) -> None:
    if wrong := list(faults(text)):
        raise ValueError(f"{_FILE} {text.name}: {'; '.join(wrong)}")
