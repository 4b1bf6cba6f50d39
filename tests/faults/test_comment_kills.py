"""Who takes comments is killed at random, again and again, until the window has closed: whoever saw a receipt finds his
comment as he wrote it, once; whoever saw that he took it back has; nobody is taken a second late.

The witnesses are those who comment. One process on SQLite; two that serve from one PostgreSQL; and the whole way of a
comment to its answer where Kafka carries.
"""

import csv
import io
import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import requests
from sqlalchemy import select

from config.clock import DrivenClock
from notices.placeholders import NAME
from producers.command.exits import Exit
from producers.house import House, house
from producers.persons_key import seal_of
from producers.verify_books import verify_notices
from streams import audit
from streams.comments.comment import Comment, Person, by_receipt, comments_of, person_of, text_hash
from streams.store import tables
from tests.consulted import NUMBER, OUTLETS, ask_public, at
from tests.faults.citizens import LATE, PACE, PATIENCE, Citizen, Said, Square, given
from tests.faults.province import database
from tests.faults.servers import Servers, listener, up
from tests.journeys.town import furnish
from tests.producers.serve.processes import asked, free_ports
from tests.waiting import until

SOAK = "GONGKAI_SOAK" in os.environ
KILLS = 200 if SOAK else 2
CITIZENS = 4
FEW = 4  # comments that whoever was started anew takes, before he may be killed
HAND = 8  # forms in the hand of each, for the last second and what comes after it

pytestmark = pytest.mark.timeout(7_200 if SOAK else 600)


@dataclass
class Desk:
    """The office's own desk; others do what follows."""

    house: House
    clock: DrivenClock


def storm(square: Square, servers: Servers, dice: random.Random) -> None:
    """They comment, and who serves them is killed; in the end until the window has closed, and a while longer."""
    citizens = [Citizen(square, dice.randrange(1_000_000)) for _ in range(CITIZENS)]
    for one in citizens:
        one.start()
    for _ in range(KILLS):
        until(partial(has_heard, square, square.seen() + FEW), PATIENCE)
        servers.kill_any(dice)
    until(partial(has_heard, square, square.seen() + FEW), PATIENCE)
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
    until(lambda: square.clock.now() >= square.closes or square.failed, PATIENCE)
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


def furnished(home: Path, port: int, engine: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> Path:
    """The offices' own folder; they believe the proxy, which is us, who it asks for."""
    furnish(home, port, OUTLETS, engine=engine)
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


@pytest.mark.slow
def test_the_same_where_two_processes_serve_from_one_postgresql(tmp_path: Path, postgres_server: str) -> None:
    port, clock = free_ports(2), DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    dice, ports = random.Random(8), [port, port + 1]
    with database(postgres_server) as store, ExitStack() as held:
        homes = [furnished(tmp_path / f"home-{one}", one, {"installation": {"store": store}}) for one in ports]
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


@pytest.mark.slow
def test_on_kafka_whoever_commented_reads_his_answer(
    tmp_path: Path, postgres_server: str, kafka_server: str, kafka_prefix: str
) -> None:
    port, clock = free_ports(2), DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    dice = random.Random(5)
    kafka = {"servers": kafka_server.split(","), "prefix": kafka_prefix, "replication": 1}
    with database(postgres_server) as store, ExitStack() as held:
        home = furnished(tmp_path / "home", port, {"installation": {"engine": "kafka", "store": store}, "kafka": kafka})
        here = held.enter_context(house(home, clock))
        servers = Servers([partial(up, home, port, tmp_path / "clock")])
        held.callback(servers.close)
        command = partial(commanded, home, port, tmp_path / "clock")
        asked_about = ask_public(Desk(here, clock))
        until(partial(is_public, clock, asked_about.address))
        square = Square(asked_about.notice, [port], clock, at(31))
        citizen = Citizen(square, 1, [square.filled(dice) for _ in range(HAND)])
        clock.advance(PACE)
        citizen.start()
        servers.kill_any(dice)
        citizen.join()
        assert len(square.said) == square.seen() == HAND
        square.take_back(dice, square.said[0])
        clock.set(at(35))
        check(here, square)

        table = tmp_path / "意见.csv"
        command("comments", "export", NUMBER, "-o", str(table), "--office", "rsj")
        rows = filled_in(table)
        fill_in(table, [*rows[:-1], rows[-1] | {"处理": "再议"}])
        words = ("dispose", "--from", str(table), "--office", "rsj")
        wrong = asked("comments", home, port, *words, clock=tmp_path / "clock")
        assert wrong.returncode == Exit.WRONG, wrong.stdout
        assert decided(here) == {}, "all or nothing"
        fill_in(table, rows)
        command("comments", *words)
        assert decided(here) == {row["编号"]: row["理由"] for row in rows}
        draft = tmp_path / "反馈.md"
        command("comments", "draft", NUMBER, "--next", "提请集体讨论", "-o", str(draft), "--office", "rsj")
        draft.write_text(draft.read_text("utf-8").replace(NAME, "陈远"), "utf-8")
        reasons = {row["意见"]: row["理由"] for row in rows}
        assert not any(answers(square, dice, reasons)), "a secret until the feedback is public"

        clock.advance(60)
        (done,) = command("publish", str(draft))["files"]
        servers.kill(0)
        until(partial(is_public, clock, done["address"]))
        page = re.sub(r"<[^>]+>", "", requests.get(done["address"], timeout=20).content.decode())
        assert f"提出意见{len(rows)}条" in page
        assert not any(one.name in page for one in square.said)
        assert answers(square, dice, reasons) == [not one.taken_back for one in square.said]
        assert here.store.read(lambda c: [flaw for flaws in verify_notices(c) for flaw in flaws]) == []


def commanded(home: Path, port: int, clock: Path, *words: str) -> Any:
    """What a command said that did what it was told."""
    done = asked(words[0], home, port, *words[1:], "--json", clock=clock)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def is_public(clock: DrivenClock, address: str) -> bool:
    """Whether there is a page. Time passes meanwhile: what a dead process held is free when it has."""
    clock.advance(0.05)
    with suppress(requests.RequestException):
        return requests.get(address, timeout=20).status_code == 200
    return False


def filled_in(table: Path) -> list[dict[str, str]]:
    """The rows, with an answer in each."""
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"), newline="")))
    for row, words in zip(rows, cycle(("采纳", "部分采纳", "未采纳")), strict=False):
        row |= {"处理": words, "理由": f"理由{row['编号']}", "类别": "岗位类别"}
    return rows


def fill_in(table: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write them."""
    with table.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def decided(here: House) -> dict[str, str]:
    """The reason of each comment that was answered."""
    return {one.id: one.reason for one in here.store.read(lambda c: comments_of(c, "rsj", NUMBER)) if one.disposition}


def answers(square: Square, dice: random.Random, reasons: Mapping[str, str]) -> list[bool]:
    """Whether each reads the reason that was given to his own comment."""
    pages = [square.look(dice, one).page for one in square.said]
    return [one.text in reasons and reasons[one.text] in page for one, page in zip(square.said, pages, strict=True)]
