"""What is said of a message in a text: the facts of the notice in the blanks of a reviewed template, never cut."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.base import File, LimitsBroken, Rendition
from channels.sms.banned import Banned
from channels.sms.blanks import Blank, month_and_day
from channels.sms.segments import segments
from channels.sms.template import Constant, Text
from channels.sms.texts import KindTexts, texts
from channels.sms.unfit import Filled, lacking, none, unfit
from notices.notice import Message, Version

Values = dict[Blank, str]


@dataclass(frozen=True)
class Outlet:
    """What the endpoint knows of itself and its vendor."""

    sign: str  # 签名, without 【】
    phone: str  # whom to ask: of an office, never of a person
    banned: Banned
    variable_length: int  # characters that a variable may have at this vendor
    site: str = "本单位网站"  # how the office's site is called

    @property
    def constants(self) -> Mapping[Constant, str]:
        """What stands in every text of it."""
        return {Constant.PHONE: self.phone, Constant.SITE: self.site}


def rendered(message: Message, outlet: Outlet, second: Outlet | None = None) -> Rendition:
    """The rendition of ``message``; it says whether it may go out by way of ``second``. Raises ``LimitsBroken``."""
    text, values = _chosen(message)
    whole = f"【{outlet.sign}】" + text.filled(values.__getitem__, outlet.constants)
    if broken := unfit(Filled(text, values, whole), outlet.banned, outlet.variable_length):
        raise LimitsBroken(broken)
    cut = segments(whole)
    said: dict[str, Any] = {
        "template": text.name,
        "values": {blank.key: values[blank] for blank in text.blanks},
        "text": whole,
    }
    if second is not None:
        said["second"] = not unfit(Filled(text, values, whole), second.banned, second.variable_length)
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    used = {"segments": len(cut.parts), "characters": cut.characters}
    return Rendition((File("message.json", "application/json", body),), whole, used)


def _chosen(message: Message) -> tuple[Text, Values]:
    """The text for ``message``, and what fills its blanks. Raises ``LimitsBroken`` when the kind has none for it."""
    of, version = texts().kinds[message.version.kind], message.version
    if message.withdrawal is not None:  # of every kind: it says no more than may stay public
        return _of_any_kind(texts().withdrawal, of, version)
    if of.none is not None:
        raise LimitsBroken([none(version.kind, of.none)])
    text = _first(of, version)
    values = _values(text, version)
    if missing := [blank for blank, value in values.items() if not value]:
        raise LimitsBroken([lacking(text.name, missing)])
    if not message.is_correction:
        return text, values
    before = message.previous
    if before is not None and (text, values) == (earlier := _first(of, before), _values(earlier, before)):
        return _of_any_kind(texts().elsewhere, of, version)
    return texts().corrected(text), values


def _of_any_kind(text: Text, of: KindTexts, version: Version) -> tuple[Text, Values]:
    given = {"issued_on": month_and_day(version.issued_on), "short": of.short}
    return text, {blank: given[blank.key] for blank in text.blanks}


def _first(of: KindTexts, version: Version) -> Text:
    """The first text that ``version`` fills; else the one that it nearly fills."""
    for_it = [text for text in of.texts if all(version.fields.get(name) in had for name, had in text.when.items())]
    return min(for_it or of.texts, key=lambda text: sum(not value for value in _values(text, version).values()))


def _values(text: Text, version: Version) -> Values:
    return {blank: blank.value(version) for blank in text.blanks}
