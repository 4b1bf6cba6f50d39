"""The next progress report, prepared: refused as it is, sound once what it asks for is filled in."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from notices.document import Draft, read
from notices.placeholders import FILL, NAME, SUMMARY
from notices.prepared import to_fill
from notices.problem import FileRefused
from producers.next_report import next_report
from producers.publish import publish
from streams.matters import UnknownMatter
from tests.journeys.town import BY, Town
from tests.producers.desk import PUBLIC
from tests.producers.papers import NUMBER, consult, paper, said, today

ANSWERS = {
    "数据截止日": "2026-11-23",
    "累计完成": "150人",
    "任务完成率": "90%",
    "支出金额": "400000元",
    "决策文号": "云高人社发〔2026〕15号",
    "责任中心": "就业服务中心",
    "计划完成日": "2026-12-20",
    "状态": "进行中",
}


def filled(town: Town, text: str, folder: Path) -> Draft:
    """The file once a person has filled in what it asks for."""
    lines = []
    for line in text.splitlines():
        key = line.strip(" -").partition(":")[0]
        lines.append(line.replace(FILL, ANSWERS.get(key, "12")).replace(NAME, "陈远").replace(SUMMARY, "又有进展。"))
    head, _, _ = "\n".join(lines).rpartition("\n---\n")
    file = folder / "next.md"
    file.write_text(f"{head}\n---\n\n又有进展。\n", "utf-8")
    return read(file, offices=[town.house.outlets.office("rsj")], public_channels=PUBLIC)


def test_it_is_filled_from_the_last_one_and_the_matter(town: Town, tmp_path: Path) -> None:
    said(town, publish(town.house, paper(town, "t08"), by=BY))
    town.clock.advance(86_400)
    made = next_report(town.house, "rsj", NUMBER)
    draft = filled(town, made.text, tmp_path)
    assert (made.issue, draft.content.title) == (4, "公益性岗位开发和就业困难人员安置工作进展通报（2026年第4期）")
    fields = draft.content.fields
    assert fields["issue"] == "4"
    assert fields["compared"][0] == {"指标": "累计安置（人）", "上期": "128", "本期": "12", "增减": "12"}
    assert [row["节点"] for row in fields["milestones"]][-1] == "完成全年安置任务"
    assert [row["状态"] for row in fields["milestones"]] == ["已完成", "已完成", "进行中", "进行中"]
    assert fields["earlier_issues"][-1]["期号"] == "第3期"
    assert date.fromisoformat(fields["next_on"]) > today(town) + timedelta(days=20)
    assert draft.unfilled == ()
    said(town, publish(town.house, draft, by=BY))
    assert next_report(town.house, "rsj", NUMBER).issue == 5


def test_as_it_is_it_is_refused_with_every_place_to_fill_in(town: Town, tmp_path: Path) -> None:
    said(town, publish(town.house, paper(town, "t08"), by=BY))
    text = next_report(town.house, "rsj", NUMBER).text
    file = tmp_path / "next.md"
    file.write_text(text, "utf-8")
    with pytest.raises(FileRefused) as caught:
        read(file, offices=[town.house.outlets.office("rsj")], public_channels=PUBLIC)
    assert {one.key for one in caught.value.problems} == {"placeholder"}
    wanted = {number for number, line in enumerate(text.splitlines(), start=1) if re.search("（请填）|请填姓名", line)}
    found = {one.line for one in caught.value.problems}
    assert found == {one.line for one in to_fill(text, "-")}
    assert wanted - {2} <= found


def test_the_first_one_is_filled_from_the_consultation_alone(town: Town, tmp_path: Path) -> None:
    consult(town)
    made = next_report(town.house, "rsj", NUMBER)
    assert made.issue == 1
    draft = filled(town, made.text, tmp_path)
    assert draft.content.fields["dossier"] == NUMBER
    assert [row["计划完成日"] for row in draft.content.fields["milestones"]] == ["2026-12-20"]


def test_of_no_such_matter_there_is_none(town: Town) -> None:
    with pytest.raises(UnknownMatter):
        next_report(town.house, "rsj", "JC-2000-01")
