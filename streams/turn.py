"""What a turn of a lane consists of: what came of the last send, and what is about to be sent."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.base import Outcome, Work
from streams.lane_rows import LaneKey, named
from streams.lanes import Waiting
from streams.outlets import Endpoint
from streams.tried import Tried
from streams.verdict import Verdict


@dataclass(frozen=True)
class Intent:
    """A part about to be sent; ``tries`` counts this one, unless it is a probe."""

    found: Endpoint
    waiting: Waiting
    work: Work
    step: str
    tries: int
    at: datetime  # when it was written down

    @property
    def state(self) -> Outcome:
        """The part's while it is under way."""
        return Outcome.SENDING if self.waiting.state is Outcome.PLANNED else self.waiting.state

    @property
    def parameters(self) -> dict[str, Any]:
        """For ``INTEND``."""
        w = self.waiting
        kept = {"to_state": self.state, "to_step": self.step, "to_tries": self.tries, "to_attempts": self.work.attempt}
        return named(w.delivery, w.number) | kept

    def attempt(self, holder: str) -> dict[str, Any]:
        """The ledger's row."""
        w, sent = self.waiting, self.work.rendition.sha256
        return {
            "delivery": w.delivery,
            "part": w.number,
            "step": self.step,
            "number": self.work.attempt,
            "rendition": sent,
            "holder": holder,
            "started_at": self.at,
            "cause": "",
            "note": "",
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
            "from_state": self.intent.state,
            "from_tries": self.intent.tries,
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
    def reached(self) -> list[dict[str, Any]]:
        """What is known of each recipient; of a doubt, he was sent to when it began."""
        at = self.intent.work.doubted_since or self.at
        return [
            {
                "delivery": self.intent.work.delivery,
                "place": place,
                "state": one.state,
                "reference": one.reference,
                "cause": one.cause,
                "at": at,
                "reported_at": one.reported_at,
            }
            for place, one in self.verdict.each.items()
        ]

    @property
    def tried(self) -> Tried:
        """What is said of it."""
        intent, verdict = self.intent, self.verdict
        return Tried(intent.waiting, intent.found.id, verdict.state, intent.step, intent.work.attempt, verdict.cause)


@dataclass(frozen=True)
class Turn:
    """The turn of a lane that is held: what came of the one before, and whether this is the ``last``, sending none.

    ``again``: the store failed when this was tried before, and what that wrote may stand all the same.
    """

    key: LaneKey
    ended: Ended | None = None
    last: bool = False
    again: bool = False
