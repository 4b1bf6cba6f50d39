"""No figure that nobody approved leaves the house."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notices.document import Draft, read
from notices.facts import Fact, FactType, forms
from notices.figures import figures
from notices.notice import Relation, RelationType, Version
from notices.samples import lay_out
from notices.strays import approved, check, strays
from notices.text import plain
from tests.factories import office, version
from tests.notices.files import PUBLIC
from tests.source import ROOT

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Draft]:
    """Every sample, by its name."""
    laid = lay_out(ROOT / "samples", tmp_path_factory.mktemp("samples"), NOW)
    return {file.stem: read(file, offices=[office()], public_channels=PUBLIC) for file in laid}


def fact(name: str, label: str, type_: FactType, value: str, unit: str = "") -> Fact:
    return Fact(name=name, label=label, type=type_, value=value, unit=unit, forms=forms(type_, value, unit))


UPPER = fact("upper", "基数上限", FactType.AMOUNT, "22350", "元")
LOWER = fact("lower", "基数下限", FactType.AMOUNT, "4470", "元")
PAY_BY = fact("make_up_by", "补缴截止日", FactType.DATE, "2026-10-30")
PHONE = fact("phone", "咨询电话", FactType.PHONE, "0800-8123456")
SHARE = fact("share", "任务完成率", FactType.PERCENT, "85")
FACTS = (UPPER, LOWER, PAY_BY, PHONE, SHARE)


def said(**changes: object) -> Version:
    """A version with these facts and no other figure."""
    fields: dict[str, object] = {"title": "通知", "summary": "概述", "body": "见附件。", "facts": FACTS, "fields": {}}
    return version(**{**fields, "document_number": None, "disclosure_basis": "条例", "index_number": "", **changes})


@pytest.mark.parametrize(
    "text",
    [
        "上限22,350元、下限4470元，差额10月30日前补缴。详询0800-8123456。",
        "最高两万两千三百五十元，请在十月三十日前补足",
        "【三行】2.235万元｜10.30｜85％",
        "22350\n元　85\n%",
        "拨打八幺二三四五六",
        "至30日",
        "一项一项地办",
    ],
)
def test_facts_in_their_forms_pass(text: str) -> None:
    assert check(text, said()) == []


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("上限22530元", "22530元"),
        ("上限2.253万元", "2.253万元"),
        ("最高两万两千五百三十元", "两万两千五百三十元"),
        ("10月31日前补缴", "10月31日"),
        ("2025年10月30日", "2025年10月30日"),
        ("11.30", "11.30"),
        ("电话0800-8123465", "0800-8123465"),
        ("完成58%", "58%"),
        ("共85人", "85人"),
        ("零八零零八幺二三四六五", "零八零零八幺二三四六五"),
        ("２２３５１元", "22351元"),
        ("9:00", "9:00"),
        ("〔2026〕5号", "〔2026〕5号"),
    ],
)
def test_another_figure_is_a_stray(text: str, stray: str) -> None:
    found = check(text, said())
    assert [one.figure for one in found] == [stray]
    assert text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))[found[0].position :].startswith(stray)
    assert found[0].near


def test_what_is_approved_with_the_version_passes() -> None:
    text = "共7条、A03、2026年12月1日9:30、云人社发〔2026〕21号"
    assert len(check(text, said())) == 5
    body = said(body="按照**云人社发〔2026〕21号**，2026年12月1日9:30起\n\n| 岗位 |\n| --- |\n| A03 7条 |")
    assert check(text, body) == []
    assert check("12月1日 12.1", body) == [], "a date's shorter forms"
    rows = said(fields={"positions": [{"岗位代码": "A03", "人数": "7"}], "lines": ["21件"]})
    assert check("A03 7人 21件", rows) == []
    assert check("第15号", said(title="第15号通报")) == []
    related = Relation(type=RelationType.REPLACES, title="2025年的通知", index_number="B/2025-00007")
    assert check("2025年 B/2025-00007", said(relations=(related,))) == []


def test_a_number_is_approved_with_its_unit() -> None:
    body = said(body="收到意见6条，招聘2026年度人员15名，共3类，编号7。")
    assert check("6条 2026年 15人 3类", body) == []
    assert check("6 15 3", body) == [], "a table says the unit at its head"
    assert check("7期、7件", body) == [], "a bare number may be of anything"
    assert [one.figure for one in check("6个工作日内，15岁，3年", body)] == ["6个工作日", "15岁", "3年"]


def test_the_callers_own_data_passes_only_when_said() -> None:
    assert len(check("地址：云岭大道88号", said())) == 1
    assert check("地址：云岭大道88号 http://a.example/n/202611/7k3q9d2m.html", said(), also=[
        "云岭大道88号", "http://a.example/n/202611/7k3q9d2m.html"
    ]) == []  # fmt: skip


def test_a_channels_wording_approves_nothing() -> None:
    assert len(check("上限22360元", said(wording={"poster": {"lines": "上限22360元"}}))) == 1


def test_labels_of_fields_are_no_strays() -> None:
    assert check("不足三十日的理由：上级要求", said(kind="t06")) == []


@given(st.lists(st.sampled_from(FACTS), min_size=1, max_size=5), st.data())
def test_changing_any_digit_in_a_text_made_of_facts_is_caught(chosen: list[Fact], data: st.DataObject) -> None:
    written = [data.draw(st.sampled_from(one.forms)) for one in chosen]
    text = "，".join(written)
    assert check(text, said()) == []
    places = [at for at, char in enumerate(text) if char in "0123456789"]
    assume(places)
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([char for char in "0123456789" if char != text[at]]))
    changed = text[:at] + digit + text[at + 1 :]
    listed = {form for one in FACTS for form in one.forms}
    assert check(changed, said()) or listed >= set(changed.split("，")), changed


def test_changing_each_figure_of_each_samples_body_is_caught(drafts: dict[str, Draft]) -> None:
    """Each is changed to a value that stands nowhere else, by three digits more in front of it."""
    for name, draft in drafts.items():
        keys = approved(draft.content)
        text = plain(draft.content.body)
        assert strays(text, keys) == [], name
        for figure in figures(text):
            at = figure.position
            assert strays(f"{text[:at]}918{text[at:]}", keys) or not figure.text[0].isdigit(), (name, figure)


def test_the_samples_are_laid_out_whole(drafts: dict[str, Draft]) -> None:
    assert {draft.content.kind for draft in drafts.values()} == {f"t{number:02}" for number in range(1, 16)}
    assert Path(ROOT / "samples" / "2013-annual-summary.raw.txt").exists()
