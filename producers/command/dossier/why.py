"""Why something of a matter will be told by itself: the day that a notice names, and the article it rests on."""

from config.kinds import kinds
from config.matters import Telling, tellings
from config.messages import say
from notices.begins import begins
from notices.calendar.rules import rule
from notices.occasions import OVERDUE, Occasion, Rests
from notices.patience import Patience
from producers.command.labels import field


def why(occasion: Occasion | None, patience: Patience) -> str:
    """In words; of one that is no occasion any more, or rests on no day, only that it comes by itself."""
    if occasion is None or occasion.rests is None:
        return say("matter.by_itself")
    rests, telling = occasion.rests, tellings()[occasion.event]
    if rests.field:
        said = say("matter.why", title=rests.of.title, label=_named(rests), day=rests.day)
    else:
        said = say("matter.why_owed", title=rests.of.title, day=rests.day)
    if telling.days_before:
        said = say("matter.why_before", why=said, count=telling.days_before)
    if occasion.event in OVERDUE:
        said = say("matter.why_after", why=said, count=patience.working_days)
    source = source_of(telling)
    return say("matter.why_by", why=said, source=source) if source else said


def source_of(telling: Telling) -> str:
    """The law and article of an event; empty where it rests on none."""
    if telling.duty:
        return next(one.source for one in begins() if one.id == telling.duty)
    return rule(telling.term).source if telling.term else ""


def _named(rests: Rests) -> str:
    if rests.row:
        return say("matter.why_row", row=rests.row)
    return field(kinds()[rests.of.kind].field(rests.field))
