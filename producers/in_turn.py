"""In turn: what is published of a matter comes in the order of the law, whichever door it comes through.

It is asked where a message is put on the wire (``producers.say``), in the transaction that does it: no file, no later
interface and no clock gets past it.
"""

from datetime import date, datetime

from sqlalchemy import Connection

from config.kinds import kinds
from config.messages import say
from notices.begins import DOSSIER
from notices.bulletins import BULLETIN, SERIAL, by_event, event_of, next_number
from notices.matter import CONSULTS, EXTENDS, FEEDS_BACK, Matter, end_of, obstacle
from notices.notice import Message, MessageKind
from notices.steps import of_day
from streams.bulletins import bulletins_of
from streams.matters import hold, matter_of
from streams.store.store import Tx


class OutOfTurn(Exception):
    """It may not be made public now; the text says why, and when it may."""


class OutOfNumber(OutOfTurn):
    """A bulletin of an emergency has not the number that comes next; the text says which one does."""


def refuse_out_of_turn(tx: Tx, message: Message) -> None:
    """Raises ``OutOfTurn`` where the matter does not allow ``message`` yet, or not any more, or ``OutOfNumber``."""
    if message.version.kind == BULLETIN:
        tx.alone(f"{BULLETIN}/{message.office.id}")  # two of the same number would both be the next
        check_turn(tx.connection, message, tx.clock.now())
    number = message.version.fields.get(DOSSIER)
    if number and message.kind is MessageKind.VERSION:
        hold(tx, message.office.id, number)
        check_turn(tx.connection, message, tx.clock.now())


def check_turn(connection: Connection, message: Message, now: datetime) -> None:
    """As ``refuse_out_of_turn``, for whoever asks beforehand; nobody is kept from changing the answer."""
    number = message.version.fields.get(DOSSIER)
    if message.kind is MessageKind.VERSION and message.version.kind == BULLETIN:
        _check_number(connection, message)
    if not number or message.kind is not MessageKind.VERSION:
        return
    office = message.office.id
    found = matter_of(connection, office, number) or Matter(office, number, number, ())
    if why := _why_not(found, message, now):
        name, until = why
        raise OutOfTurn(say(f"matter.{name}", number=number, until=of_day(until) if until else ""))


def _why_not(found: Matter, message: Message, now: datetime) -> tuple[str, date | None] | None:
    """The name of a message of ``matter``, and the day that it speaks of."""
    version, window, before = message.version, found.window, message.previous
    until = window.open_to if window else None
    is_new = before is None or before.fields.get(DOSSIER) != version.fields[DOSSIER]
    if kinds()[version.kind].decides and is_new and (against := obstacle(found, now)):
        return against, until
    if version.kind == FEEDS_BACK and is_new and window and now < window.closes_at:
        return "feedback_too_early", until
    if version.kind == EXTENDS and is_new:
        return _not_extended(found, date.fromisoformat(version.fields["open_to"]), now)
    if version.kind == CONSULTS and before is not None and not is_new:
        return _not_moved(before.fields["open_to"], version.fields["open_to"], now)
    return None


def _not_extended(found: Matter, to: date, now: datetime) -> tuple[str, date | None] | None:
    window = found.window
    if window is None:
        return "nothing_to_extend", None
    if now >= window.closes_at:
        return "extended_too_late", window.open_to
    return ("not_longer", window.open_to) if to <= window.open_to else None


def _not_moved(was: str, to: str, now: datetime) -> tuple[str, date | None] | None:
    """The last day of a consultation is moved on while it runs, and never to a day that is over."""
    before, after = date.fromisoformat(was), date.fromisoformat(to)
    if after > before and now >= end_of(before):
        return "extended_too_late", before
    return ("cut_short", before) if after < before and now >= end_of(after) else None


def _check_number(connection: Connection, message: Message) -> None:
    """The bulletins of one event are numbered without a gap, and keep their numbers."""
    version, before = message.version, message.previous
    given = version.fields[SERIAL]
    if before is not None:
        if before.fields[SERIAL] != given:
            raise OutOfNumber(say("matter.bulletin_stays", given=given, number=before.fields[SERIAL]))
        return
    said = [one for one in bulletins_of(connection, message.office.id) if one.notice != message.subject]
    event = event_of(version, by_event(said))
    if event and given != str(number := next_number(event)):
        raise OutOfNumber(say("matter.bulletin_number", given=given, number=number, last=event[-1].version.title))
