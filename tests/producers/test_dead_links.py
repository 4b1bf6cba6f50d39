"""Dead links by the rows of the store: the same that a reader's browser finds at the public listener."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from config.clock import DrivenClock
from producers.check import check
from producers.correct import correct
from producers.publish import Published, publish
from streams import dead_links
from streams.dead_links import NEXT, every_dead_link
from tests.journeys.town import BY, Town, opened, prepared
from tests.producers.conftest import OUTLETS
from tests.producers.papers import sample

ATTACHED = "t01-contribution-base"
FILE = "社会保险缴费基数申报表.csv"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Town]:
    """The offices at work, and their sites served."""
    with prepared(tmp_path / "home", DrivenClock(), OUTLETS) as ground, opened(ground) as here:
        yield here


def dead(town: Town) -> dict[str, str]:
    """Link → why, of every one that is dead."""
    there = every_dead_link(town.house.store, town.house.configuration)
    return {one.link: one.why.value for one in there}


def linking(*links: str) -> str:
    """A paragraph with them all."""
    return " ".join(f"[见]({quote(link, safe=':/')})" for link in links)


def status(link: str) -> int:
    """What the listener answers, at the end of where it leads."""
    parts = urlsplit(link)
    asked = http.client.HTTPConnection(parts.netloc, timeout=30)
    asked.request("GET", quote(parts.path))
    answer = asked.getresponse()
    answer.read()
    asked.close()
    moved = answer.getheader("location")
    return status(f"{parts.scheme}://{parts.netloc}{moved}") if answer.status == 301 and moved else answer.status


def with_file(town: Town) -> Published:
    """A notice with ``FILE`` beside it."""
    return publish(town.house, sample(town, ATTACHED, 渠道="[website]"), by=BY)


def test_they_are_those_that_a_reader_cannot_open(served: Town) -> None:
    public = served.house.configuration.public_url
    stays, gone, under, moved, first = (served.publish(title) for title in ("留", "撤下", "撤回", "替代", "先替代"))
    other, has_file = served.publish("医保", of="ybj"), with_file(served)
    unseen = served.publish("不上网站", channels=("feed",))
    beside = has_file.address.removesuffix(".html")
    links = [one.address for one in (stays, gone, under, moved, first, other, has_file, unseen)]
    links += [f"{beside}/{FILE}", f"{beside}/没有.csv", f"{public}/n/202611/zzzzzzzz.html", f"{public}/n/202611/"]
    links += [f"{public}/ybj{urlsplit(stays.address).path}", other.address.replace("/ybj", ""), beside]
    served.publish("指引", added=linking(*links))
    served.withdraw(gone, reason="弄错", leaves="gone")
    served.withdraw(under, reason="弄错")
    served.withdraw(first, reason="弄错", leaves="redirect", redirect=moved.notice)
    served.withdraw(moved, reason="弄错", leaves="redirect", redirect=stays.notice)
    served.settle()
    closed = {link for link in links if status(link) != 200}
    assert {gone.address, unseen.address, f"{beside}/没有.csv"} < closed
    assert not closed & {stays.address, under.address, first.address, other.address, f"{beside}/{FILE}"}
    assert set(dead(served)) == closed


def test_a_file_that_a_correction_drops_leaves_a_dead_link(served: Town) -> None:
    has_file = with_file(served)
    link = f"{has_file.address.removesuffix('.html')}/{FILE}"
    served.publish("指引", added=linking(link))
    served.settle()
    assert (dead(served), status(link)) == ({}, 200)
    without = sample(served, ATTACHED, 渠道="[website]", 附件="[]")
    correct(served.house, has_file.notice, without, note="去掉申报表", minor=False, by=BY)
    served.settle()
    assert (dead(served), status(link)) == ({link: "attachment"}, 404)


def test_only_the_newest_text_counts_and_only_while_it_stands(town: Town) -> None:
    link = f"{town.house.configuration.public_url}/n/202611/zzzzzzzz.html"
    one, two = (town.publish(title, added=linking(link)) for title in ("一件", "两件"))
    assert dead(town) == {link: "missing"}
    town.correct(one, "一件", note="更换链接")
    assert dead(town) == {link: "missing"}
    town.withdraw(two, reason="弄错")
    assert dead(town) == {}


def test_the_check_names_notice_and_link_and_what_to_do(town: Town) -> None:
    gone = town.publish("旧指南")
    one = town.publish("新通知", added=linking(gone.address))
    town.withdraw(gone, reason="弄错", leaves="gone")
    told = [each.what for each in check(town.house.home, town.clock) if gone.address in each.what]
    assert told == [
        f"“新通知”（{one.index_number}）正文里的链接打不开：{gone.address}，那一件已撤下。"
        f"改好链接再更正：gongkai correct {one.index_number} 文件.md --note 更换打不开的链接"
    ]


def test_no_link_steers_the_terminal_that_it_is_shown_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    root = town.house.configuration.public_url
    for number, name in enumerate(("\x1b[31m", "\n", "表")):
        town.publish(f"第{number}件", added=linking(f"{root}/n/202611/zzzzzzzz/{name}"))
    assert {link.rpartition("/")[2] for link in dead(town)} == {"%1B%5B31m", "%0A", "表"}
    monkeypatch.setattr("producers.check.NAMED", 2)
    told = [one.what for one in check(town.house.home, town.clock) if "打不开" in one.what]
    assert [sum("正文里" in one for one in told), sum("另有 1 个" in one for one in told)] == [2, 1]


def test_slices_of_any_size_miss_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    links = [f"{town.house.configuration.public_url}/n/202611/zzzzzzz{number}.html" for number in range(4)]
    for link in links:
        town.publish(link[-6:-5], added=linking(link))
    for size in range(1, 6):
        monkeypatch.setattr(dead_links, "SLICE", size)
        monkeypatch.setattr(dead_links, "NEXT", NEXT.limit(size))
        assert sorted(dead(town)) == links
