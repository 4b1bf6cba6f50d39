"""Where the systems that publish for governments and newsrooms fail, this one does not: real outlets, one test each.

The numbers are those of the list that the tests were chosen from: each is a failure found in another system.
Number 7 is in ``test_reminders.py``.
"""

import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from sqlalchemy import select, update

from benchmarks.seed import seed, send_again, waiting
from channels.base import Outcome
from channels.shelf import opened as shelved
from config.clock import DrivenClock, SystemClock
from config.settings import SettingsError
from producers.house import House, house
from producers.publish import Published, publish
from producers.rendering import NotFit
from producers.serve.listeners import bind
from streams.store.tables import endpoint, event, matter, notice
from tests.consulted import NUMBER, Reader, ask_public
from tests.consulted import at as midnight
from tests.faults.province import Province, database
from tests.faults.rig import Partners, draft, end, partners, start, unsettled
from tests.faults.rig import furnish as furnish_rig
from tests.faults.test_timed_kills import arrived, released, timed
from tests.journeys.conftest import PAPERS
from tests.journeys.town import ATOM, Ground, Outlet, Town, furnish, get, opened, tell
from tests.parts.kafka import admin
from tests.producers.serve.processes import environment, free_ports, started, words
from tests.waiting import until


def test_01_a_version_that_is_tried_again_never_follows_a_newer_one(town: Town) -> None:
    town.tell("ribao", how="status", status=503, times=1)
    done = town.publish("第一版")
    town.settle()
    assert town.told("ribao", done) == []
    town.correct(done, "第二版", note="改了标题。")
    town.settle(60)
    assert [event["data"]["title"] for event in town.told("ribao", done)] == ["第二版"]
    assert town.outcomes(done)["ribao"] == [Outcome.SUPERSEDED, Outcome.DELIVERED]
    assert town.outcomes(done)["wanbao"] == [Outcome.DELIVERED, Outcome.DELIVERED]
    assert "第二版" in town.page(done.address)[1]


def test_02_a_partner_that_throttles_for_ten_minutes_gets_it_afterwards(town: Town) -> None:
    town.tell("ribao", how="status", status=429, retry_after="120")
    done = town.publish("办结情况公告")
    town.settle(600, step=15)
    assert town.told("ribao", done) == []
    assert len(town.causes("ribao")) <= 6, "asked more often than the partner wants"
    town.tell("ribao", how="well")
    town.settle(180, step=15)
    assert len(town.told("ribao", done)) == 1
    assert town.outcomes(done)["ribao"] == [Outcome.DELIVERED]


def test_03_a_worker_killed_in_mid_transmit_is_made_good_within_five_seconds_of_the_restart(tmp_path: Path) -> None:
    with partners(tmp_path / "partners", ("ribao",)) as at:
        home = furnish_rig(tmp_path / "home", at, ("ribao",))
        tell(at, how="slow", seconds=30, times=1)
        sender = start("run", str(home))
        with house(home, SystemClock()) as here:
            done = publish(here, draft(home, 1), by="测试")
            while not at.inbox("ribao"):
                here.clock.wait(threading.Event(), 0.05)
            end(sender)  # the partner has it, and we have not heard so
            sender = start("run", str(home))
            assert sender.stdout is not None
            sender.stdout.readline()
            ready = here.clock.now()
            try:
                while unsettled(here):
                    here.clock.wait(threading.Event(), 0.1)
                assert here.clock.now() - ready < timedelta(seconds=5)
            finally:
                end(sender)
        assert [entry["event"]["subject"] for entry in at.stored("ribao")] == [done.notice]
        assert len({entry["id"] for entry in at.inbox("ribao")}) == 1, "repeated under another name"


def test_04_the_first_of_three_papers_is_down_and_the_others_have_it(town: Town) -> None:
    first, *others = PAPERS
    town.tell(first, how="status", status=500)
    done = town.publish("办结情况公告")
    town.settle()
    assert town.told(first, done) == []
    assert all(len(town.told(paper, done)) == 1 for paper in others)
    assert town.outcomes(done)["site"] == town.outcomes(done)["feeds"] == [Outcome.DELIVERED]


def test_05_a_correction_after_fifteen_days_reaches_everyone_who_had_it(town: Town) -> None:
    done = town.publish("办结情况公告")
    town.settle()
    town.settle(15 * 86_400, step=86_400)
    for number in range(3):  # others came after it
        town.publish(f"后来的第{number + 1}件")
    town.settle(60)
    town.correct(done, "办结情况公告", note="补充了说明。", added="补充的说明。")
    town.settle()
    assert set(map(tuple, town.outcomes(done).values())) == {(Outcome.DELIVERED, Outcome.DELIVERED)}
    assert all(town.told(paper, done)[-1]["type"] == "gongkai.notice.corrected" for paper in PAPERS)
    assert "补充的说明。" in town.page(done.address)[1]
    newest = town.feed().find("a:entry", ATOM)
    assert newest is not None
    assert newest.findtext("a:id", "", ATOM) == town.entry(done).findtext("a:id", "", ATOM)


SOAK = "GONGKAI_SOAK" in os.environ
MANY = 10_000 if SOAK else 600  # notices that are republished
PATIENCE = 300.0  # seconds in which anything is done, on a machine that has much else to do
AIM = 1.0  # seconds after its last one until a window is seen to have closed; held to where nothing else is going on


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_06_a_window_closes_while_everything_is_republished(tmp_path: Path) -> None:
    """By the lanes, half of it, and by a rebuild of the site, the rest: the closing goes before both."""
    home, clock, port = tmp_path / "home", DrivenClock(DrivenClock().now(), file=tmp_path / "clock"), free_ports(2)
    furnish(home, port, [Outlet("site", "website", options={"comments": True}), Outlet("feeds", "feed")])
    with bind("127.0.0.1", port) as listening, opened(Ground(home, clock, listening)) as town:
        first = town.publish("原件", channels=("website", "feed"))
        town.settle(10)
        assert town.outcomes(first) == {"site": [Outcome.DELIVERED], "feeds": [Outcome.DELIVERED]}
    seed(home, MANY, texts=True)
    with opened(Ground(home, clock)) as town, started("up", home, port, clock=tmp_path / "clock"):
        reader, asked = Reader(town), ask_public(town)
        page = until_some(lambda: matter_at(town, NUMBER))
        until(lambda: reads(page, OPEN), PATIENCE)
        clock.set(midnight(31, -1))
        until(lambda: reads(page, NEARS), PATIENCE)
        late = {**reader.form(asked), "text": "晚了一秒"}
        whole = town.house.store.write(lambda tx: send_again(tx, MANY // 2, clock.now() - timedelta(hours=1)))
        with rebuilding(home, tmp_path / "clock") as rebuild:
            until((home / "outlets" / "site" / "new-shelf.sqlite").exists, PATIENCE)
            until(lambda: left(town) < whole, PATIENCE)
            assert not reads(page, CLOSED), "too early"
            begun = time.monotonic()
            clock.set(midnight(31))
            until(lambda: reads(page, CLOSED), PATIENCE)
            seen, waits, goes_on = time.monotonic() - begun, left(town), rebuild.poll() is None
            clock.set(midnight(31, 1))
            begun = time.monotonic()
            refused = reader.send(asked, late)
            took = time.monotonic() - begun
            assert (refused.status, refused.handed_back) == (410, "晚了一秒")
            assert goes_on, "the site was written anew before the window was seen to have closed"
            assert waits > whole / 2, f"half of the bulk went before it: {whole - waits} of {whole}"
            if SOAK:
                assert max(seen, took) < AIM, f"closed after {seen:.2f} s, refused after {took:.2f} s"
            assert rebuild.wait() == 0
        assert reads(page, CLOSED), "the rebuild wrote something older over it"


OPEN, NEARS, CLOSED = "正在征求意见 - ", "征求意见即将截止 - ", "征求意见已截止 - "  # in the page's own title


def reads(address: str, words: str) -> bool:
    """Whether a page has them, where it is answered for at all: the machine is busy."""
    try:
        return words in get(address)[1].decode()
    except OSError:
        return False


def matter_at(town: Town, number: str) -> str:
    """The address of the page of a matter; empty before anything was told of it."""
    wanted = select(matter.c.notice).where(matter.c.number == number)
    found = town.house.store.read(lambda c: c.execute(wanted).scalar())
    return f"{town.house.configuration.public_url}/n/{found.replace('-', '/')}.html" if found else ""


def until_some(found: Callable[[], str]) -> str:
    """What it gives once there is something."""
    until(found, PATIENCE)
    return found()


def left(town: Town) -> int:
    """How many of the republished still wait to be sent."""
    return town.house.store.read(waiting)


@contextmanager
def rebuilding(home: Path, clock: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """``gongkai endpoints rebuild site``, going on; ended at the end."""
    told = environment(home, None) | {"GONGKAI_CLOCK": str(clock)}
    with subprocess.Popen(words("endpoints", "rebuild", "site"), env=told, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_08_a_crash_between_the_commit_and_the_fan_out_loses_nobody(tmp_path: Path) -> None:
    with partners(tmp_path / "partners", ("ribao",)) as at:
        home = furnish_rig(tmp_path / "home", at, ("ribao",))
        publisher = start("publish", str(home), "1", "1")
        assert publisher.stdout is not None
        done = publisher.stdout.readline().strip()  # the acknowledgement: committed, and nobody has carried a thing
        end(publisher)
        assert at.stored("ribao") == []
        sender = start("run", str(home))
        try:
            with house(home, SystemClock()) as here:
                while not at.stored("ribao") or unsettled(here):
                    here.clock.wait(threading.Event(), 0.1)
        finally:
            end(sender)
        assert [entry["event"]["subject"] for entry in at.stored("ribao")] == [done]


def test_09_with_the_signing_key_unreadable_nothing_is_released(town: Town) -> None:
    key = (town.house.home / "secrets" / "ribao").rename(town.house.home / "away")
    with pytest.raises(NotFit) as caught:
        town.publish("办结情况公告")
    assert [reason.channel for reason in caught.value.reasons] == ["webhook"]
    assert "ribao" in caught.value.reasons[0].unready
    assert town.house.store.read(lambda c: [*c.execute(select(notice.c.id)), *c.execute(select(event.c.id))]) == []
    key.rename(town.house.home / "secrets" / "ribao")
    town.publish("办结情况公告")


def test_09_what_was_released_before_waits_for_the_key_and_never_goes_unsigned(town: Town) -> None:
    done = town.publish("办结情况公告")
    refused = len(town.told_wrongly("ribao"))
    key = (town.house.home / "secrets" / "ribao").rename(town.house.home / "away")
    town.settle(120)
    assert town.outcomes(done)["ribao"] == [Outcome.PLANNED]
    assert len(town.told_wrongly("ribao")) == refused, "the partner was sent something it could not verify"
    assert all("ribao" in cause for cause in town.causes("ribao"))
    key.rename(town.house.home / "secrets" / "ribao")
    town.settle(120)
    assert town.outcomes(done)["ribao"] == [Outcome.DELIVERED]
    assert len(town.told("ribao", done)) == 1


def test_11_an_endpoint_that_leaves_the_configuration_is_served_on(ground: Ground) -> None:
    """An endpoint ends when somebody disables it, not when its table is renamed or cut."""
    with opened(ground) as town:
        first = town.publish("第一件")
        town.settle()
    rename(ground.home, "[endpoints.ribao]", "[endpoints.ribao-xin]")
    with opened(ground) as town:
        second = town.publish("第二件")
        town.correct(first, "第一件", note="补充了说明。", added="补充的说明。")
        town.settle()
        assert town.outcomes(second)["ribao"] == town.outcomes(second)["ribao-xin"] == [Outcome.DELIVERED]
        assert town.outcomes(first)["ribao"] == [Outcome.DELIVERED] * 2


def test_11_an_office_that_has_endpoints_cannot_leave_the_configuration(ground: Ground) -> None:
    with opened(ground):
        pass
    rename(ground.home, "offices.ybj", "offices.yibaoju")
    rename(ground.home, 'office = "ybj"', 'office = "yibaoju"')
    with pytest.raises(SettingsError) as caught, opened(ground):
        pass
    assert {f"ybj-{name}" in str(caught.value) for name in ("site", "feeds")} == {True}
    assert "[offices.ybj]" in str(caught.value)
    rename(ground.home, "offices.yibaoju", "offices.ybj")
    rename(ground.home, 'office = "yibaoju"', 'office = "ybj"')
    with opened(ground) as town:
        town.publish("第一件")


def test_11_an_endpoint_whose_channel_the_program_has_no_more_stops_the_start(ground: Ground) -> None:
    with opened(ground) as town:
        fax = update(endpoint).where(endpoint.c.id == "ribao").values(channel="fax")
        town.house.store.write(lambda tx: tx.connection.execute(fax))
    with pytest.raises(SettingsError, match="fax"), opened(ground):
        pass


@pytest.mark.parametrize(("name", "channel"), [("feeds", "feed"), ("site", "website")])
def test_11_a_column_with_notices_in_it_cannot_leave_the_program(town: Town, name: str, channel: str) -> None:
    """Its feed and its list would stand still for good: nothing is released until the column is back."""
    town.publish("第一件")
    town.settle()
    with shelved(town.house.home / "outlets" / name) as shelf:
        (stands,) = shelf.newest("", 1)
        shelf.put(replace(stands, subject="202501-gone0000"), ["old-news"])
    with pytest.raises(NotFit) as caught:
        town.publish("第二件")
    assert [reason.channel for reason in caught.value.reasons] == [channel]
    assert "old-news" in caught.value.reasons[0].unready


def rename(home: Path, old: str, new: str) -> None:
    """Change the configuration."""
    file = home / "gongkai.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_12_a_withdrawal_is_told_to_all_who_were_told(town: Town) -> None:
    done = town.publish("办结情况公告")
    other = town.publish("另一件", channels=("website",))
    town.settle()
    had = {paper: town.told(paper, done)[0]["data"]["delivery"]["sequence"] for paper in PAPERS}
    town.withdraw(done, reason="数据有误。")
    town.withdraw(other, reason="重复发布。")
    town.settle()
    for paper in PAPERS:
        event = town.told(paper, done)[-1]
        assert event["type"] == "gongkai.notice.withdrawn"
        assert event["data"]["delivery"]["sequence"] > had[paper]
        assert event["data"]["delivery"]["supersedes"] == [1]
        assert town.told(paper, other) == []
    assert "数据有误。" in town.page(done.address)[1]


@pytest.fixture
def driven(tmp_path: Path) -> DrivenClock:
    """The clock of processes of their own and of their partner."""
    return DrivenClock(SystemClock().now(), file=tmp_path / "now")


def put_off(home: Path, clock: DrivenClock) -> list[Published]:
    """Fifty notices are approved for an hour from now on, five for each minute."""
    begins = clock.now() + timedelta(hours=1)
    with house(home, clock) as here:
        return [
            publish(here, timed(home, number, begins + timedelta(minutes=number // 5)), by="测试")
            for number in range(50)
        ]


def come_out(home: Path, clock: DrivenClock, at: Partners, wanted: list[Published]) -> None:
    """Time passes, and nobody acts: each is public at its second, not before, and once."""
    due = {one.notice: one.release_at for one in wanted if one.release_at is not None}
    assert len(due) == 50
    with house(home, clock) as here:
        for instant in sorted(set(due.values())):
            clock.set(instant - timedelta(seconds=1))
            assert released(here) == {name for name, then in due.items() if then < instant}
            clock.set(instant)
            until(partial(are_public, here, {name for name, then in due.items() if then <= instant}))
        until(partial(have_come, clock, at))
        stood = select(notice.c.id, notice.c.released_at)
        assert {row.id: row.released_at for row in here.store.read(lambda c: c.execute(stood).all())} == due
        said = select(event.c.key).where(event.c.type == "gongkai.notice.released.v1")
        assert Counter(here.store.read(lambda c: list(c.execute(said).scalars()))) == dict.fromkeys(due, 1)
    assert Counter(arrived(at)) == dict.fromkeys(due, 1)


def are_public(here: House, wanted: set[str]) -> bool:
    """Whether these are, and no others."""
    return released(here) == wanted


def have_come(clock: DrivenClock, at: Partners) -> bool:
    """Whether the paper has them all; what looks for work once a second needs a second."""
    clock.advance(0.05)
    return len(arrived(at)) >= 50


@pytest.mark.timeout(600)
def test_10_with_nothing_left_but_the_database_what_is_timed_goes_out_by_itself(
    tmp_path: Path, driven: DrivenClock
) -> None:
    with partners(tmp_path / "partners", ("ribao",), tmp_path / "now") as at:
        home, port = furnish_rig(tmp_path / "home", at, ("ribao",)), free_ports(2)
        up = partial(started, "up", home, port, clock=tmp_path / "now")
        with up() as running:
            wanted = put_off(home, driven)
            running.process.kill()
            running.process.wait()
        for one in home.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            elif not one.name.startswith("gongkai.") and one.name != "secrets":
                one.unlink()
        assert {one.name for one in home.iterdir()} >= {"gongkai.toml", "gongkai.sqlite", "secrets"}
        with up():
            come_out(home, driven, at, wanted)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_10_with_its_topics_emptied_what_is_timed_goes_out_by_itself(
    tmp_path: Path, driven: DrivenClock, kafka_server: str, kafka_prefix: str, postgres_server: str
) -> None:
    with partners(tmp_path / "partners", ("ribao",), tmp_path / "now") as at, ExitStack() as held:

        def furnishes(folder: Path, at: Partners, *, engine: Mapping[str, Mapping[str, Any]]) -> None:
            furnish_rig(folder, at, ("ribao",), engine=engine)

        store = held.enter_context(database(postgres_server))
        clock_file = tmp_path / "now"
        province = Province(tmp_path / "homes", at, store, kafka_server, kafka_prefix, furnishes, clock=clock_file)
        held.enter_context(closing(province))
        for name in ("w1", "w2"):
            province.start(name)
        wanted = put_off(province.home, driven)
        for name in ("w1", "w2"):
            province.kill(name)
        with closing(admin(kafka_server)) as client:
            assert of_prefix(client, kafka_prefix) != []
            client.delete_topics(of_prefix(client, kafka_prefix))
            until(lambda: not of_prefix(client, kafka_prefix))
        for name in ("w1", "w2"):
            province.start(name)
        come_out(province.home, driven, at, wanted)


def of_prefix(client: KafkaAdminClient, prefix: str) -> list[str]:
    """The topics of one installation."""
    return [topic for topic in client.list_topics() if topic.startswith(prefix)]
