"""Verify deliveries against their parts, attempts and messages: none is missing, none says more than happened."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from channels.base import Outcome
from config.messages import say
from producers.verify_books import Flaw
from streams.confirm import ACT as DONE
from streams.fold import ENDED, fold
from streams.lane_rows import named
from streams.reached import ended
from streams.recipients import STATES
from streams.store.tables import attempt, audit, delivery, endpoint, event, message, offset, part, rendition

PROVEN = frozenset({Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.PRETENDED})  # only what was tried leads there
SAID = {"unknown.decided": Outcome.ACCEPTED, DONE: Outcome.DELIVERED}  # acts by which a person says how it ended


def verify_deliveries(connection: Connection) -> Iterator[list[Flaw]]:
    """Every endpoint, with what does not agree; one read, so that work going on is none."""
    messages = {row.id: row for row in connection.execute(select(message.c.id, message.c.subject, message.c.sequence))}
    approved = defaultdict[str, set[str]](set)
    for row in connection.execute(select(rendition.c.message, rendition.c.sha256)):
        approved[row.message].add(row.sha256)
    known = set(connection.execute(select(delivery.c.id)).scalars())
    for place in connection.execute(select(endpoint).order_by(endpoint.c.id)).all():
        flaws: list[Flaw] = []
        rows = connection.execute(
            select(delivery).where(delivery.c.endpoint == place.id).order_by(delivery.c.sequence)
        ).all()
        missing = set(range(1, place.sequence + 1)) - {row.sequence for row in rows}
        flaws += [Flaw(f"{place.id}/{number}", say("verify.row_missing")) for number in sorted(missing)]
        for row in rows:
            where = f"{place.id}/{row.sequence}"
            flaws += [Flaw(where, what) for what in _of_delivery(connection, row, messages.get(row.message), approved)]
        orphans = select(part.c.delivery, part.c.sequence).where(part.c.endpoint == place.id)
        lost = {row.sequence for row in connection.execute(orphans) if row.delivery not in known}
        flaws += [Flaw(f"{place.id}/{number}", say("verify.row_missing")) for number in sorted(lost - missing)]
        yield flaws
    tried = connection.execute(select(attempt.c.delivery).distinct()).scalars()
    yield [Flaw(name, say("verify.row_missing")) for name in tried if name not in known]


def _of_delivery(connection: Connection, row: Any, said: Any | None, approved: dict[str, set[str]]) -> Iterator[str]:
    if said is None or (said.subject, said.sequence) != (row.subject, row.subject_sequence):
        yield say("verify.no_such_message")
    elif row.rendition and row.rendition not in approved[row.message]:
        yield say("verify.other_hash")
    parts = connection.execute(select(part).where(part.c.delivery == row.id).order_by(part.c.number)).all()
    tries = connection.execute(select(attempt).where(attempt.c.delivery == row.id).order_by(attempt.c.number)).all()
    proven = {one.number: _proven(connection, row, one, tries) for one in parts}
    for one in parts:
        yield from _of_part(row, one, [each for each in tries if each.part == one.number], proven[one.number])
    if len(parts) != row.parts and (parts or tries):  # before it is admitted it has none
        yield say("verify.parts_missing", found=len(parts), expected=row.parts)
    folded = fold(Outcome(one.state) for one in parts)
    state = Outcome(row.state)
    if state in PROVEN and not any(state in outcomes for outcomes in proven.values()):
        yield say("verify.no_such_attempt", state=say(f"outcome.{state}"))
    if state is not folded and {state, folded} & ENDED and not _is_unsettled(connection, row.id):
        yield say("verify.not_the_fold", found=say(f"outcome.{state}"), expected=say(f"outcome.{folded}"))


def _proven(connection: Connection, row: Any, one: Any, tries: Sequence[Any]) -> set[str]:
    """The outcomes that something on record shows: an attempt, the recipients' own, or what a person found out."""
    shown = {each.outcome for each in tries if each.part == one.number}
    if Outcome(one.state) not in PROVEN or one.state in shown:
        return shown
    told = {Outcome(state) for state in connection.execute(STATES, named(row.id, one.number)).scalars()}
    return shown | {str(ended(told))} | _said(connection, row, one)


def _said(connection: Connection, row: Any, one: Any) -> set[str]:
    """What a person said became of a part."""
    acts = select(audit.c.act, audit.c.detail).where(audit.c.subject == row.subject, audit.c.act.in_(SAID))
    told = ((each.act, json.loads(each.detail)) for each in connection.execute(acts))
    return {SAID[act] for act, of in told if (of["delivery"], of.get("part", one.number)) == (row.id, one.number)}


def _of_part(row: Any, one: Any, tries: Sequence[Any], proven: set[str]) -> Iterator[str]:
    if [each.number for each in tries] != list(range(1, one.attempts + 1)):
        yield say("verify.attempts_missing", found=len(tries), expected=one.attempts)
    if Outcome(one.state) in PROVEN and one.state not in proven:
        yield say("verify.no_such_attempt", state=say(f"outcome.{one.state}"))
    if any(each.rendition != row.rendition for each in tries):
        yield say("verify.other_hash")


def _is_unsettled(connection: Connection, name: str) -> bool:
    """True while the last thing said of the delivery has not been settled yet."""
    last = select(func.max(event.c.position)).where(event.c.topic == "outcomes", event.c.key == name)
    read = select(offset.c.position).where(offset.c.stage == "settle")
    return (connection.execute(last).scalar() or 0) > (connection.execute(read).scalar() or 0)
