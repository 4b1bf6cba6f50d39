"""The channel: what is written when, and what counts as delivered."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import feedparser
import pytest

from channels.base import Accepted, Delivered
from channels.feed import Channel
from config.columns import columns
from config.kinds import kinds
from config.messages import say
from notices.notice import Message
from tests.channels.feed.conftest import Outlet
from tests.factories import RELEASED, message, version, work
from tests.parts.judges import jing

LATER, LATEST = RELEASED + timedelta(days=1), RELEASED + timedelta(days=2)


def said(number: int, name: str = "aaaaaaaa", **changes: Any) -> Message:
    return message(version(notice=f"202611-{name}", number=number, title=f"第{number}版", **changes))


def item(outlet: Outlet, name: str = "all") -> dict[str, Any]:
    """The only item of a feed."""
    (only,) = json.loads((outlet.public / f"{name}.json").read_bytes())["items"]
    found: dict[str, Any] = only
    return found


def test_written_is_accepted_and_read_back_is_delivered(outlet: Outlet) -> None:
    written = outlet.write(said(1))
    assert written == Accepted(ask_again_at=outlet.clock.now(), scratch={"asked": 0})
    delivered = outlet.publish(said(1))
    assert delivered.reference.endswith("/feeds/all.atom")


def test_published_is_the_first_release_and_updated_the_last(outlet: Outlet) -> None:
    outlet.publish(said(1), RELEASED)
    outlet.publish(said(2), LATER, RELEASED)
    now = item(outlet)
    assert (now["title"], now["date_published"], now["date_modified"]) == (
        "第2版",
        "2026-11-23T09:30:00+08:00",
        "2026-11-24T09:30:00+08:00",
    )


def test_a_minor_correction_moves_no_date(outlet: Outlet) -> None:
    outlet.publish(said(1), RELEASED)
    outlet.publish(said(2), LATER, RELEASED)
    outlet.publish(said(3, minor=True), LATEST, RELEASED)
    assert (item(outlet)["title"], item(outlet)["date_modified"]) == ("第3版", "2026-11-24T09:30:00+08:00")


def test_a_minor_correction_of_what_readers_never_had_is_news(outlet: Outlet) -> None:
    outlet.publish(said(1), RELEASED)
    outlet.publish(said(3, minor=True), LATEST, RELEASED)  # version 2 was superseded on its way here
    assert item(outlet)["date_modified"] == "2026-11-25T09:30:00+08:00"


def test_an_older_version_never_takes_the_place_of_a_newer_one(outlet: Outlet) -> None:
    outlet.publish(said(2), LATER, RELEASED)
    before = {file: file.read_bytes() for file in outlet.public.iterdir()}
    answer = outlet.write(said(1), RELEASED)
    assert isinstance(answer, Accepted)
    assert (answer.ask_again_at, answer.note) == (None, say("feed.overtaken")), "it never arrived, and says so"
    assert {file: file.read_bytes() for file in outlet.public.iterdir()} == before


def test_an_old_notice_that_was_corrected_comes_first(outlet: Outlet) -> None:
    for number in range(3):
        outlet.publish(said(1, f"aaaaaaa{number}"), RELEASED + timedelta(minutes=number))
    outlet.publish(said(2, "aaaaaaa0"), LATER, RELEASED)
    items = json.loads((outlet.public / "all.json").read_bytes())["items"]
    assert [entry["id"][-1] for entry in items] == ["0", "2", "1"]


def test_every_column_has_its_feed_before_its_first_notice(outlet: Outlet) -> None:
    """Sound and empty: whoever subscribes early is told nothing, and no error."""
    outlet.publish(said(1))
    wanted = {column.id for column in columns().values() if column.holds == "notices"} | {"all"}
    assert {file.stem for file in outlet.public.glob("*.json")} == wanted
    for name in wanted - {"all", kinds()["t01"].column}:
        for form in ("atom", "rss"):
            assert feedparser.parse((outlet.public / f"{name}.{form}").read_bytes()).entries == []
        assert json.loads((outlet.public / f"{name}.json").read_bytes())["items"] == []
    assert jing(*outlet.public.glob("*.atom")) == []


def test_a_column_has_a_feed_of_its_own(outlet: Outlet) -> None:
    outlet.publish(said(1, "aaaaaaaa", kind="t01"))
    outlet.publish(said(1, "bbbbbbbb", kind="t09"))
    filled = [file.name for file in outlet.public.glob("*.atom") if b"<entry" in file.read_bytes()]
    assert sorted(filled) == ["all.atom", "emergency.atom", "policy.atom"]
    assert item(outlet, "policy")["id"].endswith("aaaaaaaa")
    assert item(outlet, "emergency")["id"].endswith("bbbbbbbb")


def test_a_send_that_died_between_shelf_and_files_is_finished_by_its_repeat(outlet: Outlet) -> None:
    outlet.write(said(1))
    for file in outlet.public.iterdir():
        file.unlink()
    assert isinstance(outlet.publish(said(1)), Delivered)


def test_two_at_once_both_arrive(outlet: Outlet) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: outlet.write(said(1, f"aaaaaaa{number}")), range(8)))
    items = json.loads((outlet.public / "all.json").read_bytes())["items"]
    assert {entry["id"][-1] for entry in items} == set("01234567")
    assert isinstance(outlet.publish(said(1, "aaaaaaa0")), Delivered)


def test_the_files_of_another_are_noticed(outlet: Outlet) -> None:
    outlet.write(said(1))
    todo = work(said(1), outlet.channel.render(said(1)), scratch={"asked": 0})
    assert outlet.channel.read_back(todo) == ""
    (outlet.public / "policy.rss").write_bytes(b"<rss/>")
    assert "policy.rss" in (outlet.channel.read_back(todo) or "")
    answer = outlet.channel.send("read back", todo)
    assert isinstance(answer, Accepted)
    assert "policy.rss" in answer.note


def test_another_text_than_the_approved_one_is_noticed(outlet: Outlet) -> None:
    outlet.write(said(1))
    other = work(said(1), outlet.channel.render(said(1, body="另一个正文")))
    assert "202611-aaaaaaaa" in (outlet.channel.read_back(other) or "")
    unknown = work(said(1, "zzzzzzzz"), outlet.channel.render(said(1, "zzzzzzzz")))
    assert "202611-zzzzzzzz" in (outlet.channel.read_back(unknown) or "")


@pytest.fixture
def unserved(outlet: Outlet) -> Outlet:
    """An endpoint whose public address nobody serves."""
    tools = replace(outlet.channel.tools, public_url="http://127.0.0.1:9")
    return replace(outlet, channel=Channel(outlet.channel.options, tools))


def test_what_cannot_be_read_stays_accepted_and_is_asked_again_ever_later(unserved: Outlet) -> None:
    asks: list[datetime] = []
    answer = unserved.write(said(1))
    todo = work(said(1), unserved.channel.render(said(1)))
    while isinstance(answer, Accepted) and answer.ask_again_at:
        asks.append(answer.ask_again_at)
        todo = replace(todo, scratch={**todo.scratch, **answer.scratch})
        assert unserved.channel.next_step(todo) == "read back"
        answer = unserved.channel.send("read back", todo)
    assert isinstance(answer, Accepted)
    assert "http://127.0.0.1:9/feeds/all.atom" in answer.note
    assert asks == sorted(set(asks))
    assert asks[-1] - asks[0] >= timedelta(minutes=10)


def test_ids_outlive_a_new_domain(outlet: Outlet) -> None:
    moved = replace(outlet.channel.tools, public_url="https://new.example")
    before = outlet.channel.render(said(1)).files
    assert Channel(outlet.channel.options, moved).render(said(1)).files == before
    assert outlet.with_options().channel.edition != outlet.channel.edition
