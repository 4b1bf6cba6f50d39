"""Follow: what was published of a matter makes what is told of it by itself, each at its instant.

An event only says of which notice there is news. What is to be told is decided from everything that was ever said under
the matter's number, so the order in which events are carried, and how often, makes no difference.
"""

from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256

from notices.matter import Matter
from notices.occasions import Occasion, occasions
from streams import triggers
from streams.events import Event, Said
from streams.explaining import with_explanation
from streams.matters import hold, keep, matter_of, numbers_of
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.triggers import State, Trigger

TELL = "tell"  # the act of the triggers
OVERTAKEN = "overtaken"  # why one was cancelled: what was published since says otherwise


def follow(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Plan what is to be told of the matters that the events' notices belong to."""
    heard = sorted({cause.data.notice for cause in events if isinstance(cause.data, Said)})
    for office, number in numbers_of(tx.connection, heard):
        replan(tx, office, number, outlets)


def replan(tx: Tx, office: str, number: str, outlets: Outlets) -> Matter | None:
    """Plan what is to be told of the matter, and take back what is not any more; the matter as it stands."""
    grace = outlets.office(office).overdue_after
    if hold(tx, office, number) is None:
        first = matter_of(tx.connection, office, number, grace)
        if first is None:
            return None
        keep(tx, office, number, name=first.name, section=first.words[0].version.section)
        hold(tx, office, number)
    found = matter_of(tx.connection, office, number, grace)  # as it is when nobody else plans for it
    assert found is not None  # it has a row
    found = with_explanation(tx.connection, found, outlets)
    wanted = {name_of(found, one): one for one in occasions(found)}
    planned = triggers.of_subjects(tx.connection, [subject_of(office, number)])
    known = {one.id: one for one in planned if one.act == TELL}
    for name, one in wanted.items():
        if name not in known:
            detail = {"office": office, "number": number, "event": one.event}
            triggers.plan(tx, Trigger(name, office, TELL, subject_of(office, number), one.at, detail))
        elif known[name].state is State.CANCELLED and known[name].cause == OVERTAKEN:
            triggers.again(tx, name)  # what had overtaken it was taken back itself
    for name, trigger in known.items():
        if name not in wanted and trigger.state is State.PLANNED:
            triggers.let_go(tx, name, OVERTAKEN)
    return found


def subject_of(office: str, number: str) -> str:
    """What the triggers of a matter are about."""
    return f"{office}/{number}"


def name_of(matter: Matter, occasion: Occasion) -> str:
    """The name of the trigger that tells it: the same occasion at the same instant is the same one."""
    of = sha256(f"{matter.office}/{matter.number}/{occasion.name}".encode()).hexdigest()[:16]
    return f"{TELL}/{occasion.rank:02}/{of}/{occasion.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
