"""Citizens who comment while who serves them is killed, and what they themselves have seen: they are the witness.

None gives up: a form is sent again as it was until it is answered. Some cut their line before they hear, some click
twice, some take back what they said.
"""

import html
import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from urllib.parse import urlencode

import requests

from config.clock import DrivenClock
from config.comments import most
from tests.consulted import FORM, Sent, answer

TAKEN, LATE, AWAY = 200, 410, 503
CUT, TWICE, TAKES_BACK = 0.2, 0.2, 0.2  # how many of them do
PACE = 31.0  # seconds between two forms: one without a script may come each half minute
PAUSE = 0.02  # seconds until somebody whose line broke tries again
PATIENCE = 120.0  # seconds after which nobody serves any more
BODY = '\n<b>&amp;</b> "引号" \\ %00 {{7*7}} 😀\n\n  缩进的一行\n'


@dataclass
class Said:
    """One comment, as whoever sends it knows of it."""

    text: str
    name: str
    address: str  # that he comes from
    form: dict[str, str]
    late: bool = False  # it was sent for the first time when the window had closed
    receipts: list[str] = field(default_factory=list)  # as often as he saw one
    refused: Sent | None = None
    taken_back: bool = False  # he saw that it was


@dataclass
class Square:
    """Where they go, all on one clock: the ports of those who serve, and the record of what was said."""

    notice: str
    ports: Sequence[int]
    clock: DrivenClock
    closes: datetime
    said: list[Said] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    closes_after: int = 0  # the window closes when so many more have begun to send; 0: not by them
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seen(self) -> int:
        """How many have seen a receipt, or that they are late."""
        assert not self.failed, self.failed
        return sum(1 for one in self.said if one.receipts or one.refused)

    def filled(self, dice: random.Random) -> Said:
        """A fresh form, filled in."""
        number = next(self._numbers)
        length = dice.choice((0, 0, 0, most().text - 100))
        text = f"第{number}条{BODY}{'长' * length}完"
        address = f"198.{18 + number // 62_500}.{number // 250 % 250}.{number % 250}"
        got = self.answered(dice, lambda port: requests.get(self._at(port, self.notice), timeout=PATIENCE))
        token = re.search(r'name="form" value="([^"]+)"', got.page)
        assert token is not None, got
        hidden = {"form": token[1], "answer": str(answer(got.page))}
        return Said(text, f"提出人{number}", address, {**hidden, "text": text, "name": f"提出人{number}"})

    def pass_time(self) -> None:
        """So long as it takes to fill a form in."""
        with self._lock:
            self.clock.advance(PACE)

    def begin(self, one: Said) -> None:
        """He is about to send it; whether that is too late is known from here on."""
        with self._lock:
            if self.closes_after:
                self.closes_after -= 1
                if not self.closes_after:
                    self.clock.set(self.closes)
            one.late = self.clock.now() >= self.closes
            self.said.append(one)

    def send(self, dice: random.Random, one: Said) -> Sent:
        """The form, as it is, until it is answered."""
        return self._post(dice, one, self.notice, one.form)

    def look(self, dice: random.Random, one: Said, **more: str) -> Sent:
        """What the receipt he saw leads to."""
        return self._post(dice, one, "receipt", {"receipt": one.receipts[0], **more})

    def take_back(self, dice: random.Random, one: Said) -> None:
        """By the receipt he saw; whether it was in time."""
        one.taken_back = "已撤回" in self.look(dice, one, act="withdraw", sure="yes").page

    def cut(self, dice: random.Random, one: Said) -> None:
        """Send the form, or some of it, and hear nothing."""
        body = urlencode(one.form).encode()
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", dice.choice(self.ports))) as line:
            line.putrequest("POST", f"/comment/{self.notice}")
            for name, value in (FORM | {"content-length": str(len(body)), "x-forwarded-for": one.address}).items():
                line.putheader(name, value)
            line.endheaders(body[: dice.choice((len(body), len(body), len(body) // 2))])

    def _post(self, dice: random.Random, one: Said, page: str, fields: dict[str, str]) -> Sent:
        headers = {"x-forwarded-for": one.address}
        return self.answered(
            dice, lambda port: requests.post(self._at(port, page), fields, headers=headers, timeout=PATIENCE)
        )

    def answered(self, dice: random.Random, ask: Callable[[int], requests.Response]) -> Sent:
        """Ask again, of whoever serves, until there is a whole answer that is one."""
        until, pause = time.monotonic() + PATIENCE, threading.Event()
        while time.monotonic() < until:
            with suppress(requests.RequestException):
                got = ask(dice.choice(self.ports))
                if got.status_code != AWAY:
                    return Sent(got.status_code, got.content.decode(), got.headers)
            pause.wait(PAUSE)
        raise AssertionError("nobody answers any more")

    def _at(self, port: int, page: str) -> str:
        return f"http://127.0.0.1:{port}/comment/{page}"


class Citizen(threading.Thread):
    """Comments until told to end; or once with each of the forms that he has in hand."""

    def __init__(self, square: Square, seed: int, hand: Sequence[Said] = ()) -> None:
        super().__init__(daemon=True)
        self._square, self._dice, self._hand = square, random.Random(seed), hand
        self._ending = threading.Event()

    def end(self) -> None:
        """Let him hear of his last one."""
        self._ending.set()
        self.join()

    def run(self) -> None:
        try:
            for one in self._hand or self._fresh():
                self._comment(one)
        except BaseException as error:
            self._square.failed.append(error)

    def _fresh(self) -> Iterator[Said]:
        while not self._ending.is_set():
            one = self._square.filled(self._dice)
            self._square.pass_time()
            yield one

    def _comment(self, one: Said) -> None:
        self._square.begin(one)
        if self._dice.random() < CUT:
            self._square.cut(self._dice, one)
        clicks = 1 + (self._dice.random() < TWICE)
        with ThreadPoolExecutor(clicks) as hands:
            answers = list(hands.map(lambda _: self._square.send(self._dice, one), range(clicks)))
        for sent in answers:
            if sent.status == TAKEN:
                one.receipts.append(sent.receipt)
            else:
                one.refused = sent
        if one.receipts and self._dice.random() < TAKES_BACK:
            self._square.take_back(self._dice, one)


def given(page: str) -> str:
    """The text of a comment, as its page shows it."""
    found = re.search(r'<p class="given" dir="auto">(.*?)</p>', page, re.DOTALL)
    assert found, page
    return html.unescape(found[1])
