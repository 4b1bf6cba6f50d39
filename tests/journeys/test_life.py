"""The life of a notice over real outlets: published, corrected, withdrawn, each time everywhere and as it should."""

import re
from pathlib import Path

import pytest

from channels.base import Outcome
from config.clock import DrivenClock
from tests.journeys.conftest import PAPERS
from tests.journeys.town import ATOM, Outlet, Town, opened, prepared

EVERYWHERE = ("feeds", *PAPERS, "site")


def test_published_once_it_is_on_the_site_in_the_feeds_and_with_every_paper(town: Town) -> None:
    done = town.publish("办结情况公告")
    assert town.page(done.address)[0] == 404
    town.settle()
    assert town.outcomes(done) == {name: [Outcome.DELIVERED] for name in sorted(EVERYWHERE)}
    status, page = town.page(done.address)
    assert status == 200
    assert "办结情况公告" in page
    assert done.index_number in re.sub(r"<[^>]*>", "", page)  # a narrow line may break within it
    assert town.entry(done).findtext("a:title", "", ATOM) == "办结情况公告"
    for paper in PAPERS:
        (event,) = town.told(paper, done)
        assert event["type"] == "gongkai.notice.released"
        assert event["data"]["address"] == done.address
        assert event["data"]["title"] == "办结情况公告"


def test_what_nobody_can_read_at_its_address_is_accepted_and_never_called_delivered(
    tmp_path: Path, clock: DrivenClock
) -> None:
    two = [Outlet("site", "website"), Outlet("feeds", "feed")]
    with prepared(tmp_path, clock, two, reachable=False) as ground, opened(ground) as town:
        done = town.publish("办结情况公告", channels=("website", "feed"))
        town.settle(7_200, step=600)
        assert town.outcomes(done) == {"feeds": [Outcome.ACCEPTED], "site": [Outcome.ACCEPTED]}
    assert list((tmp_path / "outlets" / "site" / "public" / "n").rglob("*.html"))


def test_a_correction_goes_to_those_that_had_it_and_to_nobody_else(town: Town) -> None:
    done = town.publish("办结情况公告", channels=("website", "webhook"))
    elsewhere = town.publish("另一件", channels=("feed",))
    town.settle()
    town.correct(done, "办结情况公告", note="补充了说明。", added="补充的说明。", channels=("website", "webhook"))
    town.settle()
    assert town.outcomes(done) == {name: [Outcome.DELIVERED] * 2 for name in sorted((*PAPERS, "site"))}
    assert [entry.findtext("a:title", "", ATOM) for entry in town.feed().iterfind("a:entry", ATOM)] == ["另一件"]
    assert town.told("ribao", elsewhere) == []
    page = town.page(done.address)[1]
    assert "补充了说明。" in page
    assert "补充的说明。" in page
    for paper in PAPERS:
        first, second = town.told(paper, done)
        assert second["type"] == "gongkai.notice.corrected"
        assert second["data"]["public_note"] == "补充了说明。"
        assert second["data"]["sequence"] > first["data"]["sequence"]
        assert second["data"]["delivery"]["supersedes"] == [1]


def test_a_minor_correction_changes_the_page_and_alerts_no_reader_of_a_feed(town: Town) -> None:
    done = town.publish("办结情况公告")
    town.settle()
    before = town.entry(done).findtext("a:updated", "", ATOM)
    town.settle(3_600, step=1_800)
    town.correct(done, "办结情况公告", note="改了一个错字。", minor=True, added="（此处原有错字）")
    town.settle()
    assert "此处原有错字" in town.page(done.address)[1]
    entry = town.entry(done)
    assert entry.findtext("a:updated", "", ATOM) == before
    assert "此处原有错字" in entry.findtext("a:content", "", ATOM)
    assert [event["data"]["minor"] for event in town.told("ribao", done)] == [False, True]
    town.settle(3_600, step=1_800)
    town.correct(done, "办结情况公告", note="补充了说明。", added="补充的说明。")
    town.settle()
    assert town.entry(done).findtext("a:updated", "", ATOM) > before


@pytest.mark.parametrize("leaves", ["banner", "gone", "redirect"])
def test_a_withdrawal_shows_on_page_and_feed_and_is_told_to_every_paper(town: Town, leaves: str) -> None:
    follows = town.publish("取代它的公告")
    done = town.publish("办结情况公告")
    town.settle()
    town.withdraw(done, reason="数据有误。", leaves=leaves, redirect=follows.notice if leaves == "redirect" else "")
    town.settle()
    assert town.outcomes(done) == {name: [Outcome.DELIVERED] * 2 for name in sorted(EVERYWHERE)}
    status, page = town.page(done.address)
    assert status == {"banner": 200, "gone": 410, "redirect": 301}[leaves]
    assert "数据有误。" in page
    assert ("办结情况公告" in page) == (leaves == "banner")
    if leaves != "banner":  # there it may stand beside it in the column
        assert (follows.address.rpartition("/n/")[2] in page) == (leaves == "redirect")
    entry = town.entry(done)
    assert entry.findtext("a:title", "", ATOM).startswith("【已撤回】")
    (tombstone,) = town.feed().iterfind("at:deleted-entry", ATOM)
    assert tombstone.get("ref") == entry.findtext("a:id", "", ATOM)
    assert "数据有误。" in tombstone.findtext("at:comment", "", ATOM)
    for paper in PAPERS:
        event = town.told(paper, done)[-1]
        assert event["type"] == "gongkai.notice.withdrawn"
        assert event["data"]["withdrawal"]["leaves"] == leaves
        assert event["data"]["withdrawal"]["reason"] == "数据有误。"
