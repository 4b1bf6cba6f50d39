"""Deliver: one turn of a lane. Choose, commit the intent, send, commit the outcome.

Between any two lines the process may die, and another may take the lane: the intent tells what was under
way, the lease tells whose answer still counts.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, update
from sqlalchemy.exc import DBAPIError

from channels.base import Channel, Nature, Outcome, Work
from streams.breaker import Breaker, after_success, is_dead
from streams.breaker import after_failure as breaker_after_failure
from streams.disable import disable
from streams.lane_rows import (
    BEFORE,
    BEGIN,
    DRAIN,
    END,
    ENDPOINT,
    ORPHANS,
    SET_PART,
    LaneKey,
    LeaseLost,
    as_waiting,
    breaker_of,
    claim,
    held,
    leave,
    renew,
    subjects_of,
    waiting_in,
)
from streams.lanes import Choice, Waiting, choose, due_after
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.retry import Schedule
from streams.store.store import Store, StoreUnavailable, Tx
from streams.store.tables import attempt
from streams.tried import say_tried
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
            for left in range(ROUNDS - 1, -1, -1):
                found, intents = self._store.write(lambda tx: self._intend(tx, key))
                verdicts = self._send_all(key, found, intents)
                last = left == 0
                if not self._store.write(lambda tx: self._record(tx, key, found, verdicts, last=last)):  # noqa: B023  # called here
                    break
        except LeaseLost:
            log.warning("lease_lost", endpoint=key.endpoint, urgent=key.urgent)

    def renew(self, keys: Collection[LaneKey]) -> None:
        """Keep the lanes that are being worked; a worker that cannot say so loses them."""
        self._store.write(lambda tx: renew(tx, keys, self.token))

    # -- before ----------------------------------------------------------------------------------

    def _intend(self, tx: Tx, key: LaneKey) -> tuple[Endpoint, list[Intent]]:
        """Decide in the transaction that writes the intents down; nothing newer can come in between."""
        row = held(tx, key, self.token)
        found = endpoint_of(tx.connection.execute(ENDPOINT, {"of": key.endpoint}).one())
        now = self._clock.now()
        self._recover(tx, key, self._outlets.channel(found).nature, now)
        breaker = breaker_of(row)
        choice, rows = self._choose(tx, key, found, breaker, row.not_before)
        self._drop(tx, key, choice)
        intents = (self._intent(tx, found, w, rows[w.key], breaker, now) for w in choice.send)
        return found, [intent for intent in intents if intent is not None]

    def _choose(
        self, tx: Tx, key: LaneKey, found: Endpoint, breaker: Breaker, not_before: datetime | None
    ) -> tuple[Choice, dict[tuple[str, int], "Row[Any]"]]:
        rows = {(row.delivery, row.number): row for row in waiting_in(tx, key)}
        waiting = [as_waiting(row) for row in rows.values()]
        choice = choose(
            waiting,
            subjects_of(tx, key, {w.subject for w in waiting}),
            breaker,
            now=self._clock.now(),
            supersedes=self._outlets.channel(found).supersedes,
            turn=self._outlets.in_flight(found),
            not_before=not_before,
        )
        return choice, rows

    def _intent(
        self, tx: Tx, found: Endpoint, w: Waiting, row: "Row[Any]", breaker: Breaker, now: datetime
    ) -> Intent | None:
        """The intent, written down; None when the part cannot even be made ready, and waits for a person."""
        try:
            work = self._work(tx, found, row)
            step = self._outlets.channel(found).next_step(work) or ""
        except (DBAPIError, StoreUnavailable):
            raise
        except Exception as error:  # whatever is wrong with one part, those behind it must move on
            cause = f"{type(error).__name__}: {error}"
            tx.connection.execute(
                SET_PART.values(state=Outcome.PARKED, due_at=None, cause=cause), _named(w.delivery, w.number)
            )
            say_tried(tx, w, found.id, Outcome.PARKED, cause=cause)
            return None
        tries = row.tries + (0 if breaker.is_open else 1)  # a probe uses up no try
        sending = Outcome.SENDING if w.state is Outcome.PLANNED else w.state
        tx.connection.execute(
            SET_PART.values(state=sending, step=step, tries=tries, attempts=work.attempt), _named(w.delivery, w.number)
        )
        begun = {
            "delivery": w.delivery,
            "part": w.number,
            "step": step,
            "number": work.attempt,
            "holder": self.token,
            "rendition": work.rendition.sha256,
            "started_at": now,
            "cause": "",
            "note": "",
        }
        return Intent(w, work, step, tx.connection.execute(BEGIN, begun).scalar_one(), tries)

    def _work(self, tx: Tx, found: Endpoint, row: "Row[Any]") -> Work:
        said = self._outlets.said(row.message)
        before: tuple[int, ...] = ()
        if row.subject_sequence > 1:
            named = {"of": found.id, "of_subject": row.subject, "of_sequence": row.subject_sequence}
            before = tuple(tx.connection.execute(BEFORE, named).scalars())
        channel = self._outlets.channel(found)
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

    def _drop(self, tx: Tx, key: LaneKey, choice: Choice) -> None:
        """What was overtaken or expired is done with."""
        for outcome, dropped in ((Outcome.SUPERSEDED, choice.superseded), (Outcome.EXPIRED, choice.expired)):
            for w in dropped:
                kept = w.state if w.state is Outcome.ACCEPTED else outcome
                tx.connection.execute(SET_PART.values(state=kept, due_at=None), _named(w.delivery, w.number))
                say_tried(tx, w, key.endpoint, kept)

    def _recover(self, tx: Tx, key: LaneKey, nature: Nature, now: datetime) -> None:
        """Parts that a dead worker left under way: sent again, unless that could reach somebody twice."""
        for row in tx.connection.execute(ORPHANS, key.bound).all():
            state, cause = _after_death(nature, row.recoveries + 1)
            due = now if state is Outcome.PLANNED else None
            tx.connection.execute(
                SET_PART.values(state=state, cause=cause, recoveries=row.recoveries + 1, due_at=due),
                _named(row.delivery, row.number),
            )
            tx.connection.execute(
                update(attempt)
                .where(attempt.c.delivery == row.delivery, attempt.c.part == row.number, attempt.c.ended_at.is_(None))
                .values(ended_at=now, outcome=Outcome.UNKNOWN, cause="the worker died before the answer was seen")
            )
            say_tried(tx, as_waiting(row, now), key.endpoint, state, row.step, row.attempts, cause)

    # -- sending ---------------------------------------------------------------------------------

    def _send_all(
        self, key: LaneKey, found: Endpoint, intents: Sequence[Intent]
    ) -> list[tuple[Intent, Verdict, datetime]]:
        channel, plan = self._outlets.channel(found), self._outlets.schedule(found, urgent=key.urgent)
        verdicts = []
        for intent in intents:
            verdict = self._send(channel, intent, plan)
            verdicts.append((intent, verdict, self._clock.now()))
        return verdicts

    def _send(self, channel: Channel, intent: Intent, plan: Schedule) -> Verdict:
        standing = Standing(intent.waiting.state, intent.tries, intent.waiting.expires_at)
        try:
            answer = channel.send(intent.step, intent.work)
        except Exception as failure:  # whatever a channel does, the attempt gets its outcome
            return after_failure(failure, standing, plan, channel.nature, self._clock.now())
        return after_answer(answer, standing, self._clock.now())

    # -- after -----------------------------------------------------------------------------------

    def _record(
        self,
        tx: Tx,
        key: LaneKey,
        found: Endpoint,
        verdicts: Sequence[tuple[Intent, Verdict, datetime]],
        *,
        last: bool,
    ) -> bool:
        """Write the outcomes down; False when the lane was handed back, with nothing due or on the ``last`` round."""
        row = held(tx, key, self.token)
        now = self._clock.now()
        before = breaker = breaker_of(row)
        not_before = row.not_before
        for intent, verdict, ended in verdicts:
            _write_down(tx, key, intent, verdict, ended)
            if verdict.healthy is not None:
                breaker = after_success(breaker) if verdict.healthy else breaker_after_failure(breaker, now)
            not_before = verdict.not_before or (None if verdict.healthy else not_before)
        if before.is_open and not breaker.is_open:
            tx.connection.execute(DRAIN, {**key.bound, "now": now})  # it is back: what waits for its next try may go
        gone = next((verdict.cause for _, verdict, _ in verdicts if verdict.disables), "")
        if gone or is_dead(breaker, now):
            disable(tx, key.endpoint, gone or "no success for 120 hours", by="gongkai")
        choice, _ = self._choose(tx, key, found, breaker, not_before)
        due = due_after(choice, breaker, not_before, now)
        goes_on = not last and due is not None and due <= now
        leave(tx, key, breaker, not_before, due, hand_back=not goes_on)
        return goes_on


def _write_down(tx: Tx, key: LaneKey, intent: Intent, verdict: Verdict, ended: datetime) -> None:
    w = intent.waiting
    values: dict[str, Any] = {"state": verdict.state, "due_at": verdict.due_at, "cause": verdict.cause}
    if verdict.advanced:
        values |= {"tries": 0, "recoveries": 0, "scratch": json.dumps({**intent.work.scratch, **verdict.scratch})}
    if verdict.reference:
        values["reference"] = verdict.reference
    tx.connection.execute(SET_PART.values(**values), _named(w.delivery, w.number))
    tx.connection.execute(
        END.values(ended_at=ended, outcome=verdict.outcome, cause=verdict.cause, note=verdict.note),
        {"of_attempt": intent.attempt},
    )
    say_tried(tx, w, key.endpoint, verdict.state, intent.step, intent.work.attempt, verdict.cause)


def _named(delivery: str, number: int) -> dict[str, Any]:
    return {"of_delivery": delivery, "of_number": number}


def _after_death(nature: Nature, recoveries: int) -> tuple[Outcome, str]:
    if nature is Nature.IRREVERSIBLE:
        return Outcome.UNKNOWN, "the worker died before the answer was seen; it may have arrived"
    if recoveries >= RECOVERIES:
        return Outcome.PARKED, f"{recoveries} workers died while sending this"
    return Outcome.PLANNED, "the worker died before the answer was seen"
