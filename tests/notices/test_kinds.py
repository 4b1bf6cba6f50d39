"""Kinds, columns and common fields as data."""

from pathlib import Path

import pytest

from config.channels import channel_tables
from config.columns import columns, path_of
from config.fields import common_fields
from config.kinds import FACT_TYPES, Kind, kinds, kinds_in, written_kinds
from notices.calendar.rules import rule
from notices.calendar.term import Unit

ALL = list(kinds().values())
LAYOUTS = {"figures", "steps", "table", "question", "alert", "list", "letter"}
NEW = """
id = "t90"
code = "T90"
name = "改期公告"
name_en = "Postponement"
column = "notice"
genre = "公告"
topic = "其他"
channels = ["website"]
poster = "alert"
highlights = ["new_on"]

[[field]]
name = "new_on"
type = "date"
label = "延期至"
label_en = "Postponed to"
required = true
example = "{{today+7}}"
"""


def test_the_fifteen_kinds_are_there() -> None:
    assert [*written_kinds()] == [f"t{number:02}" for number in range(1, 16)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.id)
def test_a_kind_fits_the_rest_of_the_data(kind: Kind) -> None:
    assert kind.column == "" if kind.id == "r01" else columns()[kind.column].holds == "notices"
    assert kind.poster in LAYOUTS
    assert set(kind.channels) <= set(channel_tables())
    choices = {field.name: field.choices for field in common_fields()}
    assert kind.genre in choices["genre"]
    assert kind.topic in choices["topic"]
    names = [field.name for field in (*common_fields(), *kind.fields)]
    labels = [field.label for field in (*common_fields(), *kind.fields)]
    assert len(set(names)) == len(names)
    assert len(set(labels)) == len(labels)
    for field in kind.fields:
        assert bool(field.columns) == (field.type == "table"), field.name
        assert bool(field.choices) == (field.type in ("choice", "choices")), field.name
        assert field.label_en
        assert field.example
        assert field.unit == "" or field.type == "number"
    for order in kind.orders:
        assert {kind.field(order.earlier).type, kind.field(order.later).type} <= {"date", "time"}
    for sum_ in kind.sums:
        assert {kind.field(name).type for name in (sum_.total, *sum_.parts)} <= FACT_TYPES


def test_only_an_emergency_is_urgent_and_it_goes_everywhere() -> None:
    urgent = [kind for kind in ALL if kind.emergency]
    assert [kind.id for kind in urgent] == ["t09"]
    assert set(urgent[0].channels) == {"website", "feed", "webhook", "poster", "wecom", "wechat"}


def test_only_a_decision_waits_for_its_matter_and_it_says_which_that_is() -> None:
    decides = [kind for kind in ALL if kind.decides]
    assert [kind.id for kind in decides] == ["t14"]
    assert decides[0].field("dossier").required


def test_the_number_of_the_matter_is_called_the_same_in_every_kind() -> None:
    called = {
        kind.id: (field.label, field.label_en, field.type)
        for kind in ALL
        for field in kind.fields
        if field.name == "dossier"
    }
    assert called.keys() == {"d01", "t06", "t07", "t08", "t10", "t14", "t15"}
    assert set(called.values()) == {("决策编号", "Number of the matter", "text")}


def test_a_minimum_of_working_days_is_of_a_term_in_working_days() -> None:
    for kind in ALL:
        for one in kind.workings:
            assert [rule(name).unit for name in one.least.values()] == [Unit.WORKING_DAYS] * len(one.least)
            assert not kind.field(one.of).required, "older texts do not say it"
    assert dict(kinds()["t04"].workings[0].least) == {"公务员拟录用": "hiring-civil", "事业单位拟聘用": "hiring"}


def test_a_minimum_of_no_choice_is_named(tmp_path: Path) -> None:
    names = "\n".join(f'{name} = "new_on"' for name in ("days", "earlier", "later", "of"))
    working = f'[[working]]\n{names}\nleast = {{ "a" = "hiring" }}\n'
    (tmp_path / "t90.toml").write_text(NEW + "\n" + working, "utf-8")
    with pytest.raises(ValueError, match=r"t90\.toml: working: a is no choice"):
        kinds_in(tmp_path)


def test_lists_of_persons_are_not_pushed_to_partners() -> None:
    assert "webhook" not in kinds()["t04"].channels


def test_a_new_kind_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "t90.toml").write_text(NEW, "utf-8")
    assert kinds_in(tmp_path)["t90"].field("new_on").required


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('type = "date"', 'type = "day"', "day"),
        ('highlights = ["new_on"]', 'highlights = ["gone"]', "gone"),
        ('poster = "alert"', 'poster = "alert"\ndecides = true', "dossier"),
        ('poster = "alert"', 'poster = "alert"\nshown_until = "gone"', "gone"),
        ('poster = "alert"', 'poster = "alert"\ncolour = "red"', "colour"),
        ('name = "改期公告"', "", "name"),
    ],
)
def test_a_slip_in_a_kinds_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "t90.toml").write_text(NEW.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=rf"t90\.toml: .*{said}"):
        kinds_in(tmp_path)


def test_what_is_shown_until_a_day_names_a_date(tmp_path: Path) -> None:
    text = NEW.replace('poster = "alert"', 'poster = "alert"\nshown_until = "new_on"')
    (tmp_path / "t90.toml").write_text(text, "utf-8")
    assert kinds_in(tmp_path)["t90"].shown_until == "new_on"
    (tmp_path / "t90.toml").write_text(text.replace('type = "date"', 'type = "text"'), "utf-8")
    with pytest.raises(ValueError, match="'new_on' is no date"):
        kinds_in(tmp_path)


def test_two_kinds_cannot_have_one_id(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(NEW, "utf-8")
    (tmp_path / "b.toml").write_text(NEW, "utf-8")
    with pytest.raises(ValueError, match="t90"):
        kinds_in(tmp_path)


def test_columns_hang_together() -> None:
    seen: set[str] = set()
    for column in columns().values():
        assert column.parent is None or column.parent in seen, "parents first"
        assert column.id.isascii()
        assert column.id == column.id.lower()
        if column.parent:
            assert columns()[column.parent].holds == "columns"
        seen.add(column.id)
    filled = {kind.column for kind in ALL} - {""}
    assert {column.id for column in columns().values() if column.holds == "notices"} == filled, "no column stays empty"


def test_the_platform_has_its_fixed_blocks() -> None:
    blocks = [column.name for column in columns().values() if column.parent == "disclosure"]
    assert blocks == ["政府信息公开指南", "政府信息公开制度", "法定主动公开内容", "政府信息公开年报", "依申请公开"]
    assert [column.name for column in path_of("policy")] == ["政府信息公开", "法定主动公开内容", "政策文件"]
