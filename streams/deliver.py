"""Deliver: one turn of a lane. Choose, commit the intent, send, commit the outcome.

Between any two lines the process may die, and another may take the lane: the intent tells what was under
way, the lease tells whose answer still counts. Turns of several lanes that are due together share a transaction.
"""

import json
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row, delete, insert, update

from channels.base import DECIDED, Nature, NotYet, Outcome
from streams import clock_trust
from streams.breaker import Breaker, after_success, is_dead, rests_until
from streams.breaker import after_failure as breaker_after_failure
from streams.ceiling import AboveCeiling, Unasked, refuse_unasked
from streams.disable import disable, park
from streams.lane_rows import (
    DRAIN,
    END,
    INTEND,
    LEASE,
    ORPHANS,
    RECORD,
    SET_PART,
    LaneKey,
    Left,
    as_waiting,
    breaker_of,
    claim,
    is_paused,
    leave,
    let_go,
    locked,
    named,
    renew,
    subjects_of,
    waiting_in,
)
from streams.lanes import Choice, Waiting, choose, due_after
from streams.outlets import Endpoint, Outlets
from streams.persons import assign
from streams.quotas import goes_alone
from streams.reached import ended as ended_with
from streams.reached import tell
from streams.recipients import STATES
from streams.share import WHOLE, Share
from streams.store.store import FAILING, Store, StoreUnavailable, Tx
from streams.store.tables import attempt
from streams.tried import Tried, say_tried
from streams.turn import Ended, Intent, Turn
from streams.verdict import STANDS, Standing, Verdict, after_answer, after_failure, of_others
from streams.work import work_of

# How many parts a turn looks at: seldom more than the first, for some are overtaken, or wait for the other lane. The
# last of those to be sent alone: thousands that are to be asked about may be due before it.
LOOKS = ((1, False), (4, False), (16, True))
ROUNDS = 64  # turns on end before the lane is handed back, so that others get the worker
AGAIN = (0.0, 0.2, 0.5, 1.0, 2.0)  # seconds before an answer is written down anew that the store did not take
NOBODY = "nobody in this part is to have it"
HELD = timedelta(seconds=1)  # until a lane that a doubted clock holds is looked at again
STOOD_STILL = "the worker stood still before it sent this"
# How long a part rests after each death of a worker on one step; after one more a person must look at it.
RESTS = tuple(timedelta(seconds=seconds) for seconds in (0, 10, 30, 60))

log = structlog.get_logger()


class Instead(Enum):
    """What may become of a turn instead of an intent or the lane's end."""

    LOST = auto()  # another worker has the lane by now: what we did is not written down by us
    ALONE = auto()  # nothing was done: it needs a transaction of its own


After = Intent | Instead | None  # None: the lane was handed back


class Apart(Exception):
    """Something is wrong with one of several turns; nothing of them was written down."""


class Deliverer:
    """Works lanes under one per-start token."""

    def __init__(self, store: Store, outlets: Outlets, token: str) -> None:
        self._store = store
        self._outlets = outlets
        self._clock = store.clock
        self._together = {urgent: partial(self._try, urgent=urgent) for urgent in (True, False)}
        self.token = token
        self._ending = threading.Event()
        self._station = clock_trust.station_of(token)

    def claim(
        self, most: int, *, urgent: bool, share: Share = WHOLE, besides: Collection[LaneKey] = ()
    ) -> list[LaneKey]:
        """Take up to ``most`` lanes of ``share`` that are due and nobody holds, none of ``besides``."""
        return self._store.write(lambda tx: claim(tx, self.token, most, urgent=urgent, share=share, besides=besides))

    def work(self, key: LaneKey) -> None:
        """Work a claimed lane until nothing is due or it is others' turn; then hand it back."""
        after = self._advance(Turn(key, last=self._ending.is_set()))
        for left in range(ROUNDS - 1, -1, -1):
            if not isinstance(after, Intent):
                break
            ended = Ended(after, self._send(key, after), self._clock.now())
            after = self._settle(Turn(key, ended, last=left == 0 or self._ending.is_set()))
        if after is Instead.LOST:
            log.warning("lease_lost", endpoint=key.endpoint, urgent=key.urgent)

    def end(self) -> None:
        """Begin no more sends: what is under way gets its outcome, and its lane is handed back with what is left."""
        self._ending.set()

    def renew(self, keys: Collection[LaneKey]) -> None:
        """Keep the lanes that are being worked; a worker that cannot say so loses them."""
        self._store.write(lambda tx: renew(tx, keys, self.token))

    def let_go(self, keys: Collection[LaneKey]) -> None:
        """Hand back lanes whose turn failed, due at once; one that another worker has by now stays his."""
        self._store.write(lambda tx: let_go(tx, keys, self.token))

    def _settle(self, turn: Turn) -> After:
        """Write an answer down though the store is away for a moment, no longer than the lane is surely ours: it was
        seen, and is not to end as a doubt."""
        for pause in AGAIN:
            try:
                return self._advance(turn)
            except StoreUnavailable:
                turn = replace(turn, again=True)
                if self._clock.wait(self._ending, pause):
                    break
        return self._advance(turn)

    def _advance(self, turn: Turn) -> After:
        """Write the outcome of a turn down and, in the same transaction, the intent of the next.

        Nothing newer can come in between. What holds one lane up (a lock, a fault of its own) holds up no other.
        """
        try:
            after = self._store.write_together(self._together[turn.key.urgent], turn)
        except Apart:
            after = Instead.ALONE
        if after is Instead.ALONE:
            (after,) = self._store.write(lambda tx: self._take(tx, [turn], urgent=turn.key.urgent, alone=True))
        return after

    def _try(self, tx: Tx, turns: Sequence[Turn], *, urgent: bool) -> Sequence[After]:
        """Turns of one priority, each of another endpoint."""
        try:
            return self._take(tx, turns, urgent=urgent, alone=False)
        except FAILING:
            raise
        except Exception as error:  # nobody knows whose fault it is: each on its own, then
            raise Apart from error

    def _take(self, tx: Tx, turns: Sequence[Turn], *, urgent: bool, alone: bool) -> Sequence[After]:
        """Take each turn; an endpoint or a lane that others have locked is waited for only ``alone``."""
        endpoints, rows = locked(tx, [turn.key.endpoint for turn in turns], urgent=urgent, waits=alone)
        after: dict[LaneKey, After] = {turn.key: Instead.LOST if alone else Instead.ALONE for turn in turns}
        there = [
            turn
            for turn in turns
            if turn.key.endpoint in rows and (alone or not goes_alone(self._outlets, endpoints[turn.key.endpoint]))
        ]
        ours = [turn for turn in there if rows[turn.key.endpoint].holder == self.token]
        after |= {turn.key: Instead.LOST for turn in there}
        for turn in ours:
            if turn.again:
                self._unbegin(tx, turn)
        self._write_down(tx, [turn.ended for turn in ours if turn.ended is not None])
        now = self._clock.now()
        lanes = []
        for turn in ours:
            name = turn.key.endpoint
            after[turn.key], left = self._next(tx, turn, endpoints[name], rows[name], now)
            lanes.append(left)
        self._begin(tx, [intent for intent in after.values() if isinstance(intent, Intent)])
        leave(tx, lanes)
        return [after[turn.key] for turn in turns]

    def _next(self, tx: Tx, turn: Turn, found: Endpoint, row: "Row[Any]", now: datetime) -> tuple[Intent | None, Left]:
        """What the lane sends next, and how it stands."""
        key, ended = turn.key, turn.ended
        if ended is None:
            self._recover(tx, found, key, now)
        breaker, not_before = self._after(tx, key, row, ended, now)
        if obstacle := self._obstacle(found):
            park(tx, found.id, obstacle)
            return None, Left(row, breaker, not_before, None, hand_back=True)
        if self._is_held(tx, key, found):
            return None, Left(row, breaker, not_before, now + HELD, hand_back=True)
        choice, rows = self._choose(tx, key, found, breaker, not_before, now)
        keeps = bool(choice.expired) and self._is_doubted(tx, found)
        if keeps:  # what is over by a clock that nobody believes is neither sent nor given up; those behind it go on
            choice, rows = self._choose(tx, key, found, breaker, not_before, now, keeps=True)
        due = due_after(choice, breaker, not_before, now)
        if keeps:
            due = now + HELD if due is None else min(due, now + HELD)
        intent = None
        if not turn.last and not is_paused(row, now) and (ended is None or (due is not None and due <= now)):
            self._drop(tx, key, choice)
            if choice.send is not None:
                intent = self._intend(tx, found, rows[choice.send.key], breaker, now)
        return intent, Left(row, breaker, not_before, due, hand_back=intent is None)

    def _obstacle(self, found: Endpoint) -> str:
        """Why nothing can be sent there before a person acts; empty when it can."""
        if not found.enabled:
            return found.reason or "the endpoint is disabled"
        try:
            self._outlets.channel(found)
        except Exception as error:  # options that its channel does not take
            return f"{type(error).__name__}: {error}"
        return ""

    def _is_held(self, tx: Tx, key: LaneKey, found: Endpoint) -> bool:
        """True while what cannot be called back waits for a clock that is believed: it may be neither its hour nor past
        its expiry. An emergency waits for no hour, and goes out.

        Asked after ``now`` was read: a clock that is put on later than that makes nothing due.
        """
        return not key.urgent and self._is_doubted(tx, found)

    def _is_doubted(self, tx: Tx, found: Endpoint) -> bool:
        """True while this machine's clock is not believed, and what is sent there cannot be called back."""
        irreversible = self._outlets.nature(found) is Nature.IRREVERSIBLE
        return irreversible and clock_trust.is_doubted(tx.connection, self._store, self._station)

    # -- before ----------------------------------------------------------------------------------

    def _choose(
        self,
        tx: Tx,
        key: LaneKey,
        found: Endpoint,
        breaker: Breaker,
        not_before: datetime | None,
        now: datetime,
        *,
        keeps: bool = False,
    ) -> tuple[Choice, dict[tuple[str, int], "Row[Any]"]]:
        """Look at what is first. With ``keeps`` what expired is left where it is, unless something newer took over."""
        supersedes = self._outlets.channel(found).supersedes
        alive_at = now if keeps else None
        rows: dict[tuple[str, int], Row[Any]] = {}
        for most, to_send in LOOKS:
            looked_at = waiting_in(tx, key, most, supersedes=supersedes, to_send=to_send, alive_at=alive_at)
            rows |= {(row.delivery, row.number): row for row in looked_at}
            choice = choose(
                [as_waiting(row) for row in rows.values()],
                subjects_of(list(rows.values())),
                breaker,
                now=now,
                supersedes=supersedes,
                not_before=not_before,
            )
            is_new = choice.send is not None and choice.send.state is Outcome.PLANNED
            if len(looked_at) < most or (is_new and not breaker.is_open):
                break  # that was all, or enough; behind a question something to be sent may wait, and a probe
        return choice, rows

    def _intend(self, tx: Tx, found: Endpoint, row: "Row[Any]", breaker: Breaker, now: datetime) -> Intent | None:
        """What is about to be sent; None when it cannot be, and waits for a person."""
        w, channel = as_waiting(row), self._outlets.channel(found)
        try:
            if channel.audience is not None and row.audience is None:
                said = Unasked(row.message, row.subject, row.subject_sequence)
                refuse_unasked(tx.connection, self._outlets, found, said)
                assign(tx, found, channel, row)
                return None  # the next look finds its parts
            work = work_of(tx.connection, self._outlets, found, row)
            if row.audience is not None and not work.recipients:
                self._nobody(tx, found, w)
                return None
            if (
                work.doubted_since and self._outlets.looks_up_after(found) is None
            ):  # the endpoint is another channel's by now
                tx.connection.execute(SET_PART.values(due_at=None), named(w.delivery, w.number))
                return None
            step = channel.next_step(work)
            if step is None:
                raise LookupError("the channel knows no step for what is due")  # nobody knows whether it went out
        except FAILING:
            raise
        except Exception as error:  # whatever is wrong with one part, those behind it must move on
            cause = str(error) if isinstance(error, AboveCeiling) else f"{type(error).__name__}: {error}"
            end = w.state if w.state in STANDS else Outcome.PARKED  # what was parked goes out when it is enabled
            kept = {name: value for name, value in json.loads(row.scratch).items() if name != DECIDED}
            undecided = {"scratch": json.dumps(kept, ensure_ascii=False), "state": end, "due_at": None, "cause": cause}
            tx.connection.execute(SET_PART.values(**undecided), named(w.delivery, w.number))  # he is asked once more
            say_tried(tx, (Tried(w, found.id, end, cause=cause),))
            return None
        probe = breaker.is_open and w.state is Outcome.PLANNED  # which uses up no try
        if w.expires_at is not None and self._is_doubted(tx, found):
            w = replace(w, expires_at=None)  # a next try that would be too late by such a clock gives nothing up
        return Intent(found, w, work, step, row.tries + (0 if probe else 1), now)

    def _nobody(self, tx: Tx, found: Endpoint, w: Waiting) -> None:
        """A part of which nobody is left: all were sent to or spoken of, opted out, erased, or had none of it."""
        states = tx.connection.execute(STATES, named(w.delivery, w.number)).scalars()
        end = w.state if w.state is Outcome.UNKNOWN else ended_with({Outcome(state) for state in states})
        cause = NOBODY if end is Outcome.CANCELLED else ""
        asks = w.state is Outcome.PLANNED and end is Outcome.ACCEPTED and self._outlets.looks_up_after(found)
        due = self._clock.now() if asks else None  # those who were sent to are asked after
        tx.connection.execute(SET_PART.values(state=end, due_at=due, cause=cause), named(w.delivery, w.number))
        say_tried(tx, (Tried(w, found.id, end, cause=cause),))

    def _begin(self, tx: Tx, intents: Sequence[Intent]) -> None:
        """Write down what is about to be sent, before it is."""
        if intents:
            tx.connection.execute(INTEND, [intent.parameters for intent in intents])
            tx.connection.execute(insert(attempt), [intent.attempt(self.token) for intent in intents])

    def _unbegin(self, tx: Tx, turn: Turn) -> None:
        """An intent of a try that seemed to fail never came to whoever sends: nothing of it has left."""
        sent = turn.ended and turn.ended.intent.work
        for row in tx.connection.execute(ORPHANS, turn.key.bound).all():
            if sent and (row.delivery, row.number, row.attempts) == (sent.delivery, sent.part, sent.attempt):
                continue  # what it writes down now
            began = (attempt.c.delivery == row.delivery, attempt.c.part == row.number, attempt.c.number == row.attempts)
            tx.connection.execute(delete(attempt).where(*began))
            before = {"state": Outcome.PLANNED, "attempts": row.attempts - 1, "tries": max(0, row.tries - 1)}
            tx.connection.execute(SET_PART.values(**before), named(row.delivery, row.number))

    def _drop(self, tx: Tx, key: LaneKey, choice: Choice) -> None:
        """What was overtaken or expired is done with."""
        dropped = [(w, Outcome.SUPERSEDED) for w in choice.superseded] + [(w, Outcome.EXPIRED) for w in choice.expired]
        ends = [(w, w.state if w.state in STANDS else outcome) for w, outcome in dropped]
        for w, end in ends:
            tx.connection.execute(SET_PART.values(state=end, due_at=None), named(w.delivery, w.number))
        say_tried(tx, [Tried(w, key.endpoint, end) for w, end in ends])

    def _recover(self, tx: Tx, found: Endpoint, key: LaneKey, now: datetime) -> None:
        """Parts that a dead worker left under way: sent again, unless that could reach somebody twice.

        The first time it keeps its place: due from now on, it would wait behind all that is due already. Then it rests:
        whatever goes first after a start is there when the next worker dies, whoever's fault that is.
        """
        looks = self._outlets.looks_up_after(found)
        for row in tx.connection.execute(ORPHANS, key.bound).all():
            state, cause = _after_death(self._outlets.nature(found), row.recoveries + 1)
            due = _due_after_death(row, state, now, looks)
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
        looks = self._outlets.looks_up_after(intent.found)
        standing = Standing(intent.waiting.state, intent.tries, intent.waiting.expires_at)
        now = self._clock.now()
        if now - intent.at > LEASE:  # another may have sent it, or what is newer, or look it up
            return after_answer(NotYet(now, STOOD_STILL), standing, now)
        try:
            answer = channel.send(intent.step, intent.work)
        except Exception as failure:  # whatever a channel does, the attempt gets its outcome
            return after_failure(failure, standing, plan, channel.nature, self._clock.now(), looks_up_after=looks)
        return after_answer(answer, standing, self._clock.now())

    # -- after -----------------------------------------------------------------------------------

    def _write_down(self, tx: Tx, ends: Sequence[Ended]) -> None:
        """What came of the attempts."""
        ends = [self._without_others(tx, ended) for ended in ends]
        if ends:
            tx.connection.execute(RECORD, [ended.parameters for ended in ends])
            tx.connection.execute(END, [ended.attempt for ended in ends])
            tell(tx, [row for ended in ends for row in ended.reached])
            say_tried(tx, [ended.tried for ended in ends])

    def _without_others(self, tx: Tx, ended: Ended) -> Ended:
        """A refusal touches nobody whom an earlier request of the part reached."""
        w, work = ended.intent.waiting, ended.intent.work
        if ended.verdict.state is not Outcome.REFUSED or not work.recipients:
            return ended
        states = {Outcome(one) for one in tx.connection.execute(STATES, named(w.delivery, w.number)).scalars()}
        if not states:
            return ended
        asks = w.state is Outcome.PLANNED and self._outlets.looks_up_after(ended.intent.found)
        places = [one.place for one in work.recipients]
        return replace(ended, verdict=of_others(ended.verdict, places, states, ended.at if asks else None))

    def _after(
        self, tx: Tx, key: LaneKey, row: "Row[Any]", ended: Ended | None, now: datetime
    ) -> tuple[Breaker, datetime | None]:
        """How the lane stands after what ended."""
        before = breaker = breaker_of(row)
        not_before: datetime | None = row.not_before
        if ended is None:
            return breaker, not_before
        verdict = ended.verdict
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
    if recoveries > len(RESTS):
        return Outcome.PARKED, f"{recoveries} workers died while sending this"
    return Outcome.PLANNED, "the worker died before the answer was seen"


def _due_after_death(row: "Row[Any]", state: Outcome, now: datetime, looks: timedelta | None) -> datetime | None:
    """When a part that a dead worker left is sent again, or looked up; None: a person decides."""
    if state is Outcome.PLANNED:
        rest = RESTS[row.recoveries]
        return now + rest if rest else row.due_at  # type: ignore[no-any-return]  # a row's columns have no types
    return now + looks if state is Outcome.UNKNOWN and looks else None
