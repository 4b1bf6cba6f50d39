"""Foretold: what the clock will tell of a consultation fits its channels before anybody lets the consultation out."""

from config.matters import tellings
from notices.asked import CONSULTS
from notices.begins import DOSSIER
from notices.matter import Matter, Word
from notices.notice import Message, MessageKind
from notices.occasions import Occasion, occasions
from producers.house import House
from producers.matter_version import version_of
from producers.reach import allowed, reach
from producers.rendering import NotFit, Unfit, render_one, routed
from producers.say import Edition
from streams.matters import matter_of


def refuse_untellable(house: House, message: Message, *, over_ceiling: bool) -> None:
    """Raises ``NotFit`` where a channel could not say what will happen in the window that ``message`` announces, and
    ``OverCeiling`` where one of these messages would cost more than it may unasked.
    """
    version, now = message.version, house.clock.now()
    number = version.fields.get(DOSSIER)
    if version.kind != CONSULTS or not number:
        return
    before = house.store.read(lambda c: matter_of(c, version.office, number))
    said = [*(before.words if before else ()), Word(message.id, message.subject, version.release_at or now, version)]
    found = Matter(version.office, number, version.fields["matter"], said)
    reasons: dict[str, Unfit] = {}
    for one in occasions(found):
        if tellings()[one.event].everyone and one.at >= now:
            reasons |= {unfit.channel: unfit for unfit in _unfit(house, message, found, one, over_ceiling=over_ceiling)}
    if reasons:
        raise NotFit(reasons.values())


def _unfit(house: House, message: Message, found: Matter, one: Occasion, *, over_ceiling: bool) -> list[Unfit]:
    page = (message.subject, message.version.index_number)
    office, section = message.office, message.version.section
    version = version_of(found, one, office=office, section=section, now=one.at, page=page, number=1, numbers={})
    asks = found.window.asks if found.window else ()
    of = {"kind": MessageKind.MATTER, "version": version, "asks": asks, "expires_at": None}
    told = message.model_copy(update=of)
    endpoints, unfit, made = routed(house, office.id, version.channels), [], {}
    for at in {each.channel: each for each in endpoints}.values():
        channel = house.outlets.channel(at)
        outcome = render_one(channel, told)
        if isinstance(outcome, Unfit):
            unfit.append(outcome)
        else:
            made[Edition(at.channel, channel.edition)] = outcome
    allowed(reach(house, told, endpoints, made), over_ceiling=over_ceiling)
    return unfit
