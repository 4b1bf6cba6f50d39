"""A whole matter, from its start to its archive, while the processes that tell of it are killed: a partner hears of
each thing once, in order, and of nothing too early. On the embedded engine, and by two workers on Kafka and PostgreSQL.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.clock import SHANGHAI, DrivenClock
from notices.notice import MessageKind
from producers.house import House, house
from producers.matter_acts import Signed, begin, evaluate, put_away
from producers.publish import publish
from producers.verify_books import verify_notices
from streams.store.tables import message
from tests.faults.province import Province, database
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Outlet, furnish
from tests.producers.papers import NUMBER, consultation, paper
from tests.producers.serve.processes import free_ports, started
from tests.waiting import until

PARTNER = "ribao"
PATIENCE = 180.0  # seconds of real time for one telling, restarts among them: the cores may be shared by many
SEEDS = 20 if "GONGKAI_SOAK" in os.environ else 1
FIRING = 0.3  # seconds within which what fell due is told, on a machine at rest
SIGNED = Signed("陈远", "吴桐")
CHANNELS = "[webhook]"


@dataclass
class Desk:
    """The office's own desk; others do what follows."""

    house: House
    clock: DrivenClock

    def put_out(self, kind: str, **front: str) -> None:
        """Publish the paper of that kind."""
        publish(self.house, paper(self, kind, **{"渠道": CHANNELS, "渠道用语": "", **front}), by=BY)


Act = Callable[[Desk], object]
STORY: tuple[tuple[date, Act | None, str], ...] = (  # a day, what the office does on it, what is told by then
    (
        date(2026, 11, 23),
        lambda desk: begin(desk.house, "rsj", NUMBER, name="修订办法", section="jy", signed=SIGNED, by=BY),
        "matter.moved",
    ),
    (date(2026, 11, 23), lambda desk: publish(desk.house, consultation(desk, 1, 渠道=CHANNELS), by=BY), "matter.moved"),
    (date(2026, 11, 24), None, "window.opened"),
    (
        date(2026, 12, 10),
        lambda desk: desk.put_out("t15", 原截止日="2026-12-25", 延长后截止日="2027-01-10", 反馈承诺日="2027-02-01"),
        "window.extended",
    ),
    (date(2027, 1, 8), None, "window.closing"),
    (date(2027, 1, 11), None, "window.closed"),
    (date(2027, 2, 1), None, "feedback.fell-due"),
    # after five working days: the 2nd to the 4th; the new year from the 5th to the 10th by the law; the 11th, the 12th
    (date(2027, 2, 13), None, "feedback.fell-overdue"),
    (date(2027, 2, 14), lambda desk: desk.put_out("t07"), "matter.moved"),
    (date(2027, 2, 15), lambda desk: desk.put_out("t14"), "matter.moved"),
    (date(2027, 2, 16), lambda desk: desk.put_out("t10"), "matter.moved"),
    (date(2027, 3, 1), lambda desk: desk.put_out("t08", 下次通报日="2027-03-20"), "matter.moved"),
    (date(2027, 3, 26), None, "matter.moved"),  # one of the report's milestones, 17 days after it: until the 18th
    (date(2027, 3, 27), None, "matter.moved"),
    (
        date(2027, 4, 1),
        lambda desk: evaluate(desk.house, "rsj", NUMBER, text="岗位到位", signed=SIGNED, by=BY),
        "matter.moved",
    ),
    (date(2027, 4, 2), lambda desk: put_away(desk.house, "rsj", NUMBER, by=BY), "matter.moved"),
)
TOLD = [
    *("启动", "公告征求意见", "开始征求意见", "延长征求意见", "即将截止", "征求意见截止"),
    *("反馈到期", "反馈超期", "意见反馈", "公布", "解读", "进展", "节点超期", "进展超期", "评估", "归档"),
]


def live(desk: Desk, witness: Partners, disturb: Callable[[], None], strike: Callable[[], None]) -> None:
    """Let it happen: disturbed before and after each thing, and struck while the clock's things are being told."""
    for number, (day, act, _) in enumerate(STORY, start=1):
        begins = datetime.combine(day, time(), SHANGHAI)
        if act is None:
            desk.clock.set(begins - timedelta(seconds=1))
            disturb()
            assert len(heard(witness)) <= number - 1, "too early"
            desk.clock.set(begins)
            strike()
        else:
            desk.clock.set(max(begins + timedelta(hours=10), desk.clock.now()))
            act(desk)
            disturb()
        until(partial(has_heard, desk, witness, number), PATIENCE)
    check(desk, witness)


def heard(witness: Partners) -> list[Mapping[str, Any]]:
    """What the partner kept of the matter's page, in order."""
    file = witness.home / f"{PARTNER}.jsonl"
    events = [entry["event"] for entry in witness.stored(PARTNER)] if file.exists() else []
    return [one for one in events if one["data"]["kind"]["id"] == "d01"]


def has_heard(desk: Desk, witness: Partners, many: int) -> bool:
    """Whether it has heard of so many things. Time passes meanwhile: what a dead worker held is free when it has."""
    desk.clock.advance(0.05)
    return len(heard(witness)) >= many


def check(desk: Desk, witness: Partners) -> None:
    """Each thing once, in order; the books agree."""
    events = heard(witness)
    assert [one["type"] for one in events] == [f"gongkai.{type_}" for _, _, type_ in STORY]
    assert len({one["subject"] for one in events}) == 1
    assert [one["data"]["sequence"] for one in events] == list(range(1, len(STORY) + 1))
    wanted = message.select().where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
    rows = desk.house.store.read(lambda c: c.execute(wanted).all())
    told = [row.content.partition('"event":"')[2].partition('"')[0] for row in rows]
    assert told == TOLD
    assert desk.house.store.read(lambda c: [flaw for flaws in verify_notices(c) for flaw in flaws]) == []


def outlet(port: int) -> Outlet:
    """The partner's."""
    return Outlet(PARTNER, "webhook", "rsj", {"url": f"http://127.0.0.1:{port}/partner/{PARTNER}", "secret": PARTNER})


@contextmanager
def witnessed(folder: Path) -> Iterator[tuple[Partners, DrivenClock]]:
    """A partner, and the one clock of it and the office."""
    clock = DrivenClock(DrivenClock().now(), file=folder / "clock")
    with partners(folder, (PARTNER,), clock=folder / "clock") as running:
        yield running, clock


def moment(dice: random.Random) -> None:
    """Let some of the time pass that a telling takes, in the processes that tell it: as much as the dice say."""
    threading.Event().wait(dice.uniform(0, FIRING))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(11, 11 + SEEDS))
def test_killed_at_any_time_each_thing_is_told_once_and_in_order(tmp_path: Path, seed: int) -> None:
    dice, home, port = random.Random(seed), tmp_path / "home", free_ports(2)
    with witnessed(tmp_path) as (witness, clock), ExitStack() as held:
        furnish(home, port, [outlet(witness.port)], partners=witness)
        up = partial(started, "up", home, port, clock=tmp_path / "clock")
        with house(home, clock) as here:
            doors = [held.enter_context(ExitStack())]
            running = [doors[0].enter_context(up())]

            def kill() -> None:
                running[0].process.kill()
                running[0].process.wait()
                doors[0].close()
                running[0] = doors[0].enter_context(up())

            def disturb() -> None:
                if dice.random() < 0.4:
                    kill()

            def strike() -> None:
                moment(dice)
                kill()

            live(Desk(here, clock), witness, disturb, strike)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(5, 5 + SEEDS))
def test_the_same_on_kafka_with_workers_that_are_killed(
    tmp_path: Path, kafka_server: str, kafka_prefix: str, postgres_server: str, seed: int
) -> None:
    dice = random.Random(seed)
    with witnessed(tmp_path) as (witness, clock), ExitStack() as held:

        def furnishes(home: Path, at: Partners, *, engine: Mapping[str, Mapping[str, Any]]) -> None:
            furnish(home, 9, [outlet(at.port)], partners=at, engine=engine)

        store = held.enter_context(database(postgres_server))
        folder = tmp_path / "homes"
        province = Province(folder, witness, store, kafka_server, kafka_prefix, furnishes, clock=tmp_path / "clock")
        held.enter_context(closing(province))
        for name in ("w1", "w2"):
            province.start(name)

        def disturb() -> None:
            if dice.random() < 0.25:
                name = dice.choice(["w1", "w2"])
                province.kill(name)
                province.start(name)

        def strike() -> None:
            names = dice.sample(["w1", "w2"], dice.randint(1, 2))  # one of them leads
            moment(dice)
            for name in names:
                province.kill(name)
            for name in names:
                province.start(name)

        with house(province.home, clock) as here:
            live(Desk(here, clock), witness, disturb, strike)
