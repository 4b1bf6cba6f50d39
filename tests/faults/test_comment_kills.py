"""Who takes comments is killed at random, again and again, until the window has closed: whoever saw a receipt finds his
comment as he wrote it, once; whoever saw that he took it back has; nobody is taken a second late.

The witnesses are those who comment. One process on SQLite; two that serve from one PostgreSQL.
"""

import os
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy import select

from config.clock import DrivenClock
from producers.house import House, house
from producers.persons_key import seal_of
from streams import audit
from streams.comments.comment import Comment, Person, by_receipt, comments_of, person_of, text_hash
from streams.store import tables
from tests.consulted import NUMBER, OUTLETS, ask_public, at
from tests.faults.citizens import LATE, Citizen, Said, Square, given
from tests.faults.province import database
from tests.faults.rig import end, start
from tests.journeys.town import furnish
from tests.producers.serve.processes import free_ports, started
from tests.waiting import until

SOAK = "GONGKAI_SOAK" in os.environ
KILLS = 200 if SOAK else 2
CITIZENS = 4
FEW = 4  # comments that whoever was started anew takes, before he may be killed
LIFE = 0.3  # seconds that he then lives at most
HAND = 8  # forms in the hand of each, for the last second and what comes after it

pytestmark = pytest.mark.timeout(7_200 if SOAK else 240)
Server = Callable[[], AbstractContextManager["Popen[str]"]]


@dataclass
class Desk:
    """The office's own desk; others do what follows."""

    house: House
    clock: DrivenClock


class Servers:
    """Those who serve, to be killed and started anew."""

    def __init__(self, begin: Sequence[Server]) -> None:
        self._begin = begin
        self._running = [ExitStack() for _ in begin]
        self._processes = [doors.enter_context(one()) for doors, one in zip(self._running, begin, strict=True)]
        self.kills = 0

    def kill(self, which: int) -> None:
        """As ``kill -9`` does; then it is started anew."""
        self._processes[which].kill()
        self._processes[which].wait()
        self._running[which].close()
        self._processes[which] = self._running[which].enter_context(self._begin[which]())
        self.kills += 1

    def kill_any(self, dice: random.Random) -> None:
        """One of them, some time from now."""
        threading.Event().wait(dice.uniform(0, LIFE))
        self.kill(dice.randrange(len(self._begin)))

    def close(self) -> None:
        """Nothing is left running."""
        for doors in self._running:
            doors.close()


@contextmanager
def up(home: Path, port: int, clock: Path) -> Iterator["Popen[str]"]:
    """``gongkai up``."""
    with started("up", home, port, clock=clock) as running:
        yield running.process


@contextmanager
def listener(home: Path, port: int, clock: Path) -> Iterator["Popen[str]"]:
    """The public listener alone."""
    process = start("serve", str(home), str(port), clock=clock)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        end(process)


def storm(square: Square, servers: Servers, dice: random.Random) -> None:
    """They comment, and who serves them is killed; in the end until the window has closed, and a while longer."""
    citizens = [Citizen(square, dice.randrange(1_000_000)) for _ in range(CITIZENS)]
    for one in citizens:
        one.start()
    for _ in range(KILLS):
        until(partial(has_heard, square, square.seen() + FEW))
        servers.kill_any(dice)
    until(partial(has_heard, square, square.seen() + FEW))
    for one in citizens:
        one.end()
    square.clock.set(square.closes - timedelta(seconds=60))
    filled = [square.filled(dice) for _ in range(CITIZENS * HAND)]
    square.clock.set(square.closes - timedelta(seconds=1))
    square.closes_after = len(filled) // 2
    forms = iter(filled)
    citizens = [Citizen(square, dice.randrange(1_000_000), list(islice(forms, HAND))) for _ in range(CITIZENS)]
    for one in citizens:
        one.start()
    until(lambda: square.clock.now() >= square.closes or square.failed)
    servers.kill_any(dice)
    for one in citizens:
        one.join()
    assert not square.failed, square.failed


def has_heard(square: Square, many: int) -> bool:
    """Whether so many have been answered."""
    return square.seen() >= many


def check(here: House, square: Square) -> None:
    """What was seen is what is kept, and nothing else is."""
    rows = here.store.read(lambda c: comments_of(c, "rsj", NUMBER))
    kept = {row.text: row for row in rows}
    assert len(kept) == len(rows), f"doubled: {Counter(row.text for row in rows).most_common(3)}"
    assert kept.keys() <= {one.text for one in square.said}, "half written"
    for one in square.said:
        if one.receipts:
            is_kept(here, square, one, kept.get(one.text))
        else:
            assert one.refused is not None
            assert (one.refused.status, one.refused.handed_back) == (LATE, one.text)
        if one.late:
            assert not one.receipts, "taken too late"
            assert one.text not in kept, "kept too late"
    assert all(row.received_at < square.closes for row in rows)
    in_audit(here, rows)


def is_kept(here: House, square: Square, one: Said, row: Comment | None) -> None:
    """Whoever saw a receipt finds his comment by it: exactly as he wrote it, and as it stands."""
    seal = seal_of(here)
    assert row is not None, f"lost: {one.text[:20]}"
    assert len(set(one.receipts)) == 1, "two receipts for one form"
    assert here.store.read(lambda c: by_receipt(c, seal, one.receipts[0])) == row
    assert (row.withdrawn_at is not None) == one.taken_back
    who = here.store.read(lambda c: person_of(c, seal, row.id))
    assert who == (None if one.taken_back else Person(one.name, ""))
    looked = square.look(random.Random(), one)
    assert (looked.status, given(looked.page)) == (200, one.text)
    assert one.name not in looked.page
    assert ("已撤回" in looked.page) == one.taken_back


def in_audit(here: House, rows: Sequence[Comment]) -> None:
    """Each was received once and taken back once, by a chain that holds."""
    acts = select(tables.audit.c.act, tables.audit.c.subject, tables.audit.c.detail)
    found = here.store.read(lambda c: c.execute(acts.where(tables.audit.c.act.startswith("comment."))).all())
    wanted = Counter(("comment.received", row.id) for row in rows)
    wanted += Counter(("comment.withdrawn", row.id) for row in rows if row.withdrawn_at)
    assert Counter((row.act, row.subject) for row in found) == wanted
    seal, texts = seal_of(here), {row.subject: row.detail for row in found if row.act == "comment.received"}
    assert all(text_hash(seal, row.text) in texts[row.id] for row in rows)
    assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []


def told(square: Square, servers: Servers) -> None:
    """The figures, and that there was something to see."""
    seen = Counter(
        {
            "comments": len(square.said),
            "kept": sum(bool(one.receipts) for one in square.said),
            "taken back": sum(one.taken_back for one in square.said),
            "late": sum(one.late for one in square.said),
        }
    )
    print(f"\n{servers.kills} kills: {dict(seen)}")  # noqa: T201  # the figure is wanted
    assert all(seen.values())
    assert seen["late"] >= CITIZENS * HAND // 2


def furnished(home: Path, port: int, store: str = "") -> Path:
    """The offices' own folder; they believe the proxy, which is us, who it asks for."""
    furnish(home, port, OUTLETS, engine={"installation": {"store": store}} if store else {})
    with (home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.write('[comments]\nproxies = ["127.0.0.1"]\n')
    return home


def test_whoever_saw_a_receipt_has_his_comment_and_nobody_is_late(tmp_path: Path) -> None:
    port, clock = free_ports(2), DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    home, dice = furnished(tmp_path / "home", port), random.Random(3)
    with house(home, clock) as here, ExitStack() as held:
        notice = ask_public(Desk(here, clock)).notice
        servers = Servers([partial(up, home, port, tmp_path / "clock")])
        held.callback(servers.close)
        square = Square(notice, [port], clock, at(31))
        storm(square, servers, dice)
        check(here, square)
        told(square, servers)


def test_the_same_where_two_processes_serve_from_one_postgresql(tmp_path: Path, postgres_server: str) -> None:
    port, clock = free_ports(2), DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    dice, ports = random.Random(8), [port, port + 1]
    with database(postgres_server) as store, ExitStack() as held:
        homes = [furnished(tmp_path / f"home-{one}", one, store) for one in ports]
        here = held.enter_context(house(homes[0], clock))
        notice = ask_public(Desk(here, clock)).notice
        seal_of(here)
        shutil.copytree(homes[0] / "secrets", homes[1] / "secrets")
        begin = [partial(listener, home, one, tmp_path / "clock") for home, one in zip(homes, ports, strict=True)]
        servers = Servers(begin)
        held.callback(servers.close)
        square = Square(notice, ports, clock, at(31))
        storm(square, servers, dice)
        check(here, square)
        told(square, servers)
