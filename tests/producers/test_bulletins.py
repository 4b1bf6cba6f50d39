"""Emergency bulletins: numbered without a gap whichever door they come through, and the next one prepared."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from config.clock import wall
from notices.document import Draft, read
from notices.placeholders import FILL, NAME, SUMMARY
from notices.problem import FileRefused
from notices.samples import expand
from producers.correct import correct
from producers.in_turn import OutOfNumber
from producers.next_bulletin import NotABulletin, next_bulletin
from producers.publish import publish
from streams.duties import duties_of
from tests.journeys.town import BY, Town
from tests.producers.desk import PUBLIC
from tests.producers.papers import paper, said
from tests.source import ROOT


def bulletin(town: Town, number: int, *, event: str = "大厅停电", status: str = "处置中", after: str = "") -> Draft:
    """第N号, for site and feed; ``after`` the notice that it replaces."""
    source = expand((ROOT / "samples" / "t09-hall-outage.md").read_text("utf-8"), town.clock.now())
    text = re.sub(r"^(关联|渠道用语|渠道|发文机关):.*\n(?:  .*\n)*", "", source, flags=re.M)
    for key, value in (("通报号", f"{number}号"), ("事件", event), ("处置状态", status)):
        text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, flags=re.M)
    text = text.replace("（第1号）", f"（第{number}号）", 1)
    tie = f"关联:\n  - {{类型: 替代, 标题: 上一号, 公开件: {after}}}\n" if after else ""
    file = town.house.home / "bulletin.md"
    file.write_text(text.replace("---\n", f"---\n发文机关: rsj\n渠道: [website, feed]\n{tie}", 1), "utf-8")
    return read(file, offices=[town.house.outlets.office("rsj")], public_channels=PUBLIC)


def owed(town: Town, notice: str) -> dict[str | None, str | None]:
    """How the duties of a notice stand."""
    return {one.begun: one.how for one in town.house.store.read(lambda c: duties_of(c, notice))}


def test_the_numbers_of_an_event_have_no_gap(town: Town) -> None:
    first = said(town, publish(town.house, bulletin(town, 1), by=BY))
    for number in (1, 3):
        town.clock.advance(60)
        with pytest.raises(OutOfNumber, match="第2号"):
            publish(town.house, bulletin(town, number), by=BY)
    with pytest.raises(OutOfNumber, match="第2号"):
        publish(town.house, bulletin(town, 3, event="停电，续报", after=first.notice), by=BY)
    said(town, publish(town.house, bulletin(town, 1, event="大厅停水"), by=BY))
    second = said(town, publish(town.house, bulletin(town, 2, after=first.notice), by=BY))
    assert owed(town, first.notice)["next-bulletin"] == "met"
    assert owed(town, second.notice)["next-bulletin"] is None
    town.clock.advance(60)
    third = said(town, publish(town.house, bulletin(town, 3, status="已恢复"), by=BY))
    assert owed(town, second.notice)["next-bulletin"] == "met"
    assert "next-bulletin" not in owed(town, third.notice)
    town.clock.advance(60)
    publish(town.house, bulletin(town, 1), by=BY)  # it happened again


def test_a_correction_keeps_its_number(town: Town) -> None:
    first = said(town, publish(town.house, bulletin(town, 1), by=BY))
    with pytest.raises(OutOfNumber, match="更正不改通报号"):
        correct(town.house, first.notice, bulletin(town, 2), note="改号", minor=False, by=BY)
    correct(town.house, first.notice, bulletin(town, 1, status="已恢复"), note="已恢复", minor=False, by=BY)


def test_a_timed_one_is_looked_at_again_when_it_falls_due(town: Town) -> None:
    first = said(town, publish(town.house, bulletin(town, 1), by=BY))
    at = wall(town.clock.now()).replace(hour=12, minute=0)
    draft = bulletin(town, 2, after=first.notice)
    timed = replace(draft, content=draft.content.model_copy(update={"release_at": at}))
    waits = publish(town.house, timed, by=BY)
    town.clock.advance(60)
    said(town, publish(town.house, bulletin(town, 2), by=BY))
    town.clock.set(at)
    said(town, waits)
    with pytest.raises(OutOfNumber, match="第3号"):
        publish(town.house, bulletin(town, 2, event="大厅 停电", after=first.notice), by=BY)
    assert owed(town, waits.notice) == {"disclose": None}, "it was approved, and never became public"


def test_the_next_one_is_prepared_and_the_page_of_the_one_before_names_it(town: Town, tmp_path: Path) -> None:
    first = said(town, publish(town.house, bulletin(town, 1), by=BY))
    town.clock.advance(3_600)
    made = next_bulletin(town.house, first.notice)
    assert (made.office, made.number) == ("rsj", 2)
    file = tmp_path / "next.md"
    file.write_text(made.text, "utf-8")
    offices = [town.house.outlets.office("rsj")]
    with pytest.raises(FileRefused) as caught:
        read(file, offices=offices, public_channels=PUBLIC)
    asked = {one.field for one in caught.value.problems}
    assert asked >= {"预计恢复时间", "下次通报时间", "处置状态", "已采取措施", "内容概述", "签发.签发人"}
    assert {one.key for one in caught.value.problems} == {"placeholder"}
    answers = {"预计恢复时间": "2026-11-23 15:00", "下次通报时间": "2026-11-23 13:00", "处置状态": "处置中"}
    lines = [line.replace(FILL, answers.get(line.partition(":")[0], "抢修")) for line in made.text.splitlines()]
    head, _, _ = "\n".join(lines).replace(NAME, "陈远").replace(SUMMARY, "仍在抢修。").rpartition("\n---\n")
    file.write_text(f"{head}\n---\n\n仍在抢修。\n", "utf-8")
    draft = read(file, offices=offices, public_channels=PUBLIC)
    assert draft.content.title == "关于社会保险经办大厅因供电故障暂停窗口服务的通报（第2号）"
    assert (draft.content.fields["event"], draft.content.fields["level"]) == ("大厅停电", "一般")
    second = said(town, publish(town.house, draft, by=BY))
    assert owed(town, first.notice)["next-bulletin"] == "met"
    month, name = first.notice.split("-")
    pages = [page.read_text("utf-8") for page in town.house.home.rglob(f"n/{month}/{name}.html")]
    assert pages
    assert all(second.notice.split("-")[1] in page for page in pages)
    assert next_bulletin(town.house, first.notice).number == 3


def test_what_is_no_bulletin_has_no_next_one(town: Town) -> None:
    report = said(town, publish(town.house, paper(town, "t08"), by=BY))
    with pytest.raises(NotABulletin):
        next_bulletin(town.house, report.notice)
