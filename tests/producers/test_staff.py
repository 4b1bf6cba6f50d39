"""Who is told: by rung and by name, with whoever stands in for somebody; and what nobody is named for."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.clock import DrivenClock
from config.settings import Configuration, StaffTable, read
from notices.reminders import Rung
from producers.audience_acts import read_audience
from producers.check import check
from producers.house import house
from producers.staff import unnamed, whom
from streams.audiences import Audience
from tests.channels.contract import options
from tests.journeys.town import Outlet, furnish
from tests.source import ROOT

DAY = date(2026, 12, 14)
AWAY = {"first": date(2026, 12, 10), "last": date(2026, 12, 18)}
NAMES = ("林晓", "何静", "孙股长", "吴桐", "郑局")
STAFF: dict[str, Any] = {
    "heads": {"sb": "孙股长", "jy": "孙股长", "bgs": "吴桐"},
    "office": "吴桐",
    "director": "郑局",
    "persons": {name: {"endpoints": ["box"]} for name in NAMES},
}
NOBODY = 9


def staff(away: dict[str, str] | None = None, **changes: Any) -> StaffTable:
    """Those above; ``away`` says who stands in for whom."""
    persons = {
        name: {"endpoints": [f"box-{name}"]}
        | ({"delegate": {"to": away[name], **AWAY}} if name in (away or {}) else {})
        for name in NAMES
        if away is not None
    } or STAFF["persons"]
    return StaffTable.model_validate({**STAFF, "persons": persons, **changes})


def told(of: StaffTable, rung: Rung, *owners: str | None, section: str = "sb", day: date = DAY) -> list[str]:
    """The names of those who are told."""
    return [one.name for one in whom(of, rung, section, owners, day).persons]


def test_each_rung_has_its_persons() -> None:
    assert told(staff(), Rung.OWNER, "林晓", "何静") == ["林晓", "何静"]
    assert told(staff(), Rung.OWNER, "林晓", None) == ["林晓"]
    assert told(staff(), Rung.HEAD, "林晓") == ["孙股长"]
    assert told(staff(), Rung.OFFICE) == ["吴桐"]
    assert told(staff(), Rung.DIRECTOR) == ["郑局"]


@pytest.mark.parametrize("owners", [(), (None,), ("外人",), ("外人", None)])
def test_where_no_owner_is_known_the_head_is_told_in_their_place(owners: tuple[str | None, ...]) -> None:
    assert told(staff(), Rung.OWNER, *owners) == ["孙股长"]
    assert told(staff(), Rung.OWNER, *owners, section="xx") == []


def test_whoever_stands_in_is_told_besides_and_the_words_say_so() -> None:
    away = staff({"林晓": "何静", "何静": "孙股长"})
    found = whom(away, Rung.OWNER, "sb", ["林晓"], DAY)
    assert [one.name for one in found.persons] == ["林晓", "何静", "孙股长"]
    assert found.endpoints == ("box-林晓", "box-何静", "box-孙股长")
    assert len(found.delegations) == 2
    assert "林晓 2026-12-10 至 2026-12-18 由何静代办" in found.delegations[0]
    assert told(away, Rung.OWNER, "林晓", day=date(2026, 12, 19)) == ["林晓"]


def test_two_who_stand_in_for_each_other_are_told_once() -> None:
    assert told(staff({"林晓": "何静", "何静": "林晓"}), Rung.OWNER, "林晓", "何静") == ["林晓", "何静"]


def configured(home: Path, outlets: list[Outlet], of: dict[str, Any]) -> Configuration:
    """The configuration of a folder with these staff at its first office."""
    furnish(home, NOBODY, outlets, staff=of)
    return read(home, {})


BOX = Outlet("box", "staff_wecom", options={"secret": "group"}, pretend=True)


def test_check_tells_once_what_nobody_is_named_for(tmp_path: Path) -> None:
    found = list(unnamed(configured(tmp_path, [BOX], {**STAFF, "heads": {"bgs": "吴桐"}, "director": ""})))
    assert len(found) == 3
    assert found[0].startswith("机关 ybj：没有写提醒谁")
    assert "就业服务中心、社会保险股 没有写负责人" in found[1]
    assert "没有写 director" in found[2]
    told = [one.what for one in check(tmp_path, DrivenClock()) if one.level == "warning"]
    assert [what for what in told if what in found] == found


@pytest.mark.parametrize(
    "outlet",
    [
        Outlet("other", "staff_wecom", options={"secret": "group"}, pretend=True),
        Outlet("box", "wecom", options={"secret": "group"}, pretend=True),
        Outlet("box", "staff_wecom", "ybj", options={"secret": "group"}, pretend=True),
    ],
)
def test_check_tells_of_an_endpoint_that_reaches_no_staff(tmp_path: Path, outlet: Outlet) -> None:
    configured(tmp_path, [outlet], STAFF)
    wrong = [one.what for one in check(tmp_path, DrivenClock()) if one.level == "wrong"]
    assert len([what for what in wrong if "投放点 box" in what]) == len(NAMES)


def test_check_tells_of_phones_whose_number_nobody_read_in(tmp_path: Path) -> None:
    phone = Outlet("box", "staff_sms", options=options("staff_sms"), pretend=True)
    configured(tmp_path, [phone], STAFF)

    def told() -> list[str]:
        return [one.what for one in check(tmp_path, DrivenClock()) if "投放点 box：受众“linxiao”还没有名单" in one.what]

    assert len(told()) == 1
    with house(tmp_path, DrivenClock()) as here:
        read_audience(here, Audience("linxiao", "rsj", "林晓", "本单位内部", 30), ["13900000001"], by="测试")
    assert told() == []


def test_check_finds_nothing_wrong_with_staff_that_can_be_told(tmp_path: Path) -> None:
    configured(tmp_path, [BOX], STAFF)
    said = [one.what for one in check(tmp_path, DrivenClock()) if one.level != "well"]
    assert not any("rsj" in what for what in said)


def test_the_configuration_of_the_guide_is_one(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "reminders.md").read_text("utf-8")
    (given,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    furnish(tmp_path, NOBODY, [])
    file = tmp_path / "gongkai.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{given}", "utf-8")
    found = read(tmp_path, {})
    assert told(found.offices["rsj"].staff, Rung.HEAD) == ["孙股长", "林晓"]
    wrong = [one.what for one in check(tmp_path, DrivenClock()) if one.level == "wrong"]
    assert sorted(re.findall(r"投放点 (\w+) 没有", " ".join(wrong))) == ["sun", "wu"], "the guide shows two of four"
