"""Deliver: one turn of a lane. Choose, commit the intent, send, commit the outcome.

Between any two lines the process may die, and another may take the lane: the intent tells what was under
way, the lease tells whose answer still counts.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select, update

from channels.base import Channel, Nature, Outcome, Work
from streams.breaker import Breaker, after_success, is_dead
from streams.breaker import after_failure as breaker_after_failure
from streams.disable import disable
from streams.events import DeliveryTried, event, new_trace
from streams.lane_rows import (
    LaneKey,
    LeaseLost,
    as_waiting,
    breaker_of,
    claim,
    drain,
    held,
    lane_of,
    lane_row,
    part_of,
    release,
    renew,
    subjects_of,
    waiting_in,
)
from streams.lanes import Choice, Waiting, choose, due_after
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.retry import Schedule
from streams.store.store import Store, Tx
from streams.store.tables import attempt, delivery, endpoint, part
from streams.verdict import Standing, Verdict, after_answer, after_failure

ROUNDS = 16  # turns on end before the lane is handed back, so that others get the worker
RECOVERIES = 3  # deaths of a worker on one step before a person must look at it

log = structlog.get_logger()


@dataclass(frozen=True)
class Intent:
    """A part with its attempt written down, ready to be sent."""

    waiting: Waiting
    work: Work
    step: str
    attempt: int  # id of the ledger's row
    tries: int


class Deliverer:
    """Works lanes under one per-start token."""

    def __init__(self, store: Store, outlets: Outlets, token: str) -> None:
        self._store = store
        self._outlets = outlets
        self._clock = store.clock
        self.token = token

    def claim(self, most: int, *, urgent: bool) -> list[LaneKey]:
        """Take up to ``most`` lanes that are due and nobody holds."""
        return self._store.write(lambda tx: claim(tx, self.token, most, urgent=urgent))

    def work(self, key: LaneKey) -> None:
        """Work a claimed lane until nothing is due or it is others' turn; then hand it back."""
        try:
            found = self._store.read(lambda c: endpoint_of(c.execute(_endpoint(key)).one()))
            channel = self._outlets.channel(found)
            likely = self._store.read(lambda c: self._choose(c, key, found, channel))
            for _ in range(ROUNDS):
                likely, due = self._turn(key, found, channel, likely)
                if due is None or due > self._clock.now():
                    break
            self._store.write(lambda tx: release(tx, key, self.token))
        except LeaseLost:
            log.warning("lease_lost", endpoint=key.endpoint, urgent=key.urgent)

    def renew(self, keys: Collection[LaneKey]) -> None:
        """Keep the lanes that are being worked; a worker that cannot say so loses them."""
        self._store.write(lambda tx: renew(tx, keys, self.token))

    def _turn(self, key: LaneKey, found: Endpoint, channel: Channel, likely: Choice) -> tuple[Choice, datetime | None]:
        """One turn; what the next one will likely do, and when it is due."""
        prepared = {w.key: self._load(w, found, channel) for w in likely.send}
        intents = self._store.write(lambda tx: self._intend(tx, key, found, channel, prepared))
        plan = self._outlets.schedule(found, urgent=key.urgent)
        verdicts = [(intent, self._send(channel, intent, plan)) for intent in intents]
        return self._store.write(lambda tx: self._record(tx, key, found, channel, verdicts))

    # -- before ----------------------------------------------------------------------------------

    def _choose(self, connection: Connection, key: LaneKey, found: Endpoint, channel: Channel) -> Choice:
        row = lane_of(connection, key)
        waiting = [as_waiting(part) for part in waiting_in(connection, key)]
        return choose(
            waiting,
            subjects_of(connection, key, {w.subject for w in waiting}),
            breaker_of(row),
            now=self._clock.now(),
            supersedes=channel.supersedes,
            turn=self._outlets.in_flight(found),
            not_before=row.not_before,
        )

    def _load(self, waiting: Waiting, found: Endpoint, channel: Channel) -> Work:
        """All that sending needs, read outside the transaction that decides."""
        row = self._store.read(lambda c: part_of(c, waiting))
        said = self._outlets.said(row.message)
        before = self._store.read(
            lambda c: tuple(
                c.execute(
                    select(delivery.c.subject_sequence)
                    .where(
                        delivery.c.endpoint == found.id,
                        delivery.c.subject == row.subject,
                        delivery.c.subject_sequence < row.subject_sequence,
                    )
                    .order_by(delivery.c.subject_sequence)
                ).scalars()
            )
        )
        return Work(
            delivery=row.delivery,
            key=f"{row.delivery}.{row.number}",
            endpoint=found.id,
            endpoint_sequence=row.sequence,
            message=said.message,
            supersedes=before,
            rendition=self._outlets.rendition(row.message, found.channel, channel.edition),
            released_at=said.released_at,
            first_released_at=said.first_released_at,
            attempt=row.attempts + 1,
            part=row.number,
            parts=row.parts,
            scratch=json.loads(row.scratch),
        )

    def _intend(
        self, tx: Tx, key: LaneKey, found: Endpoint, channel: Channel, prepared: Mapping[tuple[str, int], Work]
    ) -> list[Intent]:
        """Decide in the transaction that writes the intent down; nothing newer can come in between."""
        row = held(tx, key, self.token)
        now = self._clock.now()
        self._recover(tx, key, channel.nature, now)
        choice = self._choose(tx.connection, key, found, channel)
        self._drop(tx, key, choice, now)
        chosen = [w for w in choice.send if w.key in prepared]
        renew(tx, (key,), self.token)
        return [self._intent(tx, w, channel, prepared[w.key], breaker_of(row), now) for w in chosen]

    def _intent(self, tx: Tx, chosen: Waiting, channel: Channel, work: Work, breaker: Breaker, now: datetime) -> Intent:
        step = channel.next_step(work) or ""
        counted = 0 if breaker.is_open else 1  # a probe uses up no try
        sending = Outcome.SENDING if chosen.state is Outcome.PLANNED else chosen.state
        row = tx.connection.execute(
            update(part)
            .where(part.c.delivery == chosen.delivery, part.c.number == chosen.number)
            .values(state=sending, step=step, tries=part.c.tries + counted, attempts=part.c.attempts + 1)
            .returning(part.c.tries, part.c.attempts)
        ).one()
        written = tx.connection.execute(
            insert(attempt)
            .values(
                delivery=chosen.delivery,
                part=chosen.number,
                step=step,
                number=row.attempts,
                holder=self.token,
                rendition=work.rendition.sha256,
                started_at=now,
                cause="",
                note="",
            )
            .returning(attempt.c.id)
        ).scalar_one()
        return Intent(chosen, work, step, written, row.tries)

    def _drop(self, tx: Tx, key: LaneKey, choice: Choice, now: datetime) -> None:
        """What was overtaken or expired is done with."""
        for outcome, dropped in ((Outcome.SUPERSEDED, choice.superseded), (Outcome.EXPIRED, choice.expired)):
            for w in dropped:
                kept = w.state if w.state is Outcome.ACCEPTED else outcome
                _end_part(tx, w.delivery, w.number, kept)
                self._say(tx, key, w, "", 0, outcome, "")

    def _recover(self, tx: Tx, key: LaneKey, nature: Nature, now: datetime) -> None:
        """Parts that a dead worker left under way: sent again, unless that could reach somebody twice."""
        mine = (part.c.endpoint == key.endpoint) & (part.c.urgent == key.urgent)
        rows = tx.connection.execute(select(part).where(mine, part.c.state == Outcome.SENDING)).all()
        for row in rows:
            state, cause = _after_death(nature, row.recoveries + 1)
            tx.connection.execute(
                update(part)
                .where(part.c.delivery == row.delivery, part.c.number == row.number)
                .values(
                    state=state,
                    cause=cause,
                    recoveries=row.recoveries + 1,
                    due_at=now if state is Outcome.PLANNED else None,
                )
            )
            tx.connection.execute(
                update(attempt)
                .where(attempt.c.delivery == row.delivery, attempt.c.part == row.number, attempt.c.ended_at.is_(None))
                .values(ended_at=now, outcome=Outcome.UNKNOWN, cause="the worker died before the answer was seen")
            )
            self._say(tx, key, as_waiting(row, now), row.step, row.attempts, state, cause)

    # -- sending ---------------------------------------------------------------------------------

    def _send(self, channel: Channel, intent: Intent, plan: Schedule) -> tuple[Verdict, datetime]:
        standing = Standing(intent.waiting.state, intent.tries, intent.waiting.expires_at)
        try:
            answer = channel.send(intent.step, intent.work)
        except Exception as failure:  # whatever a channel does, the attempt gets its outcome
            now = self._clock.now()
            return after_failure(failure, standing, plan, channel.nature, now), now
        now = self._clock.now()
        return after_answer(answer, standing, now), now

    # -- after -----------------------------------------------------------------------------------

    def _record(
        self,
        tx: Tx,
        key: LaneKey,
        found: Endpoint,
        channel: Channel,
        verdicts: Sequence[tuple[Intent, tuple[Verdict, datetime]]],
    ) -> tuple[Choice, datetime | None]:
        row = held(tx, key, self.token)
        now = self._clock.now()
        before = breaker = breaker_of(row)
        not_before = row.not_before
        for intent, (verdict, ended) in verdicts:
            self._write_down(tx, key, intent, verdict, ended)
            if verdict.healthy is not None:
                breaker = after_success(breaker) if verdict.healthy else breaker_after_failure(breaker, now)
            not_before = verdict.not_before or (None if verdict.healthy else not_before)
        if before.is_open and not breaker.is_open:
            drain(tx, key, now)
        gone = next((verdict.cause for _, (verdict, _) in verdicts if verdict.disables), "")
        if gone or is_dead(breaker, now):
            disable(tx, key.endpoint, gone or "no success for 120 hours", by="gongkai")
        tx.connection.execute(lane_row(key).values(**asdict(breaker), not_before=not_before))
        choice = self._choose(tx.connection, key, found, channel)
        due = due_after(choice, breaker, not_before, now)
        tx.connection.execute(lane_row(key).values(due_at=due))
        return choice, due

    def _write_down(self, tx: Tx, key: LaneKey, intent: Intent, verdict: Verdict, ended: datetime) -> None:
        w = intent.waiting
        values: dict[str, Any] = {
            "state": verdict.state,
            "due_at": verdict.due_at,
            "cause": verdict.cause,
        }
        if verdict.advanced:
            values |= {"tries": 0, "recoveries": 0, "scratch": json.dumps({**intent.work.scratch, **verdict.scratch})}
        if verdict.reference:
            values["reference"] = verdict.reference
        tx.connection.execute(
            update(part).where(part.c.delivery == w.delivery, part.c.number == w.number).values(**values)
        )
        tx.connection.execute(
            update(attempt)
            .where(attempt.c.id == intent.attempt)
            .values(ended_at=ended, outcome=verdict.outcome, cause=verdict.cause, note=verdict.note)
        )
        self._say(tx, key, w, intent.step, intent.work.attempt, verdict.state, verdict.cause)

    def _say(self, tx: Tx, key: LaneKey, w: Waiting, step: str, number: int, outcome: str, cause: str) -> None:
        tried = DeliveryTried(
            delivery=w.delivery,
            part=w.number,
            endpoint=key.endpoint,
            step=step,
            attempt=number,
            outcome=outcome,
            cause=cause,
        )
        tx.emit(event(tried, clock=self._clock, subject=w.subject, key=w.delivery, traceparent=new_trace()))


def _endpoint(key: LaneKey) -> Any:
    return select(endpoint).where(endpoint.c.id == key.endpoint)


def _end_part(tx: Tx, of: str, number: int, state: Outcome) -> None:
    tx.connection.execute(
        update(part).where(part.c.delivery == of, part.c.number == number).values(state=state, due_at=None)
    )


def _after_death(nature: Nature, recoveries: int) -> tuple[Outcome, str]:
    if nature is Nature.IRREVERSIBLE:
        return Outcome.UNKNOWN, "the worker died before the answer was seen; it may have arrived"
    if recoveries >= RECOVERIES:
        return Outcome.PARKED, f"{recoveries} workers died while sending this"
    return Outcome.PLANNED, "the worker died before the answer was seen"
