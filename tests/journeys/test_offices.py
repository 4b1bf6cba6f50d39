"""Two offices on one installation: nothing of one is ever at an outlet, in a list or in a hand of the other."""

import pytest

from channels.base import Outcome
from producers.correct import NotOpen, correct
from producers.lookup import UnknownNotice
from producers.publish import Published
from tests.journeys.conftest import OTHERS, PAPERS
from tests.journeys.town import ATOM, BY, Town, get

OWN = {"rsj": {"site", "feeds", *PAPERS}, "ybj": {"ybj-site", "ybj-feeds", *OTHERS}}


def titles(town: Town, of: str) -> list[str]:
    """What an office's feed lists, by title."""
    return sorted(entry.findtext("a:title", "", ATOM) for entry in town.feed(of).iterfind("a:entry", ATOM))


def test_each_office_speaks_through_its_own_outlets_alone(town: Town) -> None:
    ours, theirs = town.publish("人社的公告"), town.publish("医保的公告", of="ybj")
    town.settle()
    assert town.outcomes(ours) == {name: [Outcome.DELIVERED] for name in sorted(OWN["rsj"])}
    assert town.outcomes(theirs) == {name: [Outcome.DELIVERED] for name in sorted(OWN["ybj"])}
    town.correct(ours, "人社的公告（改）", note="改了标题。")
    town.withdraw(theirs, reason="数据有误。")
    town.settle()
    assert town.outcomes(ours).keys() == OWN["rsj"]
    assert town.outcomes(theirs).keys() == OWN["ybj"]
    assert titles(town, "rsj") == ["人社的公告（改）"]
    assert titles(town, "ybj") == ["【已撤回】医保的公告"]
    assert all(town.told(paper, theirs) == [] for paper in PAPERS)
    assert all(town.told(paper, ours) == [] for paper in OTHERS)


def test_no_page_of_one_office_names_the_other_or_its_notices(town: Town) -> None:
    town.publish("人社的公告")
    town.publish("医保的公告", of="ybj")
    town.settle()
    for mine, theirs in (("site", "医保"), ("ybj-site", "人社")):
        files = [file for file in (town.house.home / "outlets" / mine).rglob("*.*ml") if file.is_file()]
        assert files
        own = "人社的公告" if mine == "site" else "医保的公告"
        assert any(own in file.read_text("utf-8") for file in files)
        told = [file.name for file in files if f"{theirs}的公告" in file.read_text("utf-8")]
        assert told == []


def test_the_second_office_has_its_own_path_and_its_index_numbers_are_its_own(town: Town) -> None:
    ours, theirs = town.publish("人社的公告"), town.publish("医保的公告", of="ybj")
    town.settle()
    assert "/ybj/n/" in theirs.address
    assert get(theirs.address)[0] == 200
    assert get(theirs.address.replace("/ybj/", "/"))[0] == 404
    code = {done: done.index_number.partition("/")[0] for done in (ours, theirs)}
    assert code[ours] != code[theirs]
    assert {done.index_number.rpartition("-")[2] for done in (ours, theirs)} == {"00001"}


def test_an_office_corrects_and_leads_to_its_own_notices_only(town: Town) -> None:
    ours, theirs = town.publish("人社的公告"), town.publish("医保的公告", of="ybj")
    town.settle()
    with pytest.raises(UnknownNotice):
        correct(town.house, theirs.notice, town.draft("冒充的公告"), note="x", minor=False, by=BY)
    with pytest.raises(UnknownNotice):
        town.withdraw(ours, reason="重复发布。", leaves="redirect", redirect=theirs.notice)
    assert town.outcomes(ours)["site"] == town.outcomes(theirs)["ybj-site"] == [Outcome.DELIVERED]


def test_a_redirect_leads_somewhere(town: Town) -> None:
    ours, other = town.publish("人社的公告"), town.publish("另一件")
    town.withdraw(other, reason="重复发布。")
    with pytest.raises(NotOpen):
        town.withdraw(ours, reason="重复发布。", leaves="redirect", redirect=ours.notice)
    with pytest.raises(NotOpen):
        town.withdraw(ours, reason="重复发布。", leaves="redirect", redirect=other.notice)


def test_one_office_whose_papers_are_down_holds_up_nothing_of_the_other(town: Town) -> None:
    for paper in PAPERS:
        town.tell(paper, how="status", status=500)
    ours: Published = town.publish("人社的公告")
    theirs = town.publish("医保的公告", of="ybj")
    town.settle()
    assert {town.outcomes(ours)[paper][0] for paper in PAPERS} == {Outcome.PLANNED}
    assert set(map(tuple, town.outcomes(theirs).values())) == {(Outcome.DELIVERED,)}
