"""Receipts and replies on their way to the office: late, several times, out of order, as registered or as told.

A post is repeated until it is answered 200 with a body that the vendor counts, a few times, then given up.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import requests
from anyio import to_thread
from pydantic_core import from_json

from sandbox.sms.registered import Manner, Order, Unreadable
from sandbox.sms.vendor import Vendor
from sandbox.sms.witness import Receipt, Reply, Silence, Text

EACH = 0.05  # seconds, of the machine's own time, between two looks at the clock


@dataclass
class Post:
    """One post that is due."""

    due: datetime
    to: str
    body: Any
    patience: float  # seconds, of the wire's own time
    tries: int = 0


@dataclass
class CallBacks:
    """What one vendor has still to post."""

    vendor: Vendor
    waiting: list[Post] = field(default_factory=list)

    def report(self, manner: Manner, to: str, *, delay: float = 0, age: float = 0) -> int:
        """Let the carrier speak of the texts that wait for it, and plan the posts, ``delay`` seconds from now.

        Only of texts that are ``age`` seconds old. Tells of how many it spoke.
        """
        now, witness = self.vendor.clock.now(), self.vendor.witness
        pairs, silent = [], []
        for text in witness.unreported.values():
            if now - text.instant < timedelta(seconds=age):
                break  # and so are those behind it
            if code := manner.outcomes.get(text.number, self._outcome(text, manner)):
                pairs.append((text, Receipt(now.isoformat(), *text.key, code, code == self.vendor.arrived)))
            else:
                silent.append(Silence(now.isoformat(), *text.key))
        witness.report([receipt for _, receipt in pairs], silent)
        if to:
            self._plan(_ordered(pairs, manner.order), manner, to, now + timedelta(seconds=delay))
        return len(pairs)

    def reply(self, number: str, sign: str, text: str, to: str, times: int = 1) -> None:
        """The holder of ``number`` answers to ``sign``."""
        now = self.vendor.clock.now()
        reply = Reply(now.isoformat(), number, sign, text)
        self.vendor.witness.reply(reply)
        if to:
            body = self.vendor.reply_body(reply, len(self.vendor.witness.replies))
            self.waiting += [Post(now, to, body, self.vendor.patience) for _ in range(times)]

    async def post(self) -> int:
        """Post what is due. How many were taken."""
        now = self.vendor.clock.now()
        due = [post for post in self.waiting if post.due <= now]
        self.waiting = [post for post in self.waiting if post.due > now]
        well = 0
        for post in due:
            if await to_thread.run_sync(partial(_posted, self.vendor, post), abandon_on_cancel=True):
                well += 1
            elif post.tries < len(self.vendor.again):
                later = now + timedelta(seconds=self.vendor.again[post.tries])
                self.waiting.append(replace(post, due=later, tries=post.tries + 1))
        if due:
            await self.vendor.live.say_changed()
        return well

    async def run(self) -> None:
        """Post by the clock, as registered, until cancelled."""
        while True:
            with suppress(Unreadable):  # said to whoever asks the vendor next
                registered = self.vendor.registrations.read()
                if registered is not None and (after := registered.receipts.after) is not None:
                    self.report(registered.receipts, registered.report_to, age=after)
            await self.post()
            await asyncio.sleep(EACH)  # wakes to look at the clock, whichever that is

    def _outcome(self, text: Text, manner: Manner) -> str:
        if text.key in self.vendor.witness.unwanted:
            return self.vendor.blocked
        return self.vendor.arrived if manner.outcome is None else manner.outcome

    def _plan(self, pairs: list[tuple[Text, Receipt]], manner: Manner, to: str, due: datetime) -> None:
        patience = manner.patience or self.vendor.patience
        for first in range(0, len(pairs), manner.batch):
            body = self.vendor.reports(pairs[first : first + manner.batch])
            self.waiting += [Post(due, to, body, patience) for _ in range(manner.times)]


def _ordered(pairs: list[tuple[Text, Receipt]], order: Order) -> list[tuple[Text, Receipt]]:
    match order:
        case Order.REVERSED:
            return pairs[::-1]
        case Order.MIXED:
            return pairs[1::2] + pairs[::2]
    return pairs


def _posted(vendor: Vendor, post: Post) -> bool:
    try:
        answer = requests.post(post.to, json=post.body, timeout=post.patience, allow_redirects=False)
        return answer.status_code == 200 and vendor.took(from_json(answer.content))
    except (requests.RequestException, ValueError):  # no address, no answer, no JSON
        return False
