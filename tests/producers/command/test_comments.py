"""``comments``: what came on paper is entered, each comment answered, the feedback drafted, beside a running site."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from config.clock import DrivenClock
from notices.placeholders import NAME
from producers.command.exits import Exit
from producers.comments.draft import counted
from producers.comments.enter import moment, way_of
from producers.correct import correct
from producers.in_turn import OutOfTurn
from producers.publish import Published, publish
from producers.schedule.fire import fire_due
from streams import triggers
from streams.comments.comment import Comment, Disposition, Person, State, Way, comments_of, person_of
from streams.comments.handle import Decided, decide
from streams.store.tables import audit
from tests.consulted import NUMBER, Reader, ask_public, at, consulted, feeding_back
from tests.journeys.town import BY, Town
from tests.producers.command.conftest import Terminal
from tests.producers.command.manual import sections, undocumented


@dataclass(frozen=True)
class Desk:
    """An office at work: its town, its terminal, a reader, and a folder for files."""

    town: Town
    gongkai: Terminal
    reader: Reader
    asked: Published
    folder: Path

    def table(self, text: str, name: str = "来信.csv") -> Path:
        file = self.folder / name
        file.write_text(text, "utf-8")
        return file

    def kept(self) -> list[Comment]:
        return self.town.house.store.read(lambda c: comments_of(c, "rsj", NUMBER))

    def ok(self, *args: object) -> dict[str, object]:
        answer = self.gongkai.ok("comments", *args, "--office", "rsj")
        assert undocumented(answer, sections()[f"comments {args[0]}"].keys) == set()
        return answer

    def wrong(self, *args: object) -> str:
        said = self.gongkai("comments", *args, "--office", "rsj")
        assert said.exit == Exit.WRONG, said.out
        return said.err


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    clock = DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    monkeypatch.setenv("GONGKAI_CLOCK", str(tmp_path / "clock"))
    (tmp_path / "desk").mkdir()
    with consulted(tmp_path, clock) as town:
        asked = ask_public(town)
        town.settle(5)
        yield Desk(town, Terminal(town.house.home), Reader(town), asked, tmp_path / "desk")


LETTERS = """意见,渠道,收到日期,姓名,联系方式,人数,类别
"建议分两行写
第二行",信函,2026-12-01,王五,0871-63000000,3,岗位类别
=1+1 提高补贴,电话,2026-12-23,,,,补贴标准
,,,,,,
来访说的,来访,2026-12-23 23:59,赵六,13900000001,1,岗位类别
"""


def enter(desk: Desk, text: str = LETTERS, *more: object) -> dict[str, object]:
    return desk.ok("import", desk.table(text), "--number", NUMBER, *more)


# -- what came on paper ------------------------------------------------------------------------------


def test_what_was_received_in_time_is_entered_after_the_end(desk: Desk) -> None:
    desk.town.clock.set(at(35))
    receipts = desk.folder / "回执.csv"
    done = enter(desk, LETTERS, "--receipts", receipts)
    assert [row["line"] for row in done["comments"]] == [2, 4, 6]  # type: ignore[attr-defined]  # JSON
    first, second, third = desk.kept()
    assert (first.text, first.way, first.people, first.category) == (
        "建议分两行写\n第二行", Way.LETTER, 3, "岗位类别",
    )  # fmt: skip
    assert first.received_at == at(8)
    assert first.entered_at == desk.town.clock.now()
    assert (first.state, second.text, third.received_at) == (State.ACCEPTED, "=1+1 提高补贴", at(31, -60))
    who = desk.town.house.store.read(lambda c: person_of(c, desk.town.house.outlets.seal(), first.id))
    assert who == Person("王五", "0871-63000000")
    assert receipts.stat().st_mode & 0o777 == 0o600
    told = desk.town.house.store.read(lambda c: c.execute(select(audit).where(audit.c.act == "comments.entered")).one())
    assert all(one.id in told.detail for one in (first, second, third))
    assert not any(words in str(told) for words in ("王五", "赵六", "0871", "13900", "分两行", "提高补贴"))
    rows = list(csv.DictReader(io.StringIO(receipts.read_text("utf-8-sig"))))
    assert "第二行" in desk.reader.look(rows[0]["回执编号"]).page
    assert rows[1]["意见"] == "'=1+1 提高补贴", "nothing that a spreadsheet program would execute"


def test_the_same_file_twice_is_entered_once(desk: Desk) -> None:
    desk.town.clock.set(at(35))
    assert enter(desk)["already"] is False
    again = enter(desk)
    assert (again["already"], again["comments"]) == (True, [])
    assert len(desk.kept()) == 3


def test_a_file_is_entered_behind_the_lock_of_its_matter(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[str, str]] = []
    monkeypatch.setattr("producers.comments.enter.alone", lambda tx, office, number: held.append((office, number)))
    desk.town.clock.set(at(35))
    enter(desk)
    assert held == [("rsj", NUMBER)]


def test_receipts_that_could_not_be_written_are_written_by_the_same_command(desk: Desk) -> None:
    desk.town.clock.set(at(35))
    receipts = desk.folder / "没有的文件夹" / "回执.csv"
    words = ("import", desk.table(LETTERS), "--number", NUMBER, "--receipts", receipts)
    desk.wrong(*words)
    assert len(desk.kept()) == 3, "they are entered, and nobody knows their receipts"
    receipts.parent.mkdir()
    again = desk.ok(*words)
    assert (again["already"], again["comments"], again["receipts"]) == (True, [], str(receipts))
    rows = list(csv.DictReader(io.StringIO(receipts.read_text("utf-8-sig"))))
    assert [row["编号"] for row in rows] == [one.id for one in desk.kept()]
    assert "第二行" in desk.reader.look(rows[0]["回执编号"]).page


def test_one_wrong_line_and_none_is_entered(desk: Desk) -> None:
    desk.town.clock.set(at(35))
    text = """意见,渠道,收到日期,人数
好的,信函,2026-12-23,1
晚了,信函,2026-12-24,1
晚一秒,信函,2026-12-24 00:00,1
还没开始,信函,2026-11-22,1
明天的,信函,2026-12-29,1
飞来的,鸽子,2026-12-01,1
哪天,信函,去年,1
,信函,2026-12-01,1
几人,信函,2026-12-01,很多
"""
    said = desk.wrong("import", desk.table(text), "--number", NUMBER)
    for line in range(3, 11):
        assert f"第 {line} 行" in said
    assert "第 2 行" not in said
    assert "2026-12-23 24:00" in said
    assert desk.kept() == []
    failed = desk.gongkai("comments", "import", desk.table(text), "--number", NUMBER, "--office", "rsj", "--json")
    assert len(failed.data["error"]["details"]) == 8


def test_what_the_table_does_not_say_is_said_beside_it(desk: Desk) -> None:
    file = desk.table("| 意见 |\n| --- |\n| 一封信 |\n| 又一封 |\n", "信.md")
    assert "收到时间" in desk.wrong("import", file, "--number", NUMBER)
    desk.town.clock.set(at(3))
    desk.ok("import", file, "--number", NUMBER, "--received", "2026年11月25日", "--way", "letter")
    assert [(one.way, one.received_at) for one in desk.kept()] == [(Way.LETTER, at(2))] * 2
    bad = desk.gongkai("comments", "import", file, "--number", NUMBER, "--received", "昨天")
    assert bad.exit == Exit.USAGE


def test_nothing_is_entered_where_nobody_asks(desk: Desk) -> None:
    file = desk.table("意见,渠道,收到日期\n好,信函,2026-11-23\n")
    assert "JC-2026-99" in desk.wrong("import", file, "--number", "JC-2026-99")
    assert "没有" in desk.gongkai("comments", "list", "--office", "rsj").out


@pytest.mark.parametrize(
    ("written", "day", "time"),
    [
        ("2026-12-01", (2026, 12, 1), None),
        ("2026/1/9", (2026, 1, 9), None),
        ("2026年12月1日", (2026, 12, 1), None),
        (" 2026-12-01 08:05 ", (2026, 12, 1), (8, 5)),
        ("2026年12月1日 8时5分", (2026, 12, 1), (8, 5)),
        ("2026-12-01T23:59:59", (2026, 12, 1), (23, 59)),
    ],
)
def test_days_are_read_as_people_write_them(written: str, day: tuple[int, ...], time: tuple[int, int] | None) -> None:
    found = moment(written)
    assert found is not None
    assert (found.day.year, found.day.month, found.day.day) == day
    assert (found.at and (found.at.hour, found.at.minute)) == time


@pytest.mark.parametrize("written", ["", "2026-13-01", "2026-02-30", "2026-12-01 25:00", "12-01", "2026-12-01 早上"])
def test_what_is_no_day_is_none(written: str) -> None:
    assert moment(written) is None


def test_the_form_is_no_way_that_somebody_enters() -> None:
    assert way_of("网页") is None
    assert [way_of(one) for one in ("信函", "letter", "E-mail", "来访", "Telephone")] == [
        Way.LETTER, Way.LETTER, Way.MAIL, Way.VISIT, Way.PHONE,
    ]  # fmt: skip


# -- looked at ---------------------------------------------------------------------------------------


def test_comments_are_listed_and_shown_and_who_looks_at_a_name_is_on_record(desk: Desk) -> None:
    desk.reader.say(desk.asked, "网上说的", name="李梅", contact="13900000000")
    (one,) = desk.kept()
    listed = desk.gongkai("comments", "list", NUMBER, "--office", "rsj")
    assert "网上说的" in listed.out
    assert "李梅" not in listed.out
    assert "新收到" in listed.out
    shown = desk.gongkai("comments", "show", one.id, "--office", "rsj")
    assert "李梅" not in shown.out
    assert desk.ok("show", one.id)["who"] is None
    assert desk.ok("show", one.id, "--person", "--by", "周宁")["who"] == {"name": "李梅", "contact": "13900000000"}
    acts = desk.town.house.store.read(
        lambda c: c.execute(select(audit.c.act, audit.c.who, audit.c.detail).where(audit.c.subject == one.id)).all()
    )
    assert [(row.act, row.who) for row in acts] == [("comment.received", "公众"), ("comment.person_read", "周宁")]
    assert "李梅" not in str(acts)


def test_comments_are_let_count_or_not_all_or_none(desk: Desk) -> None:
    desk.reader.say(desk.asked, "一")
    desk.reader.say(desk.asked, "二")
    one, other = desk.kept()
    assert "nobody" in desk.wrong("accept", one.id, "nobody")
    assert desk.kept()[0].state is State.NEW
    desk.ok("accept", one.id)
    desk.ok("reject", other.id, "--reason", "广告")
    assert [row.state for row in desk.kept()] == [State.ACCEPTED, State.REJECTED]
    assert [row["comment"] for row in desk.ok("list", "--open")["comments"]] == [one.id]  # type: ignore[attr-defined]
    assert [row["comment"] for row in desk.ok("list", "--state", "rejected")["comments"]] == [other.id]  # type: ignore[attr-defined]
    assert desk.gongkai("comments", "show", one.id, "--office", "ybj").exit == Exit.WRONG


def test_somebody_calls_and_takes_his_back(desk: Desk) -> None:
    receipt = desk.reader.say(desk.asked, "收回的", name="李梅").receipt
    (one,) = desk.kept()
    desk.ok("withdraw", one.id, "--reason", "本人来电")
    assert "已撤回" in desk.reader.look(receipt).page
    assert desk.kept()[0].has_person is False
    assert desk.ok("list", "--open")["comments"] == []


def test_names_are_erased_before_the_time(desk: Desk) -> None:
    desk.reader.say(desk.asked, "一", name="李梅")
    assert desk.ok("erase", NUMBER, "--why", "本人要求")["erased"] == 1
    assert desk.ok("erase", NUMBER, "--why", "本人要求")["erased"] == 0
    assert desk.kept()[0].text == "一"


# -- answered ----------------------------------------------------------------------------------------


def filled(desk: Desk, answers: dict[str, tuple[str, str, str]]) -> Path:
    """The exported table, filled in by text: what became of it, why, category."""
    file = desk.folder / "表.csv"
    desk.ok("export", NUMBER, "-o", file)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    for row in rows:
        row["处理"], row["理由"], row["类别"] = answers.get(row["意见"].lstrip("'"), ("", "", ""))
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_a_table_goes_out_without_names_and_comes_back_with_answers(desk: Desk) -> None:
    desk.reader.say(desk.asked, "网上说的", name="李梅", contact="13900000000")
    desk.town.clock.set(at(35))
    enter(desk)
    file = filled(
        desk, {"网上说的": ("采纳", "已写进第二条", "岗位"), "=1+1 提高补贴": ("not", "由省里统一规定", "补贴")}
    )
    text = file.read_text("utf-8-sig")
    assert "李梅" not in text
    assert "王五" not in text
    assert "13900" not in text
    done = desk.ok("dispose", "--from", file)
    told = desk.town.house.store.read(lambda c: c.execute(select(audit).where(audit.c.act == "comment.decided")).one())
    assert "由省里统一规定" in told.detail
    assert "提高补贴" not in told.detail
    assert (len(done["comments"]), done["left"]) == (2, 2)  # type: ignore[arg-type]  # JSON
    found = {one.text: one for one in desk.kept()}
    assert found["网上说的"].disposition is Disposition.ADOPTED
    assert found["=1+1 提高补贴"].disposition is Disposition.NOT
    assert found["来访说的"].disposition is None
    again = desk.folder / "再.csv"
    desk.ok("export", NUMBER, "-o", again)
    assert "已写进第二条" in again.read_text("utf-8-sig")


def test_a_table_with_one_wrong_row_answers_nobody(desk: Desk) -> None:
    desk.reader.say(desk.asked, "一")
    desk.reader.say(desk.asked, "二")
    one, other = desk.kept()
    desk.ok("reject", other.id, "--reason", "广告")
    lines = [
        f"{one.id},采纳,好",
        f"{one.id},采纳,好",
        f"{other.id},采纳,好",
        "nobody,采纳,好",
        f"{one.id},也许,好",
        f"{one.id},采纳,",
        ",,",
        f"{other.id},,",
    ]
    said = desk.wrong("dispose", "--from", desk.table("\n".join(["编号,处理,理由", *lines])))
    for number in range(3, 8):
        assert f"第 {number} 行" in said
    assert [row.disposition for row in desk.kept()] == [None, None]


@pytest.mark.parametrize("args", [(), ("x",), ("x", "adopted"), ("x", "--from", "y"), ("--reason", "z")])
def test_what_is_to_be_answered_must_be_said(desk: Desk, args: tuple[str, ...]) -> None:
    assert desk.gongkai("comments", "dispose", *args).exit == Exit.USAGE


# -- fed back ----------------------------------------------------------------------------------------


def test_no_feedback_is_public_while_a_comment_has_no_answer_whoever_wrote_it(desk: Desk) -> None:
    town = desk.town
    town.clock.set(at(35))
    enter(desk)
    one, two, spam = desk.kept()
    answered(desk, one)
    with pytest.raises(OutOfTurn, match=f"{NUMBER} 还有2条意见没有处理结果.*comments export {NUMBER}"):
        publish(town.house, feeding_back(town), by=BY)
    desk.ok("reject", spam.id, "--reason", "广告")
    with pytest.raises(OutOfTurn, match="还有1条"):
        publish(town.house, feeding_back(town), by=BY)
    answered(desk, two)
    done = publish(town.house, feeding_back(town), by=BY)
    enter(desk, "意见,渠道,收到日期\n压在收发室的,信函,2026-12-20\n")
    mended = feeding_back(town, 联系人="周宁、苏航")
    correct(town.house, done.notice, mended, note="联系人", minor=False, by=BY)


def test_a_timed_feedback_is_refused_at_its_instant_while_a_comment_has_no_answer(desk: Desk) -> None:
    town = desk.town
    town.clock.set(at(35))
    timed = feeding_back(town, 定时发布=f"{at(36, 9 * 3600):%Y-%m-%d %H:%M}")
    done = publish(town.house, timed, by=BY)
    enter(desk)
    town.clock.set(at(36, 9 * 3600))
    fire_due(town.house)
    (waits,) = town.house.store.read(lambda c: triggers.of_subjects(c, [done.notice]))
    assert waits.state is triggers.State.REFUSED
    assert "3条意见没有处理结果" in waits.cause


def answered(desk: Desk, one: Comment) -> None:
    """It is adopted."""
    answer = Decided(one.id, Disposition.ADOPTED, "写进文件")
    desk.town.house.store.write(lambda tx: decide(tx, [answer], office="rsj", by=BY))


def test_the_feedback_is_drafted_from_the_answers_signed_and_published(desk: Desk) -> None:
    receipt = desk.reader.say(desk.asked, "网上说的", name="李梅", contact="13900000000").receipt
    assert "2026-12-23" in desk.wrong("draft", NUMBER)
    desk.town.clock.set(at(35))
    enter(desk)
    assert "4 条" in desk.wrong("draft", NUMBER)
    answers = {
        "网上说的": ("采纳", "写进第二条*", "岗位类别"),
        "建议分两行写\n第二行": ("采纳", "写进第二条", "岗位类别"),
        "=1+1 提高补贴": ("未采纳", "补贴标准由省统一规定", "补贴标准"),
        "来访说的": ("部分采纳", "先在两个社区试点", "岗位类别"),
    }
    desk.ok("dispose", "--from", filled(desk, answers))
    file = desk.folder / "反馈.md"
    sums = desk.ok("draft", NUMBER, "--next", "修改后提请集体讨论", "-o", file)
    assert [sums[name] for name in ("received", "people", "adopted", "partly", "not_adopted")] == [4, 6, 2, 1, 1]
    text = file.read_text("utf-8")
    for name in ("李梅", "王五", "赵六", "13900", "63000000", receipt):
        assert name not in text
    unsigned = desk.gongkai("publish", file)
    assert unsigned.exit == Exit.WRONG, "nobody has signed it"
    file.write_text(text.replace(NAME, "陈远", 1).replace(NAME, "吴桐", 1), "utf-8")
    desk.town.clock.advance(60)
    done = desk.gongkai.ok("publish", file)["files"][0]
    assert done["exit"] == Exit.DONE
    page = desk.reader.look(receipt).page
    assert "写进第二条" in page
    assert done["address"] in page
    assert desk.gongkai.ok("verify")["findings"] == []
    desk.town.settle(10)
    told = desk.town.page(done["address"])[1]
    for words in ("意见总数", "补贴标准由省统一规定", "先在两个社区试点", "信函", "来访", "修改后提请集体讨论"):
        assert words in told


def test_where_nobody_commented_that_is_fed_back(desk: Desk) -> None:
    desk.town.clock.set(at(31))
    file = desk.folder / "反馈.md"
    desk.ok("draft", NUMBER, "--next", "提请集体讨论", "-o", file)
    file.write_text(file.read_text("utf-8").replace(NAME, "陈远"), "utf-8")
    assert desk.gongkai.ok("publish", file)["files"][0]["exit"] == Exit.DONE


def test_a_draft_without_what_comes_next_is_not_published(desk: Desk) -> None:
    desk.town.clock.set(at(31))
    file = desk.folder / "反馈.md"
    desk.ok("draft", NUMBER, "-o", file)
    file.write_text(file.read_text("utf-8").replace(NAME, "陈远"), "utf-8")
    assert "下一步" in desk.gongkai("publish", file).err


comments = st.builds(
    lambda way, people, state, back, end, category, reason: Comment(
        "x", "rsj", NUMBER, "意见", way, people, at(1), at(1), "公众", False, 30, None, state, "",
        at(2) if back else None, end, reason, category, "", None, None,
    ),
    st.sampled_from(Way), st.integers(1, 50), st.sampled_from(State), st.booleans(), st.sampled_from(Disposition),
    st.sampled_from(["", "甲", "乙"]), st.sampled_from(["", "理由一。", "理由二"]),
)  # fmt: skip


@given(st.lists(comments, max_size=30))
def test_every_sum_of_the_feedback_is_of_the_comments_that_count(several: list[Comment]) -> None:
    sums, mine = counted(several), [one for one in several if one.counts]
    assert sums.received == len(mine) == sum(sums.by_way.values()) == sum(sums.by_disposition.values())
    assert sums.received == sum(row.count for row in sums.handled)
    assert sums.people == sum(one.people for one in mine)
    assert list(sums.by_disposition) == list(Disposition)
    for row in sums.handled:
        alike = [
            one for one in mine if one.disposition is row.disposition and (one.category or "其他意见") == row.category
        ]
        assert row.count == len(alike)
        assert set(filter(None, row.reason.split("；"))) == {one.reason.rstrip("。") for one in alike} - {""}
