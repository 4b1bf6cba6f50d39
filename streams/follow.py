"""Follow: what was published of a matter makes what is told of it by itself, each at its instant.

An event only says of which notice there is news. What is to be told is decided from everything that was ever said under
the matter's number, so the order in which events are carried, and how often, makes no difference.
"""

from collections.abc import Sequence
from datetime import UTC
from functools import partial
from hashlib import sha256

import structlog

from notices.matter import Acts, Matter
from notices.occasions import OVERDUE, Occasion, occasions
from streams import triggers
from streams.events import Event, Said
from streams.explaining import with_explanation
from streams.matters import hold, keep, listed, matter_of, numbers_of, patience_of
from streams.outlets import Outlets
from streams.store.store import FAILING, Store, Tx
from streams.ties import tied_with
from streams.triggers import State, Trigger

log = structlog.get_logger()
TELL = "tell"  # the act of the triggers
OVERTAKEN = "overtaken"  # why one was cancelled: what was published since says otherwise


def follow(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Plan what is to be told of the matters that the events' notices belong to, or those that they are tied to: an
    explanation may name the decision alone.
    """
    heard = sorted({cause.data.notice for cause in events if isinstance(cause.data, Said)})
    for office, number in numbers_of(tx.connection, sorted(tied_with(tx.connection, heard))):
        replan(tx, office, number, outlets)


def replan(tx: Tx, office: str, number: str, outlets: Outlets) -> Matter | None:
    """Plan what is to be told of the matter, and take back what is not any more; the matter as it stands."""
    patience = patience_of(tx.connection, outlets.office(office))
    if hold(tx, office, number) is None:
        first = matter_of(tx.connection, office, number, patience)
        if first is None:
            return None
        keep(tx, office, number, name=first.name, section=first.words[0].version.section)
        hold(tx, office, number)
    found = matter_of(tx.connection, office, number, patience)  # as it is when nobody else plans for it
    assert found is not None  # it has a row
    found = with_explanation(tx.connection, found, outlets)
    planned = triggers.of_subjects(tx.connection, [subject_of(office, number)])
    known = {one.id: one for one in planned if one.act == TELL}
    told = {_without_instant(name) for name, one in known.items() if one.state is State.FIRED}
    every = {name_of(found, one): one for one in occasions(found)}
    # that a day passed is no news again, whatever the calendar or the office's patience is by now
    stale = {name for name, one in every.items() if one.event in OVERDUE and _without_instant(name) in told}
    wanted = {name: one for name, one in every.items() if name not in stale}
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


def replan_all(store: Store, office: str, outlets: Outlets) -> None:
    """Plan again for each matter that was not filed: the office may have another calendar by now, or another patience.

    Each in a transaction of its own, for whoever publishes holds a matter before the audit. One that cannot be planned
    keeps nobody else from it; it is logged.
    """
    for row in store.read(lambda c: listed(c, [office])):
        if Acts.model_validate_json(row.acts).filed_at is None:
            replan_alone(store, office, row.number, outlets)


def replan_alone(store: Store, office: str, number: str, outlets: Outlets) -> None:
    """Plan again for one matter, in a transaction of its own; what cannot be planned is logged."""
    try:
        store.write(partial(replan, office=office, number=number, outlets=outlets))
    except FAILING:
        raise
    except Exception:
        log.exception("matter_not_planned", office=office, matter=number)


def subject_of(office: str, number: str) -> str:
    """What the triggers of a matter are about."""
    return f"{office}/{number}"


def name_of(matter: Matter, occasion: Occasion) -> str:
    """The name of the trigger that tells it: the same occasion at the same instant is the same one."""
    of = sha256(f"{matter.office}/{matter.number}/{occasion.name}".encode()).hexdigest()[:16]
    return f"{TELL}/{occasion.rank:02}/{of}/{occasion.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _without_instant(name: str) -> str:
    return name.rpartition("/")[0]
