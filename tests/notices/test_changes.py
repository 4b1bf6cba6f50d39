"""What a correction changed, told to its readers."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notices.changes import Passage, Row, changes
from notices.facts import Fact, FactType, forms
from notices.notice import Attachment, Version
from notices.text import plain
from tests.factories import version


def amount(value: str) -> Fact:
    written = forms(FactType.AMOUNT, value, "元")
    return Fact(name="upper", label="基数上限", type=FactType.AMOUNT, value=value, unit="元", forms=written)


def other(old: Version, **said: Any) -> Version:
    return old.model_copy(update={"number": old.number + 1, **said})


OLD = version(
    fields={
        "upper": "22350",
        "declare_how": "窗口申报",
        "insurances": ["失业保险", "工伤保险"],
    },
    facts=(amount("22350"),),
    body="第一段。\n\n上限为22350元。\n\n第三段。\n",
)


def test_the_same_has_no_changes() -> None:
    found = changes(OLD, other(OLD))
    assert (found.rows, found.passages) == ((), ())


def test_fields_are_told_as_people_write_them() -> None:
    new = other(
        OLD,
        title="新标题",
        issued_on=date(2026, 11, 24),
        effective_on=None,
        fields={"upper": "22500", "insurances": ["失业保险"], "declare_how": "网上申报"},
        facts=(amount("22500"),),
    )
    assert changes(OLD, new).rows == (
        Row("标题", "Title", OLD.title, "新标题"),
        Row("成文日期", "Issued on", "2026年11月20日", "2026年11月24日"),
        Row("施行日期", "In force from", "2026年1月1日", ""),
        Row("险种", "Insurances", "失业保险、工伤保险", "失业保险"),
        Row("基数上限", "Upper limit a month", "22350元", "22500元"),
        Row("申报方式", "How to declare", "窗口申报", "网上申报"),
    )


def test_who_works_on_it_is_not_the_readers_business() -> None:
    new = other(
        OLD, owner="别人", section="jy", channels=("website",), wording={"poster": {"title": "短"}}, masking="隐去"
    )
    assert changes(OLD, new).rows == ()


def test_tables_are_told_cell_by_cell() -> None:
    rows = [{"岗位代码": "A01", "人数": "2"}, {"岗位代码": "A02", "人数": "3"}, {"岗位代码": "A02", "人数": "4"}]
    old = version(kind="t03", fields={"positions": rows})
    new = other(
        old, fields={"positions": [{"岗位代码": "A01", "人数": "5"}, rows[1], {"岗位代码": "A03", "人数": "1"}]}
    )
    assert [(row.label, row.old, row.new) for row in changes(old, new).rows] == [
        ("岗位表（A01）人数", "2", "5"),
        ("岗位表（A02）", "A02，4", ""),
        ("岗位表（A03）", "", "A03，1"),
    ]


def test_attachments_are_told_by_name() -> None:
    def attached(name: str, sha256: str) -> Attachment:
        return Attachment(name=name, media_type="text/csv", size=1, sha256=sha256)

    old = version(attachments=(attached("甲.csv", "1"), attached("乙.csv", "2"), attached("丙.csv", "3")))
    new = other(old, attachments=(attached("甲.csv", "9"), attached("丙.csv", "3"), attached("丁.csv", "4")))
    assert [(row.old, row.new) for row in changes(old, new).rows] == [
        ("甲.csv", "甲.csv（已更换）"),
        ("乙.csv", ""),
        ("", "丁.csv"),
    ]


def test_paragraphs_are_told_side_by_side() -> None:
    new = other(OLD, body="第一段。\n\n上限为22500元。\n\n另外补充一件完全不同的事情\n")
    assert changes(OLD, new).passages == (
        Passage("上限为22350元。", "上限为22500元。"),
        Passage(None, "另外补充一件完全不同的事情"),
        Passage("第三段。", None),
    )


LINES = st.lists(st.sampled_from(["甲段文字", "乙段文字", "丙段另有内容", "丁"]), min_size=1, max_size=8)


@given(LINES, LINES)
def test_old_and_new_can_be_told_from_what_is_said(before: list[str], after: list[str]) -> None:
    old = version(body="\n\n".join(before))
    passages = changes(old, other(old, body="\n\n".join(after))).passages
    gone = [passage.old for passage in passages if passage.old is not None]
    come = [passage.new for passage in passages if passage.new is not None]
    kept_old, kept_new = plain(old.body).split("\n"), list(after)
    for one in gone:
        kept_old.remove(one)
    for one in come:
        kept_new.remove(one)
    assert sorted(kept_old) == sorted(kept_new)
    assert all(passage.old != passage.new for passage in passages)
