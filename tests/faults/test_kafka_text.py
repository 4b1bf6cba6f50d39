"""A text to 10,000 numbers on Kafka and PostgreSQL: workers die amid a request and another one joins.

The vendor's fake is the witness: a process of its own that keeps its own file.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.base import Outcome
from config.clock import DrivenClock, wall
from producers.house import House, house
from producers.publish import publish
from producers.work import STATION
from streams.lane_rows import LEASE
from streams.seal import Seal
from streams.share import LEFT_ALONE
from streams.store.tables import attempt, lane, part
from tests.faults import texts
from tests.faults.province import Province, database
from tests.faults.proxy import Proxy
from tests.faults.rig import Partners, partners, unsettled
from tests.journeys.town import BY, draft, furnish, tell

MANY = 100_000 if "GONGKAI_SOAK" in os.environ else 10_000
PARTS = 100
EACH = MANY // PARTS
FEW = 300  # whom an emergency goes to: of another office and audience, by way of the same account
OTHERS = "neighbours"  # their endpoint and audience
STARTS = 1.0  # seconds until an emergency's first text is with the vendor …
STEPS = 20  # … or what so many parts of the bulk take, where the machine is busy
GOING, HALF = PARTS // 5, PARTS // 2  # parts of the bulk that are out when a worker dies
HANGS = 60.0  # seconds that the vendor is silent: longer than anybody waits for it
SLOWLY = 0.5  # seconds for each part while a worker joins, so that some are left when it has
LOOK = 0.05  # seconds between two looks
STILL = 0.5  # seconds after which what is under way is no passing moment
WORKER = """
from datetime import timedelta
from channels.sms import sending
from producers.command import main
sending.FIRST_ASKED = timedelta(days=30)  # no receipts are asked for: many thousand questions are not tested here
main()
"""
HOLDER = select(lane.c.holder).where(lane.c.endpoint == "aliyun", ~lane.c.urgent)
DUE = select(func.min(part.c.due_at)).where(part.c.state.in_(texts.WAITS))

pytestmark = [pytest.mark.timeout(1_800), pytest.mark.slow]


class Passing:
    """Has the office's clock go as fast as the machine's, and leaps over what would only be waited for."""

    def __init__(self, clock: DrivenClock) -> None:
        self._clock, self._start, self._begun = clock, clock.now(), time.monotonic()
        self._leapt = timedelta(0)
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def leap(self, ahead: timedelta) -> None:
        """It is later at once."""
        self._pass(ahead)

    def close(self) -> None:
        """It stands still."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(LOOK / 2):
            self._pass(timedelta(0))

    def _pass(self, ahead: timedelta) -> None:
        with self._lock:
            self._leapt += ahead
            self._clock.set(self._start + self._leapt + timedelta(seconds=time.monotonic() - self._begun))


@dataclass(frozen=True)
class Scene:
    """Two offices that text; the line is between their workers and the vendor."""

    here: House
    at: Partners
    line: Proxy
    province: Province
    passing: Passing

    def publish(self, title: str, **of: Any) -> str:
        """A notice that goes out as texts alone."""
        return publish(self.here, draft(self.here, title, channels=("sms",), **of), by=BY).notice


@contextmanager
def scene(folder: Path, broker: str, prefix: str, postgres: str) -> Iterator[Scene]:
    """Nobody works there yet."""
    clock = DrivenClock(DrivenClock().now(), file=folder / "clock")
    texts.register(folder / "inboxes")
    with ExitStack() as held:
        at = held.enter_context(partners(folder, (), clock=folder / "clock"))
        (at.secrets / texts.KEYS).write_text(Seal.new_key())  # every worker has the same
        line = held.enter_context(closing(Proxy(at.port)))
        bulk = texts.outlet("aliyun", line.port, batch=EACH, quiet_from="00:00", quiet_to="00:00")
        other = replace(
            bulk, name=OTHERS, office="ybj", options={**bulk.options, "audience": OTHERS, "batch": FEW // 3}
        )

        def furnishes(home: Path, at: Partners, *, engine: Mapping[str, Mapping[str, Any]]) -> None:
            furnish(home, 9, [bulk, other], partners=replace(at, port=line.port), engine=engine)

        province = Province(
            folder / "homes",
            at,
            held.enter_context(database(postgres)),
            broker,
            prefix,
            furnishes=furnishes,
            program=WORKER,
            clock=folder / "clock",
        )
        held.enter_context(closing(province))
        here = held.enter_context(house(province.home, clock))
        yield Scene(here, at, line, province, held.enter_context(closing(Passing(clock))))


def test_nobody_has_it_twice_and_none_is_lost_though_workers_die_and_join(
    tmp_path: Path, kafka_server: str, kafka_prefix: str, postgres_server: str
) -> None:
    with scene(tmp_path, kafka_server, kafka_prefix, postgres_server) as at_work:
        here, at, province = at_work.here, at_work.at, at_work.province
        people = texts.people(here, MANY)
        texts.people(here, FEW, audience=OTHERS, office="ybj")
        for name in ("w1", "w2"):
            province.start(name)
        for name in ("w1", "w2"):
            has_partitions(province, name)
        bulk = at_work.publish("很多人的通知")
        texts.begun_with(here, at, "aliyun", bulk, parts=GOING)

        seconds, bound = an_emergency(at_work, bulk)
        tell(at, partner="aliyun", how="slow", at="SendSms", seconds=HANGS, times=1)
        arrived = killed_amid_a_request(at_work, arrived=True)
        tell(at, partner="aliyun", how="slow", seconds=SLOWLY)
        province.start("w3")
        has_partitions(province, "w3")
        left = waiting(here)
        tell(at, partner="aliyun", how="well")

        texts.begun_with(here, at, "aliyun", bulk, parts=HALF)
        at_work.line.loses = True
        lost = killed_amid_a_request(at_work, arrived=False)
        at_work.line.loses = False
        settle(at_work)
        totals = texts.check(here, at, people)
        witness = sum(of.total() for of in texts.got(at, ["aliyun"]).texts.values())
        sends, doubts = attempts(here)
    figures = (
        f"an emergency starts after {seconds:.2f} s (bound {bound:.2f}), w3 joins with {left} of {PARTS} parts left"
    )
    print(f"\n{figures}: {dict(totals)}")  # noqa: T201  # the figures are wanted
    assert seconds <= bound
    assert left, "the bulk was through before the workers had shared anew"
    assert doubts == {arrived, lost}, "in doubt is what was under way when its worker was killed, and nothing else"
    assert {mark: times for mark, times in sends.items() if times > 1} == {lost: 2}, "what had arrived was sent again"
    assert totals == {"accepted": MANY + FEW}
    assert witness == MANY + FEW


def an_emergency(at_work: Scene, bulk: str) -> tuple[float, float]:
    """Publish one to the other audience while the bulk goes out: seconds until it starts, and how many it may take."""
    here, at, clock = at_work.here, at_work.at, at_work.here.clock
    expiry = f"{wall(clock.now() + timedelta(hours=5)):%Y-%m-%d %H:%M}"
    urgent = at_work.publish("紧急的通知", of="ybj", more=("紧急程度: 紧急", f'失效时刻: "{expiry}"'))
    taken_in = clock.now()
    began = texts.begun_with(here, at, "aliyun", urgent)
    out = sorted(texts.parts_out(here, at, "aliyun", bulk).values())
    assert len(out) < PARTS, "the bulk was through before the emergency came"
    texts.begun_with(here, at, "aliyun", urgent, parts=3)
    step = (out[-1] - out[0]).total_seconds() / (len(out) - 1)
    return (began - taken_in).total_seconds(), max(STARTS, STEPS * step)


def killed_amid_a_request(at_work: Scene, *, arrived: bool) -> str:
    """Kill whoever sends the bulk while he waits for an answer; the mark of what he sent. Others go on at once.

    ``arrived``: the vendor has taken that request.
    """
    here, province = at_work.here, at_work.province
    pause, mark, since = threading.Event(), "", 0.0
    while not mark or time.monotonic() - since < STILL or (mark in texts.got(at_work.at, ["aliyun"]).texts) != arrived:
        pause.wait(LOOK)
        if (now := under_way(here)) != mark:
            mark, since = now, time.monotonic()
    station = here.store.read(lambda c: c.execute(HOLDER).scalar_one()).partition(".")[0]
    (name,) = [one for one in province.running if (province.folder / one / STATION).read_text().strip() == station]
    province.kill(name)
    at_work.passing.leap(LEASE + LEFT_ALONE)
    return mark


def under_way(here: House) -> str:
    """The mark of the part of the bulk that is being sent; empty: none is."""
    wanted = select(part.c.delivery, part.c.number).where(part.c.endpoint == "aliyun", part.c.state == Outcome.SENDING)
    return "".join(f"{row.delivery}.{row.number}" for row in here.store.read(lambda c: c.execute(wanted).all()))


def waiting(here: House) -> int:
    """Parts of which nothing is known yet."""
    return sum(state in (Outcome.PLANNED, Outcome.SENDING) for _, state in unsettled(here))


def has_partitions(province: Province, name: str) -> None:
    """Wait until a worker has its share of the topics."""
    pause = threading.Event()
    while "partitions_assigned" not in province.log(name).read_text("utf-8"):
        pause.wait(LOOK)


def settle(at_work: Scene) -> None:
    """Until everybody was sent to, and every doubt was looked up at its time."""
    pause, clock = threading.Event(), at_work.here.clock
    while (at := at_work.here.store.read(lambda c: c.execute(DUE).scalar())) is not None or unsettled(at_work.here):
        if at is not None and at > clock.now():
            at_work.passing.leap(at - clock.now())
        pause.wait(LOOK)


def attempts(here: House) -> "tuple[Counter[str], set[str]]":
    """How often each part was sent, and which of them nobody knew of: the ledger's rows of requests that send.

    Who stood still too long before he sent did not.
    """
    wanted = select(attempt.c.delivery, attempt.c.part, attempt.c.outcome).where(attempt.c.step == "send")
    wanted = wanted.where(attempt.c.outcome != "waits")
    rows = [(f"{row.delivery}.{row.part}", row.outcome) for row in here.store.read(lambda c: c.execute(wanted).all())]
    return Counter(mark for mark, _ in rows), {mark for mark, outcome in rows if outcome == Outcome.UNKNOWN}
