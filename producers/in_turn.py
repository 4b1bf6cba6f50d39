"""In turn: what is published of a matter comes in the order of the law, whichever door it comes through.

It is asked where a message is put on the wire (``producers.say``), in the transaction that does it: no file, no later
interface and no clock gets past it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from config.clock import wall
from config.kinds import kinds
from config.messages import say
from notices.asked import CONSULTS, days_of, rule, too_short
from notices.begins import DOSSIER
from notices.bulletins import BULLETIN, SERIAL, by_event, event_of, next_number
from notices.matter import EXTENDS, FEEDS_BACK, Matter, Window, end_of, obstacle
from notices.notice import Message, MessageKind, Version
from notices.steps import of_day
from streams.bulletins import bulletins_of
from streams.comments.comment import comments_of, undecided
from streams.comments.take import alone
from streams.matters import hold, matter_of
from streams.store.store import Tx


class OutOfTurn(Exception):
    """It may not be made public now; the text says why, and when it may."""


class OutOfNumber(OutOfTurn):
    """A bulletin of an emergency has not the number that comes next; the text says which one does."""


def hold_turn(tx: Tx, message: Message) -> None:
    """Hold what its turn is judged by. Before anything is entered in the audit: whoever tells of a matter holds the
    matter first, then the audit, and each would wait for the other."""
    if message.version.kind == BULLETIN:
        tx.alone(f"{BULLETIN}/{message.office.id}")  # two of the same number would both be the next
    number, was = message.version.fields.get(DOSSIER), _left(message)
    if number and message.kind is MessageKind.VERSION:
        hold(tx, message.office.id, number)
        if message.version.kind == FEEDS_BACK:  # a comment of the last second may be about to be kept
            alone(tx, message.office.id, number)
    if was:  # likewise
        alone(tx, message.office.id, was)


def refuse_out_of_turn(tx: Tx, message: Message) -> None:
    """Raises ``OutOfTurn`` where the matter does not allow ``message`` yet, or not any more, or ``OutOfNumber``."""
    hold_turn(tx, message)
    check_turn(tx.connection, message, tx.clock.now())


def check_turn(connection: Connection, message: Message, now: datetime) -> None:
    """As ``refuse_out_of_turn``, for whoever asks beforehand; nobody is kept from changing the answer."""
    number = message.version.fields.get(DOSSIER)
    if message.kind is MessageKind.VERSION and message.version.kind == BULLETIN:
        _check_number(connection, message)
    if (was := _left(message)) and (orphans := _orphans(connection, message, was)):
        raise OutOfTurn(orphans.text(was))
    if not number or message.kind is not MessageKind.VERSION:
        return
    office = message.office.id
    found = matter_of(connection, office, number) or Matter(office, number, number, ())
    why = _why_not(found, message, now)
    if why is None and _is_new(message) and message.version.kind == FEEDS_BACK:
        why = _unanswered(connection, found)
    if why is not None:
        raise OutOfTurn(why.text(number))


def check_ahead(connection: Connection, message: Message, now: datetime) -> None:
    """As ``check_turn``, for whoever approves the first version ``message`` now. A timed one is asked about at its
    instant; but how long its window will be then is known now."""
    at, number = message.version.release_at, message.version.fields.get(DOSSIER)
    if at is None or at <= now:
        check_turn(connection, message, now)
    elif number and message.version.kind == CONSULTS:
        found = matter_of(connection, message.office.id, number)
        found = found or Matter(message.office.id, number, number, ())
        if why := _asked_already(found, at) or _not_asked(found, message, None, at):
            raise OutOfTurn(why.text(number))


@dataclass(frozen=True)
class _Why:
    """Why not: the name of a message of ``matter``, the day that it speaks of, and what else it says."""

    name: str
    until: date | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    def text(self, number: str) -> str:
        until = of_day(self.until) if self.until else ""
        return say(f"matter.{self.name}", number=number, until=until, **self.more)


def _why_not(found: Matter, message: Message, now: datetime) -> _Why | None:
    version, window, before = message.version, found.window, message.previous
    until = window.open_to if window else None
    if _is_new(message):
        before = None
    if kinds()[version.kind].decides and before is None and (against := obstacle(found, now)):
        return _Why(against, until)
    if version.kind == FEEDS_BACK and before is None and window and now < window.closes_at:
        return _Why("feedback_too_early", until)
    if version.kind == EXTENDS and before is None:
        return _not_extended(found, date.fromisoformat(version.fields["open_to"]), now)
    if version.kind == CONSULTS:
        mine = window if window and window.notice == message.subject else None
        moved = _not_moved(mine, before.fields["open_to"], version.fields["open_to"], now) if before else None
        asked = _asked_already(found, now) if before is None else None
        return moved or asked or _not_asked(found, message, before, now)
    return None


def _is_new(message: Message) -> bool:
    """True when its matter has nothing of this notice: it is the first version, or comes from another matter."""
    before = message.previous
    return before is None or before.fields.get(DOSSIER) != message.version.fields[DOSSIER]


def _left(message: Message) -> str | None:
    """The number under which a consultation asked until this correction, which says another or none."""
    version, before = message.version, message.previous
    if message.kind is not MessageKind.VERSION or version.kind != CONSULTS or before is None:
        return None
    was = before.fields.get(DOSSIER)
    return was if was != version.fields.get(DOSSIER) else None


def _orphans(connection: Connection, message: Message, was: str) -> _Why | None:
    """Comments stay with the number under which they came: without their consultation nobody would answer them."""
    office = message.office.id
    found = matter_of(connection, office, was)
    since = [one.first_at for one in found.standing if one.notice == message.subject] if found else []
    came = [one for one in comments_of(connection, office, was) if since and one.received_at >= since[0]]
    return _Why("comments_stay", more={"many": len(came)}) if came else None


def _unanswered(connection: Connection, found: Matter) -> _Why | None:
    """Whoever commented is told what became of it (条例 art. 32): each comment that no feedback told of yet."""
    waiting = undecided(comments_of(connection, found.office, found.number))
    waiting = [one for one in waiting if found.is_to_feed_back(one.received_at)]
    return _Why("undecided", more={"many": len(waiting)}) if waiting else None


def _not_asked(found: Matter, message: Message, before: Version | None, at: datetime) -> _Why | None:
    """A window is as long as it is really public (条例 art. 15). What was asked elsewhere, or need not be, is on record
    in a matter that is exempt."""
    if found.acts.exempt is not None:
        return None
    version, to = message.version, date.fromisoformat(message.version.fields["open_to"])
    if before is None and at >= end_of(to):
        return _Why("window_over", to)
    public_at = next((one.first_at for one in found.standing if before and one.notice == message.subject), at)
    reasons_count = message.office.shorter_windows
    if not too_short(version, public_at, before, reasons_count=reasons_count):
        return None
    days, law = days_of(version, public_at), rule()
    more = {"day": of_day(wall(public_at).date()), "days": days, "least": law.days, "source": law.source}
    return _Why("window_too_short" if reasons_count else "window_never_shorter", to, more)


def _asked_already(found: Matter, at: datetime) -> _Why | None:
    """One window at a time: a new one would take the place of the one that was promised until another day."""
    window = found.window
    return _Why("asked_already", window.open_to) if window and at < window.closes_at else None


def _not_extended(found: Matter, to: date, now: datetime) -> _Why | None:
    window = found.window
    if window is None:
        return _Why("nothing_to_extend")
    if now >= window.closes_at:
        return _Why("extended_too_late", window.open_to)
    return _Why("not_longer", window.open_to) if to <= window.open_to else None


def _not_moved(window: Window | None, was: str, to: str, now: datetime) -> _Why | None:
    """The last day of a consultation is moved on while it runs, and never to a day that is over."""
    before, after = date.fromisoformat(was), date.fromisoformat(to)
    if after > before and now >= end_of(before):
        if window and now < window.closes_at:
            return _Why("extension_counts", window.open_to)
        return _Why("extended_too_late", before)
    return _Why("cut_short", before) if after < before and now >= end_of(after) else None


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
