"""Make the renditions of a message, and refuse whatever breaks a limit or holds a figure nobody approved."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from channels.base import Broken, Channel, LimitsBroken, Refused, Rendition, TryAgain
from config.messages import say
from notices.facts import FactType, forms
from notices.notice import Message, MessageKind, Scope
from notices.strays import Stray, check
from producers.house import House
from producers.say import Edition
from streams.audiences import newest
from streams.outlets import Endpoint, endpoint_of
from streams.store.tables import endpoint


@dataclass(frozen=True)
class Unfit:
    """Why a message cannot go out on one channel as it stands."""

    channel: str
    broken: tuple[Broken, ...] = ()
    strays: tuple[Stray, ...] = ()
    scope: Scope | None = None  # a public channel, and not the whole public may read it
    unready: str = ""  # the endpoint cannot send: what is missing


class NotFit(Exception):
    """The message cannot go out as it stands; carries every reason, for every channel."""

    def __init__(self, reasons: Iterable[Unfit]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(", ".join(reason.channel for reason in self.reasons))


def routed(house: House, office: str, channels: Iterable[str]) -> list[Endpoint]:
    """The endpoints of one office on ``channels``; never another office's."""
    wanted = select(endpoint).where(endpoint.c.office == office, endpoint.c.channel.in_(tuple(channels)))
    return [endpoint_of(row) for row in house.store.read(lambda c: c.execute(wanted.order_by(endpoint.c.id)).all())]


def render_all(house: House, message: Message, endpoints: Iterable[Endpoint]) -> dict[Edition, Rendition]:
    """A rendition for each edition among ``endpoints``. Raises ``NotFit`` with everything that stands against it."""
    made, reasons = try_all(house, message, endpoints)
    if reasons:
        raise NotFit(reasons)
    return made


def try_all(
    house: House, message: Message, endpoints: Iterable[Endpoint]
) -> tuple[dict[Edition, Rendition], list[Unfit]]:
    """A rendition for each edition that the message fits, and everything that stands against the others."""
    made: dict[Edition, Rendition] = {}
    reasons: list[Unfit] = []
    for found in endpoints:
        channel = house.outlets.channel(found)
        of = Edition(found.channel, channel.edition)
        try:
            if found.enabled:  # what goes to a disabled one waits there in any case
                channel.ready()
                if message.sequence == 1:  # what follows a text that found no list goes its way
                    _refuse_without_list(house, found, channel)
        except (Refused, TryAgain) as error:
            reasons.append(Unfit(found.channel, unready=f"{found.id}: {error}"))
        if of in made or any(reason.channel == found.channel and not reason.unready for reason in reasons):
            continue
        if channel.public and message.version.scope is not Scope.PUBLIC:
            reasons.append(Unfit(found.channel, scope=message.version.scope))
            continue
        if not channel.public and message.kind is not MessageKind.REMINDER:
            reasons.append(Unfit(found.channel, unready=say("remind.staff_only", endpoint=found.id)))
            continue
        outcome = render_one(channel, message)
        if isinstance(outcome, Unfit):
            reasons.append(outcome)
        else:
            made[of] = outcome
    return made, reasons


def _refuse_without_list(house: House, found: Endpoint, channel: Channel) -> None:
    """Raises ``Refused`` when it speaks to persons and this office has no list of them."""
    name = channel.audience
    if name is not None and house.store.read(lambda c: newest(c, name, found.office)) is None:
        raise Refused(say("command.no_list", audience=name, office=found.office))


def render_one(channel: Channel, message: Message) -> Rendition | Unfit:
    """The rendition of one channel, or why there is none.

    Figures never stand against a withdrawal: all that it says was approved before, is the reason just given, or is
    ours, so nobody could change it, and the notice would have to stay up. The contract suite proves them instead.
    """
    try:
        rendition = channel.render(message)
    except LimitsBroken as error:
        return Unfit(channel.name, broken=error.broken)
    except TryAgain as error:  # not the message's fault: the press stopped, say
        return Unfit(channel.name, unready=str(error))
    if message.withdrawal is not None:
        return rendition
    strays = check(rendition.text, message.version, known_figures(message, channel))
    return Unfit(channel.name, strays=tuple(strays)) if strays else rendition


def known_figures(message: Message, channel: Channel) -> list[str]:
    """Texts besides the version whose figures are approved: the office's data, the address, what went before, the
    numbers of the versions so far, and what every rendition of ``channel`` says in the program's own words."""
    office = message.office
    known = [office.name, office.code, office.site_code, office.postal_address, office.hours, office.phone]
    known += [office.supervision_phone, *office.sections.values(), message.address, *channel.words]
    known += [f"第{number}版" for number in range(1, message.version.number + 1)]
    if message.version.approval is not None:
        known += forms(FactType.TIME, message.version.approval.at.isoformat())
    if message.previous is not None:
        before = message.previous
        known += [before.title, before.summary, before.body, *(fact.forms[0] for fact in before.facts)]
        known.append(str(before.fields))
    if message.withdrawal is not None:
        known += [message.withdrawal.reason, *forms(FactType.TIME, message.withdrawal.at.isoformat())]
    return known
