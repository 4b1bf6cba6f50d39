"""Deliver: one turn of a lane. Choose, commit the intent, send, commit the outcome.

Between any two lines the process may die, and another may take the lane: the intent tells what was under
way, the lease tells whose answer still counts.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row, insert, update

from channels.base import Nature, Outcome, Work
from streams.breaker import Breaker, after_success, is_dead, rests_until
from streams.breaker import after_failure as breaker_after_failure
from streams.disable import disable, park
from streams.lane_rows import (
    DRAIN,
    END,
    ENDPOINT,
    INTEND,
    ORPHANS,
    RECORD,
    SET_PART,
    LaneKey,
    LeaseLost,
    as_waiting,
    breaker_of,
    claim,
    held,
    is_paused,
    leave,
    let_go,
    named,
    renew,
    subjects_of,
    waiting_in,
)
from streams.lanes import Choice, Waiting, choose, due_after
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.share import WHOLE, Share
from streams.store.store import FAILING, Store, Tx
from streams.store.tables import attempt
from streams.tried import Tried, say_tried
from streams.verdict import Standing, Verdict, after_answer, after_failure
from streams.work import work_of

LOOKED_AT = 4  # parts a turn looks at: some are overtaken, or wait for the other lane
ROUNDS = 64  # turns on end before the lane is handed back, so that others get the worker
RECOVERIES = 3  # deaths of a worker on one step before a person must look at it

log = structlog.get_logger()


@dataclass(frozen=True)
class Intent:
    """A part about to be sent; ``tries`` counts this one, unless it is a probe."""

    found: Endpoint
    waiting: Waiting
    work: Work
    step: str
    tries: int

    @property
    def parameters(self) -> dict[str, Any]:
        """For ``INTEND``."""
        w = self.waiting
        state = Outcome.SENDING if w.state is Outcome.PLANNED else w.state
        kept = {"to_state": state, "to_step": self.step, "to_tries": self.tries, "to_attempts": self.work.attempt}
        return named(w.delivery, w.number) | kept

    @property
    def attempt(self) -> dict[str, Any]:
        """The ledger's row."""
        w, sent = self.waiting, self.work.rendition.sha256
        return {
            "delivery": w.delivery,
            "part": w.number,
            "step": self.step,
            "number": self.work.attempt,
            "rendition": sent,
        }


@dataclass(frozen=True)
class Ended:
    """An attempt with its verdict."""

    intent: Intent
    verdict: Verdict
    at: datetime

    @property
    def parameters(self) -> dict[str, Any]:
        """For ``RECORD``."""
        verdict, work = self.verdict, self.intent.work
        scratch = {**work.scratch, **verdict.scratch} if verdict.advanced else work.scratch
        kept = {
            "to_state": verdict.state,
            "to_due_at": verdict.due_at,
            "to_cause": verdict.cause,
            "to_reference": verdict.reference,
            "to_tries": 0 if verdict.advanced else self.intent.tries,
            "to_scratch": json.dumps(dict(scratch), ensure_ascii=False),
            "advanced": verdict.advanced,
        }
        return named(work.delivery, work.part) | kept

    @property
    def attempt(self) -> dict[str, Any]:
        """For ``END``."""
        verdict, work = self.verdict, self.intent.work
        end = {"at": self.at, "to_outcome": verdict.outcome, "to_cause": verdict.cause, "to_note": verdict.note}
        return named(work.delivery, work.part) | {"of_attempt": work.attempt} | end

    @property
    def tried(self) -> Tried:
        """What is said of it."""
        intent, verdict = self.intent, self.verdict
        return Tried(intent.waiting, intent.found.id, verdict.state, intent.step, intent.work.attempt, verdict.cause)


class Deliverer:
    """Works lanes under one per-start token."""

    def __init__(self, store: Store, outlets: Outlets, token: str) -> None:
        self._store = store
        self._outlets = outlets
        self._clock = store.clock
        self.token = token

    def claim(
        self, most: int, *, urgent: bool, share: Share = WHOLE, besides: Collection[LaneKey] = ()
    ) -> list[LaneKey]:
        """Take up to ``most`` lanes of ``share`` that are due and nobody holds, none of ``besides``."""
        return self._store.write(lambda tx: claim(tx, self.token, most, urgent=urgent, share=share, besides=besides))

    def work(self, key: LaneKey) -> None:
        """Work a claimed lane until nothing is due or it is others' turn; then hand it back."""
        try:
            intent = self._store.write(lambda tx: self._advance(tx, key, None, last=False))
            for left in range(ROUNDS - 1, -1, -1):
                if intent is None:
                    break
                ended = Ended(intent, self._send(key, intent), self._clock.now())
                intent = self._store.write(partial(self._advance, key=key, ended=ended, last=left == 0))
        except LeaseLost:
            log.warning("lease_lost", endpoint=key.endpoint, urgent=key.urgent)

    def renew(self, keys: Collection[LaneKey]) -> None:
        """Keep the lanes that are being worked; a worker that cannot say so loses them."""
        self._store.write(lambda tx: renew(tx, keys, self.token))

    def let_go(self, keys: Collection[LaneKey]) -> None:
        """Hand back lanes whose turn failed, due at once; one that another worker has by now stays his."""
        self._store.write(lambda tx: let_go(tx, keys, self.token))

    def _advance(self, tx: Tx, key: LaneKey, ended: Ended | None, *, last: bool) -> Intent | None:
        """Write the outcome of a turn down and, in the same transaction, the intent of the next.

        Nothing newer can come in between. None: the lane was handed back, with nothing due or on the ``last`` round.
        """
        found = endpoint_of(tx.connection.execute(ENDPOINT, {"of": key.endpoint}).one())
        row = held(tx, key, self.token)
        now = self._clock.now()
        if ended is None:
            self._recover(tx, key, self._outlets.nature(found), now)
        breaker, not_before = self._record(tx, key, row, ended, now)
        if obstacle := self._obstacle(found):
            park(tx, found.id, obstacle)
            leave(tx, row, breaker, not_before, None, hand_back=True)
            return None
        choice, rows = self._choose(tx, key, found, breaker, not_before)
        due = due_after(choice, breaker, not_before, now)
        intent = None
        if not last and not is_paused(row, now) and (ended is None or (due is not None and due <= now)):
            self._drop(tx, key, choice)
            if choice.send is not None:
                intent = self._intend(tx, found, rows[choice.send.key], breaker, now)
        leave(tx, row, breaker, not_before, due, hand_back=intent is None)
        return intent

    def _obstacle(self, found: Endpoint) -> str:
        """Why nothing can be sent there before a person acts; empty when it can."""
        if not found.enabled:
            return found.reason or "the endpoint is disabled"
        try:
            self._outlets.channel(found)
        except Exception as error:  # options that its channel does not take
            return f"{type(error).__name__}: {error}"
        return ""

    # -- before ----------------------------------------------------------------------------------

    def _choose(
        self, tx: Tx, key: LaneKey, found: Endpoint, breaker: Breaker, not_before: datetime | None
    ) -> tuple[Choice, dict[tuple[str, int], "Row[Any]"]]:
        supersedes = self._outlets.channel(found).supersedes
        looked_at = waiting_in(tx, key, LOOKED_AT, supersedes=supersedes)
        rows = {(row.delivery, row.number): row for row in looked_at}
        waiting = [as_waiting(row) for row in rows.values()]
        choice = choose(
            waiting,
            subjects_of(looked_at),
            breaker,
            now=self._clock.now(),
            supersedes=supersedes,
            not_before=not_before,
        )
        return choice, rows

    def _intend(self, tx: Tx, found: Endpoint, row: "Row[Any]", breaker: Breaker, now: datetime) -> Intent | None:
        """Write down what is about to be sent, before it is; None when it cannot be, and waits for a person."""
        w = as_waiting(row)
        try:
            work = work_of(tx.connection, self._outlets, found, row)
            step = self._outlets.channel(found).next_step(work)
            if step is None:
                raise LookupError("the channel knows no step for what is due")  # nobody knows whether it went out
        except FAILING:
            raise
        except Exception as error:  # whatever is wrong with one part, those behind it must move on
            cause = f"{type(error).__name__}: {error}"
            values = SET_PART.values(state=Outcome.PARKED, due_at=None, cause=cause)
            tx.connection.execute(values, named(w.delivery, w.number))
            say_tried(tx, (Tried(w, found.id, Outcome.PARKED, cause=cause),))
            return None
        intent = Intent(found, w, work, step, row.tries + (0 if breaker.is_open else 1))  # a probe uses up no try
        tx.connection.execute(INTEND, intent.parameters)
        begun = {"holder": self.token, "started_at": now, "cause": "", "note": ""}
        tx.connection.execute(insert(attempt), intent.attempt | begun)
        return intent

    def _drop(self, tx: Tx, key: LaneKey, choice: Choice) -> None:
        """What was overtaken or expired is done with."""
        dropped = [(w, Outcome.SUPERSEDED) for w in choice.superseded] + [(w, Outcome.EXPIRED) for w in choice.expired]
        ends = [(w, w.state if w.state is Outcome.ACCEPTED else outcome) for w, outcome in dropped]
        for w, end in ends:
            tx.connection.execute(SET_PART.values(state=end, due_at=None), named(w.delivery, w.number))
        say_tried(tx, [Tried(w, key.endpoint, end) for w, end in ends])

    def _recover(self, tx: Tx, key: LaneKey, nature: Nature, now: datetime) -> None:
        """Parts that a dead worker left under way: sent again, unless that could reach somebody twice."""
        for row in tx.connection.execute(ORPHANS, key.bound).all():
            state, cause = _after_death(nature, row.recoveries + 1)
            due = now if state is Outcome.PLANNED else None
            tx.connection.execute(
                SET_PART.values(state=state, cause=cause, recoveries=row.recoveries + 1, due_at=due),
                named(row.delivery, row.number),
            )
            tx.connection.execute(
                update(attempt)
                .where(attempt.c.delivery == row.delivery, attempt.c.part == row.number, attempt.c.ended_at.is_(None))
                .values(ended_at=now, outcome=Outcome.UNKNOWN, cause="the worker died before the answer was seen")
            )
            say_tried(tx, (Tried(as_waiting(row, now), key.endpoint, state, row.step, row.attempts, cause),))

    # -- sending ---------------------------------------------------------------------------------

    def _send(self, key: LaneKey, intent: Intent) -> Verdict:
        """Send; whatever happens, the attempt gets its verdict."""
        channel, plan = self._outlets.channel(intent.found), self._outlets.schedule(intent.found, urgent=key.urgent)
        standing = Standing(intent.waiting.state, intent.tries, intent.waiting.expires_at)
        try:
            answer = channel.send(intent.step, intent.work)
        except Exception as failure:  # whatever a channel does, the attempt gets its outcome
            return after_failure(failure, standing, plan, channel.nature, self._clock.now())
        return after_answer(answer, standing, self._clock.now())

    # -- after -----------------------------------------------------------------------------------

    def _record(
        self, tx: Tx, key: LaneKey, row: "Row[Any]", ended: Ended | None, now: datetime
    ) -> tuple[Breaker, datetime | None]:
        """Write the outcome down; how the lane stands after it."""
        before = breaker = breaker_of(row)
        not_before: datetime | None = row.not_before
        if ended is None:
            return breaker, not_before
        verdict = ended.verdict
        tx.connection.execute(RECORD, ended.parameters)
        tx.connection.execute(END, ended.attempt)
        say_tried(tx, [ended.tried])
        if verdict.healthy:
            breaker = after_success(breaker)
            not_before = rests_until(breaker, now)
        elif verdict.healthy is not None:
            breaker = breaker_after_failure(breaker, now)
        not_before = verdict.not_before or not_before
        if before.is_open and not breaker.is_open:
            tx.connection.execute(DRAIN, {**key.bound, "now": now})  # it is back: what waits for its next try may go
        if verdict.disables or is_dead(breaker, now):
            reason = verdict.cause if verdict.disables else "no success for 120 hours"
            disable(tx, key.endpoint, reason, by="gongkai")
        return breaker, not_before


def _after_death(nature: Nature, recoveries: int) -> tuple[Outcome, str]:
    if nature is Nature.IRREVERSIBLE:
        return Outcome.UNKNOWN, "the worker died before the answer was seen; it may have arrived"
    if recoveries >= RECOVERIES:
        return Outcome.PARKED, f"{recoveries} workers died while sending this"
    return Outcome.PLANNED, "the worker died before the answer was seen"
