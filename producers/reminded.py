"""Who was reminded of a duty, when, and who is next. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from config.clock import wall
from config.messages import Language, say
from notices.reminders import Rung
from streams.reminders import Told, planned, told
from streams.triggers import Trigger


@dataclass(frozen=True)
class Reminded:
    """Of one duty."""

    told: Sequence[Told] = ()  # the oldest first
    planned: Sequence[Trigger] = ()  # the next first

    def last_line(self, lang: Language | None = None) -> str:
        """The last one in words; empty when nobody was reminded yet."""
        return line(self.told[-1], lang) if self.told else ""

    def lines(self, lang: Language | None = None) -> list[str]:
        """Both, where there are any."""
        return [text for text in (self.last_line(lang), self.next_line(lang)) if text]

    def next_line(self, lang: Language | None = None) -> str:
        """The next one in words; empty when none is planned."""
        return next_line(self.planned[0], lang) if self.planned else ""


def reminded(connection: Connection, duties: Sequence[str]) -> Mapping[str, Reminded]:
    """Of each of them."""
    said, waiting = told(connection, duties), planned(connection, duties)
    return {name: Reminded(said.get(name, ()), waiting.get(name, ())) for name in duties}


def line(one: Told, lang: Language | None = None) -> str:
    """One that was said."""
    persons = "、".join(one.persons)
    rung = say(f"remind.rung_{one.to}", lang)
    return say("remind.line_told", lang, at=f"{wall(one.at):%m-%d %H:%M}", rung=rung, persons=persons)


def next_line(one: Trigger, lang: Language | None = None) -> str:
    """One that is to come."""
    rung = say(f"remind.rung_{Rung(one.detail['to'])}", lang)
    return say("remind.line_next", lang, at=f"{wall(one.due_at):%m-%d %H:%M}", rung=rung)
