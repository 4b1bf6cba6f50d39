"""Correct: a later version takes the place of the newest, once, with a public note."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from notices.document import Draft
from notices.problem import FileRefused
from notices.samples import expand
from producers.command.drafts import drafted
from producers.correct import NotOpen, Overtaken, correct
from producers.lookup import UnknownNotice
from producers.publish import Published, publish
from producers.withdraw import withdraw
from streams.audit import verify
from streams.store.tables import version
from tests.journeys.town import BY, Town
from tests.producers.desk import acts_of, books, column, events_of, written
from tests.source import ROOT


@pytest.fixture
def done(town: Town) -> Published:
    """A published notice."""
    return publish(town.house, written(town, "办结情况"), by=BY)


def corrected(town: Town, done: Published, draft: Draft, *, minor: bool = False) -> Published:
    """Correct it."""
    return correct(town.house, done.notice, draft, note="标题有误，现更正。", minor=minor, by=BY)


def test_a_correction_keeps_number_and_address_and_says_what_changed(town: Town, done: Published) -> None:
    second = corrected(town, done, written(town, "办结情况（更正）"))
    assert (second.notice, second.index_number, second.address) == (done.notice, done.index_number, done.address)
    assert (second.version, second.already) == (2, False)
    assert events_of(town, done.notice)[-1] == "gongkai.notice.corrected.v1"
    assert acts_of(town, done.notice)[-1] == "notice.corrected"
    town.settle()
    month, _, name = done.notice.partition("-")
    page = (town.house.home / f"outlets/site/public/n/{month}/{name}.html").read_text("utf-8")
    assert "办结情况（更正）" in page
    assert "标题有误，现更正。" in page
    assert town.house.store.read(lambda c: list(verify(c, town.house.heads))) == []


def test_the_same_file_twice_changes_nothing(town: Town, done: Published) -> None:
    first = corrected(town, done, written(town, "办结情况（更正）"))
    before = books(town)
    again = corrected(town, done, written(town, "办结情况（更正）"))
    assert again.already
    assert again.version == first.version
    assert books(town) == before


def test_the_file_that_stands_is_no_correction(town: Town, done: Published) -> None:
    before = books(town)
    assert corrected(town, done, written(town, "办结情况")).already
    assert books(town) == before


def test_another_kind_is_refused_at_its_line(town: Town, done: Published) -> None:
    source = expand((ROOT / "samples" / "t12-annual-summary.md").read_text("utf-8"), town.clock.now())
    file = town.house.home / "other.md"
    file.write_text(source, "utf-8")
    before = books(town)
    with pytest.raises(FileRefused) as refused:
        corrected(town, done, drafted(town.house, file))
    (problem,) = refused.value.problems
    assert (problem.file, problem.field, problem.key, problem.line) == (str(file), "文种", "other_kind", 3)
    assert "办结公示" in problem.fix("zh")
    assert books(town) == before


def test_what_a_correction_attaches_is_looked_through_before_anybody_has_it(town: Town, done: Published) -> None:
    before = books(town)
    (town.house.home / "名单.csv").write_text("姓名,证件号码\n甲,530102199003070040\n", "utf-8")
    sample = expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), town.clock.now())
    file = town.house.home / "correction.md"
    file.write_text(sample.replace("\n渠道:", "\n附件: [名单.csv]\n渠道:", 1), "utf-8")
    with pytest.raises(FileRefused) as refused:
        drafted(town.house, file)
    (problem,) = refused.value.problems
    assert "名单.csv”第2行" in problem.what("zh")
    assert books(town) == before


def test_the_index_number_of_a_correction_is_the_notices_own(town: Town, done: Published) -> None:
    assert corrected(town, done, written(town, "办结情况（更正）", f"索引号: {done.index_number}")).version == 2
    with pytest.raises(FileRefused) as refused:
        corrected(town, done, written(town, "办结情况（再更正）", "索引号: 2019-7"))
    assert [(one.field, one.key) for one in refused.value.problems] == [("索引号", "other_index_number")]


def test_back_to_the_former_text_is_a_new_version(town: Town, done: Published) -> None:
    corrected(town, done, written(town, "办结情况（更正）"))
    third = corrected(town, done, written(town, "办结情况"))
    assert (third.version, third.already) == (3, False)
    titles = dict(zip(column(town, version.c.number), column(town, version.c.title), strict=True))
    assert titles == {1: "办结情况", 2: "办结情况（更正）", 3: "办结情况"}


def test_it_is_found_by_id_index_number_and_address(town: Town, done: Published) -> None:
    for number, name in enumerate((done.notice, done.index_number, done.address), 2):
        draft = written(town, f"办结情况之{number}")
        assert correct(town.house, name, draft, note="更正", minor=True, by=BY).version == number


def test_another_office_cannot_correct_it(town: Town, done: Published) -> None:
    before = books(town)
    with pytest.raises(UnknownNotice):
        corrected(town, done, written(town, "办结情况（更正）", of="ybj"))
    assert books(town) == before


def test_a_notice_that_is_none_is_said(town: Town) -> None:
    with pytest.raises(UnknownNotice, match="202611-nothing"):
        correct(town.house, "202611-nothing", written(town, "办结情况"), note="更正", minor=False, by=BY)


def test_what_was_withdrawn_is_not_corrected(town: Town, done: Published) -> None:
    withdraw(town.house, done.notice, reason="内容有误", by=BY)
    before = books(town)
    with pytest.raises(NotOpen):
        corrected(town, done, written(town, "办结情况（更正）"))
    assert books(town) == before


def test_of_eight_at_once_each_is_a_version_or_was_overtaken(town: Town, done: Published) -> None:
    drafts = [written(town, f"办结情况之{number}") for number in range(8)]

    def one(draft: Draft) -> int | None:
        try:
            return corrected(town, done, draft).version
        except Overtaken:
            return None

    with ThreadPoolExecutor(8) as pool:
        versions = [version for version in pool.map(one, drafts) if version is not None]
    assert versions, "the first of them must come through"
    assert sorted(versions) == list(range(2, 2 + len(versions)))
    town.settle()
    assert town.outcomes(done)["site"][-1] == "accepted"


def test_a_correction_goes_where_the_notice_went_even_before_it_was_planned(town: Town, done: Published) -> None:
    """Nothing has been sent yet: the site gets the newer version alone."""
    corrected(town, done, written(town, "办结情况（更正）"))
    town.settle()
    assert town.outcomes(done) == {"site": ["superseded", "accepted"], "feeds": ["superseded", "accepted"]}
