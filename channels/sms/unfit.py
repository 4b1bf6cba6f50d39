"""Why a text cannot go out as it stands: every limit that it breaks, where, and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from channels import sentences
from channels.base import Broken
from channels.sms.banned import Banned
from channels.sms.blanks import Blank
from channels.sms.contacts import contact
from channels.sms.demands import demand
from channels.sms.segments import ALONE, JOINED, Alphabet, segments
from channels.sms.template import SIGNS, Text
from config.kinds import kinds
from config.limits import limits
from config.messages import say

BOTH = ("zh", "en")


@dataclass(frozen=True)
class Filled:
    """A text with its values; ``whole`` is what the phone shows."""

    text: Text
    values: Mapping[Blank, str]
    whole: str

    @property
    def own(self) -> list[Blank]:
        """The blanks whose words somebody chose, the longest first."""
        return sorted((blank for blank in self.values if blank.written), key=lambda blank: -len(self.values[blank]))


def none(kind: str, reason: tuple[str, str]) -> Broken:
    """The kind has no text."""
    of = kinds()[kind]
    zh, en = reason
    told = say("sms.no_text", "zh", kind=of.name, reason=zh), say("sms.no_text", "en", kind=of.name_en, reason=en)
    return Broken(limits("sms")["kind"], "1", "文种", *told)


def lacking(text: str, missing: Iterable[Blank]) -> Broken:
    """The notice does not fill ``text``."""
    blanks = {blank.field: blank for blank in missing}.values()
    zh = say("sms.no_fact", "zh", text=text, facts="、".join(blank.label for blank in blanks))
    en = say("sms.no_fact", "en", text=text, facts=", ".join(blank.label_en for blank in blanks))
    return Broken(limits("sms")["facts"], str(len(blanks)), "、".join(blank.label for blank in blanks), zh, en)


def unfit(filled: Filled, banned: Banned, variable_length: int) -> list[Broken]:
    """Every limit that a filled text breaks."""
    variables = [one for blank in filled.values for one in _variable(blank, filled, banned, variable_length)]
    return [*_length(filled), *variables, *_symbols(filled), *_banned(filled, banned), *_demands(filled)]


def _length(filled: Filled) -> Iterator[Broken]:
    """Too many characters, or too many messages: who is told of the first needs no word of the second."""
    cut = segments(filled.whole)
    most, messages = limits("sms")["characters"], limits("sms")["segments"]
    if cut.characters > most.value:
        over = {"actual": cut.characters, "most": most.value, "over": cut.characters - most.value}
        where, zh, en = _told("sms.characters", filled, filled.own[:1], **over)
        yield Broken(
            most, str(cut.characters), where, zh, en, sentences.at(filled.whole, _within(filled.whole, most.value))
        )
    elif len(cut.parts) > messages.value:
        room = _room(messages.value)
        over = {"actual": len(cut.parts), "most": messages.value, "room": room, "over": cut.characters - room}
        where, zh, en = _told("sms.segments", filled, filled.own[:1], characters=cut.characters, **over)
        said = sentences.at(filled.whole, sum(map(len, cut.parts[: messages.value])))
        yield Broken(messages, str(len(cut.parts)), where, zh, en, said)


def _within(text: str, most: int) -> int:
    """How many characters of ``text`` are within ``most``, as the vendors count them: in units of UTF-16."""
    return len(text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore"))


def _room(messages: int) -> int:
    """Characters that so many messages hold."""
    return ALONE[Alphabet.UCS_2] if messages == 1 else JOINED[Alphabet.UCS_2] * messages


def _variable(blank: Blank, filled: Filled, banned: Banned, most: int) -> Iterator[Broken]:
    value = filled.values[blank]
    sentence = sentences.around(filled.whole, value)
    if len(value) > most:
        told = {"value": value, "actual": len(value), "most": most, "over": len(value) - most}
        zh = say("sms.variable", "zh", label=blank.label, vendor=banned.title, **told)
        en = say("sms.variable", "en", label=blank.label_en, vendor=banned.title_en, **told)
        yield Broken(replace(limits("sms")["variable"], value=most), str(len(value)), blank.label, zh, en, sentence)
    if blank.written and contact(value):
        zh = say("sms.contact", "zh", label=blank.label, value=value)
        en = say("sms.contact", "en", label=blank.label_en, value=value)
        yield Broken(limits("sms")["contact"], "1", blank.label, zh, en, sentence)


def _symbols(filled: Filled) -> Iterator[Broken]:
    """The signature's brackets are the vendor's own; the rest of the text may hold none."""
    found = {blank: SIGNS.findall(filled.values[blank]) for blank in filled.own}
    if every := list(dict.fromkeys(sign for signs in found.values() for sign in signs)):
        of = [blank for blank, signs in found.items() if signs]
        where, zh, en = _told("sms.symbols", filled, of, symbols=" ".join(every))
        said = (one for one in sentences.sentences(filled.whole)[1:] if set(every).intersection(one))
        yield Broken(limits("sms")["symbols"], str(len(every)), where, zh, en, "".join(said))


def _banned(filled: Filled, banned: Banned) -> Iterator[Broken]:
    if found := banned.found(filled.whole):
        words = list(dict.fromkeys(word for of in found.values() for word in of))
        of = [blank for blank in filled.own if banned.found(filled.values[blank])]
        names = {"words": "、".join(words), "categories": "；".join(found), "source": banned.source}
        where, zh, _ = _told("sms.banned", filled, of, vendor=banned.title, **names)
        *_, en = _told("sms.banned", filled, of, vendor=banned.title_en, **names)
        said = (one for one in sentences.sentences(filled.whole) if banned.found(one))
        yield Broken(limits("sms")["banned"], str(len(words)), where, zh, en, "".join(said))


def _demands(filled: Filled) -> Iterator[Broken]:
    """It asks for what only swindlers ask for; the fixed words never do, so somebody's own words make it."""
    if asked := demand(filled.whole):
        of = [blank for blank in filled.own if demand(filled.values[blank])]
        where, zh, en = _told("sms.demands", filled, of, asked=asked)
        yield Broken(limits("sms")["demands"], "1", where, zh, en, sentences.around(filled.whole, asked))


def _told(key: str, filled: Filled, of: Iterable[Blank], **values: object) -> tuple[str, str, str]:
    """Where it is, and the advice in both languages; without a blank of its own it is the text as a whole."""
    blanks = list(of)
    wheres = [
        "、".join(blank.label if lang == "zh" else blank.label_en for blank in blanks) or say("sms.whole", lang)
        for lang in BOTH
    ]
    zh, en = (say(key, lang, where=where, **values) for lang, where in zip(BOTH, wheres, strict=True))
    return wheres[0], zh, en
