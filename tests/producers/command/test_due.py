"""``due``: what an office owes, most urgent first, as text, JSON and iCalendar."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from config.clock import SHANGHAI, SystemClock, wall
from notices.begins import begins
from notices.calendar.calendar import Calendar
from notices.calendar.rules import rule, rules
from notices.calendar.term import Unit
from notices.calendar.year import Year, published, statutory
from notices.quarter import quarter_of
from producers.command.due.told import urgency
from producers.command.exits import Exit
from producers.nearness import nearness, working_days_left
from streams import calendars
from streams.duties import Owed
from tests.producers.command.conftest import Desk, Terminal
from tests.source import ROOT

OFFICE = ("--office", "rsj")


def begin(gongkai: Terminal, name: str, start: str, about: str) -> str:
    """A term; its number."""
    said = gongkai.ok("due", "add", name, start, "--about", about, "--section", "bgs", *OFFICE)
    return str(said["duty"])


def test_the_most_urgent_comes_first_and_what_is_met_goes(gongkai: Terminal) -> None:
    today = wall(SystemClock().now())
    begin(gongkai, "disclose", f"{today:%Y-%m-%d}", "缴费基数调整")
    late = begin(gongkai, "disclose", f"{today - timedelta(days=90):%Y-%m-%d}", "就业补贴办法")
    told = gongkai("due", *OFFICE).out
    assert told.index("就业补贴办法") < told.index("缴费基数调整")
    assert "超期" in told
    assert "政府信息公开条例第二十六条" in told.replace("\n", "")
    assert gongkai("due", "list", *OFFICE).out == told, "the same"
    gongkai.ok("due", "done", late, "--how", "已公开")
    assert "就业补贴办法" not in gongkai("due", *OFFICE).out
    assert "已公开" in gongkai("due", "--all", *OFFICE).out
    again = gongkai("due", "done", late, "--how", "已公开")
    assert (again.exit, late in again.err) == (Exit.WRONG, True)


# what no event of the program sets: its start and its last day; Sunday 20 September and Saturday 10 October are worked
BY_HAND = {
    "answer": ("2026-09-14", "2026-10-16"),
    "answer-extended": ("2026-09-14", "2026-11-13"),
    "complete": ("2026-09-14", "2026-09-22"),
    "third-party": ("2026-09-14", "2026-10-10"),
    "penalty-undone": ("2026-09-14", "2026-09-17"),
    "hearing-papers": ("2026-12-16", "2026-12-09"),
    "legality": ("2026-09-14", "2026-09-22"),
    "annual-report-government": ("2027-01-01", "2027-03-31"),
    "message": ("2026-12-16", "2027-03-16"),
    "bad-review": ("2026-09-14", "2026-10-10"),
    "withheld": ("2026-09-14", "2027-09-14"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_what_has_no_subject_in_the_program_is_begun_by_hand(gongkai: Terminal, name: str) -> None:
    start, last = BY_HAND[name]
    one = begin(gongkai, name, start, "就业困难人员认定办法")
    shown = gongkai.ok("due", "show", one)
    assert (shown["last"], shown["source"]) == (last, rule(name).source)
    paused = gongkai("due", "pause", one, start, "--why", "改期")
    assert (paused.exit == Exit.DONE) == (name != "hearing-papers")


WORDS = {Unit.WORKING_DAYS: "个工作日", Unit.DAYS: "日", Unit.MONTHS: "个月", Unit.HOURS: "小时"}


@pytest.mark.parametrize("name", rules())
def test_every_term_is_begun_by_hand_and_listed_with_its_article(gongkai: Terminal, name: str) -> None:
    one, add = rule(name), ("due", "add", name, "2026-09-14", "--section", "bgs", *OFFICE)
    told = gongkai(*add, "--about", "认定办法").out
    begun = gongkai.ok(*add, "--about", "另一件")
    (listed,) = [duty for duty in gongkai.ok("due", *OFFICE)["duties"] if duty["duty"] == begun["duty"]]
    assert f"{one.length} {WORDS[one.unit]}" in told
    assert date.fromisoformat(listed["last"]) >= date(2026, 9, 14) or one.before
    assert (listed["rule"], listed["source"]) == (name, one.source)
    assert one.source[:8] in gongkai("due", *OFFICE).out, "the whole of it may take several lines"


def test_each_clock_is_set_by_what_the_decision_says() -> None:
    """``docs/decisions/0121``: a table of which event sets which."""
    text = (ROOT / "docs" / "decisions" / "0121-duties-from-rows.md").read_text("utf-8")
    table = [
        re.findall(r"`([a-z-]+)`", row.split("|")[2])
        for row in text.splitlines()
        if row.startswith("| ") and "` |" in row
    ]
    said, *_, by_hand = table
    assert sorted(name for row in table for name in row) == sorted(rules())
    assert set(said) == {one.term for one in begins()}
    assert by_hand == list(BY_HAND)


def test_what_the_calendar_moves_is_told_with_the_news(gongkai: Terminal, desk: Desk) -> None:
    one = begin(gongkai, "explain", "2026-11-30", "就业补贴办法解读")
    snow = desk.folder / "snow.toml"
    snow.write_text('source = "通知"\n[[off]]\nname = "大雪停工"\nfrom = 2026-12-03\nto = 2026-12-03\n', "utf-8")
    learned = gongkai.ok("calendar", "import", snow, *OFFICE, "--yes")
    assert learned["moved"] == [{"duty": one, "was": "2026-12-03", "last": "2026-12-04"}]
    listed = gongkai.ok("due", *OFFICE)
    assert (listed["moved"], listed["duties"][0]["last"]) == ([], "2026-12-04")


def test_what_a_year_that_came_with_the_program_moves_is_told_by_the_list(
    gongkai: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = begin(gongkai, "disclose", "2027-02-01", "缴费基数调整")
    year = Year(2027, "通知", statutory(2027).off, {date(2027, 2, 14): "春节"}, is_official=True)
    known = {**published(), 2027: year}
    monkeypatch.setattr(calendars, "published", lambda: known)
    told = gongkai("due", *OFFICE).out
    assert "由 2027-03-05 改为 2027-03-04" in told.replace("\n", "")
    listed = gongkai.ok("due", *OFFICE)
    assert (listed["moved"], listed["duties"][0]["duty"]) == ([], one)


def test_the_calendar_file_is_read_by_another_program(gongkai: Terminal, tmp_path: Path) -> None:
    one = begin(gongkai, "disclose", "2026-11-02", "缴费基数调整")
    begin(gongkai, "first-word", "2026-11-20T08:40", "大厅停电")
    begin(gongkai, "answer", "2026-12-10", "公开申请")
    still = begin(gongkai, "answer", "2026-11-02", "另一件申请")
    gongkai.ok("due", "pause", still, "2026-11-03", "--why", "等补正")
    file = tmp_path / "due.ics"
    gongkai.ok("due", "list", "--ics", file, *OFFICE)
    events = {str(event["summary"]): event for event in icalendar.Calendar.from_ical(file.read_bytes()).events}
    assert set(events) == {
        "主动公开到期：缴费基数调整",
        "特别重大、重大突发事件首次发布到期：大厅停电",
        "答复公开申请到期（暂定）：公开申请",
    }
    day, hour = events["主动公开到期：缴费基数调整"], events["特别重大、重大突发事件首次发布到期：大厅停电"]
    assert (day.start, str(day["uid"])) == (date(2026, 11, 30), f"{one}@rsj.gongkai")
    assert hour.start == datetime(2026, 11, 20, 13, 40, tzinfo=SHANGHAI)
    before = file.read_bytes().replace(b"\r\n", b"\n").split(b"\n")
    gongkai.ok("due", "list", "--ics", file, *OFFICE)
    after = file.read_bytes().replace(b"\r\n", b"\n").split(b"\n")
    assert [line for line in before if not line.startswith(b"DTSTAMP")] == [
        line for line in after if not line.startswith(b"DTSTAMP")
    ]


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("add", "nothing", "2026-11-02", "--about", "x", "--section", "bgs", *OFFICE), "disclose"),
        (("add", "disclose", "2026-11-02", "--about", "x", "--section", "nobody", *OFFICE), "nobody"),
        (("pause", "12345678", "2026-11-02", "--why", "x"), "12345678"),
        (("resume", "12345678", "2026-11-02", "--why", "x"), "12345678"),
    ],
)
def test_a_slip_says_what_is_wrong(gongkai: Terminal, args: tuple[str, ...], word: str) -> None:
    said = gongkai("due", *args)
    assert said.exit == Exit.WRONG
    assert word in said.err
    assert gongkai.ok("due", *OFFICE)["duties"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "2006-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_without_a_calendar_is_refused(gongkai: Terminal, day: str) -> None:
    owed = begin(gongkai, "disclose", "2026-11-02", "缴费基数调整")
    for words in (
        ("due", "add", "disclose", day, "--about", "x", "--section", "bgs", *OFFICE),
        ("due", "pause", owed, day, "--why", "x"),
        ("calendar", "count", "disclose", day, *OFFICE),
        ("calendar", "count", "disclose", "2026-11-02", "--pause", "2026-11-03", day, *OFFICE),
    ):
        said = gongkai(*words)
        assert (said.exit, "2007–2099" in said.err) == (Exit.USAGE, True), words


def test_what_hides_or_reorders_text_is_refused(gongkai: Terminal) -> None:
    owed = begin(gongkai, "disclose", "2026-11-02", "缴费基数调整")
    for words in (
        ("add", "disclose", "2026-11-02", "--about", "缴费\u202e基数", "--section", "bgs", *OFFICE),
        ("pause", owed, "2026-11-03", "--why", " "),
        ("done", owed, "--how", "已\x1b[2J公开"),
    ):
        assert gongkai("due", *words).exit == Exit.WRONG, words
    (one,) = gongkai.ok("due", *OFFICE)["duties"]
    assert (one["standing"], one["done_at"]) == (False, None)


def made(ends_at: datetime | None, *, name: str = "disclose") -> Owed:
    """A duty that ends then."""
    last = ends_at and wall(ends_at - timedelta(seconds=1)).date()
    wanted, start = rule(name), datetime(2026, 9, 21, tzinfo=SHANGHAI)
    return Owed("1", "rsj", "bgs", "x", wanted, start, (), 1, last, ends_at, False, None, None)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (datetime(2026, 10, 17), "还有 6 个工作日"),  # the 10th is a Saturday that is worked
        (datetime(2026, 10, 11), "还有 1 个工作日"),
        (datetime(2026, 10, 10), "最多还有 13 小时"),
        (datetime(2026, 10, 9, 11, 1), "最多还有 1 小时"),
        (datetime(2026, 10, 9, 11, 0), "超期 0 小时"),
        (datetime(2026, 10, 9, 1, 0), "超期 10 小时"),
        (datetime(2026, 10, 8), "超期 2 天"),
        (None, "中止中"),
    ],
)
def test_how_near_it_is(ends: datetime | None, told: str) -> None:
    calendar = Calendar(1, published())
    now = datetime(2026, 10, 9, 11, 0, tzinfo=SHANGHAI)
    one = made(ends and ends.replace(tzinfo=SHANGHAI))
    assert urgency(one, nearness(one, now, calendar)).plain == told
    assert (working_days_left(one, now, calendar) is None) is (ends is None or ends <= now.replace(tzinfo=None))


def test_what_a_notice_makes_owed_says_where_it_comes_from_and_how_it_ended(
    gongkai: Terminal, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    coming = wall(SystemClock().now()).date() + timedelta(days=90)
    long_ago = (formed(desk), f"形成日期: {coming - timedelta(days=200)}")
    file = desk.file("办结情况", f"失效日期: {coming}", replace=long_ago)
    (done,) = gongkai.ok("publish", file, "--wait")["files"]
    front, one = gongkai.ok("due", *OFFICE)["duties"]
    assert (front["begun"], front["notice"]) == ("column", done["notice"])
    assert front["source"].startswith("国办秘函〔2019〕19号")
    assert (one["begun"], one["notice"], one["index_number"]) == ("validity", done["notice"], done["index_number"])
    assert one["last"] == f"{coming}"
    told = gongkai("due", *OFFICE).out.replace("\n", "")
    for words in ("办结情况", done["index_number"][-10:], "失效前评估", "国办发〔2017〕47号"):
        assert words in told
    assert "公布时已超过期限" in gongkai("due", "--all", *OFFICE).out.replace("\n", "")
    whole = gongkai.ok("status", done["notice"])["duties"]
    assert [(each["begun"], each["late"], each["how"]) for each in whole] == [
        ("column", False, None),
        ("validity", False, None),
        ("disclose", True, "met"),
        ("permit", False, "met"),
    ]
    assert "到期事项" in gongkai("status", done["notice"]).out


def test_a_permit_that_was_public_too_late_is_named(gongkai: Terminal, desk: Desk) -> None:
    text = desk.file("样子").read_text("utf-8")
    decided = next(part for part in text.split(", ") if part.startswith("实际办结日"))
    (done,) = gongkai.ok("publish", desk.file("办结情况", replace=(decided, "实际办结日: 2026-10-09")), "--wait")[
        "files"
    ]
    found = {one["begun"]: one["late"] for one in gongkai.ok("status", done["notice"])["duties"]}
    assert (found["permit"], found["disclose"]) == (True, False)
    told = gongkai("due", "--all", *OFFICE).out.replace("\n", "").replace(" ", "")
    assert "2611160007" in told
    assert "公布时已超过期限" in told


def formed(desk: Desk) -> str:
    """The line of a file that says when it was made."""
    text = desk.file("样子").read_text("utf-8")
    return next(line for line in text.splitlines() if line.startswith("形成日期"))


@pytest.mark.parametrize(
    ("ended", "late", "said"),
    [
        ((None, "已公开"), False, "办结：已公开"),
        ((None, "已公开"), True, "办结，超过期限：已公开"),
        (("b.1", "met"), False, "办结，见 b"),
        (("b.1", "met"), True, "办结，超过期限，见 b"),
        (("a.1", "met"), False, "公布即办结"),
        (("a.1", "met"), True, "公布时已超过期限"),
        (("a.2", "withdrawn"), True, "撤回，不用办了"),
        (("a.2", "dropped"), True, "更正后不用办了"),
        (("a.1", "cancelled"), True, "取消了定时发布，不用办了"),
    ],
)
def test_how_it_ended_is_said(ended: tuple[str | None, str], late: bool, said: str) -> None:
    ends_at = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    at = ends_at + timedelta(hours=1 if late else -1)
    by, how = ended
    made = Owed(
        "d", "rsj", "sb", "文件", rule("explain"), ends_at, (), 1, date(2026, 11, 23), ends_at, False, at, how,
        begun="explain", notice="a", ended_by=by,
    )  # fmt: skip
    told = urgency(made, nearness(made, at, Calendar(1))).plain
    assert said in told


def test_a_quarter_is_told_by_section_as_text_and_json(gongkai: Terminal, desk: Desk) -> None:
    now = SystemClock().now()
    quarter = quarter_of(now)
    asked = ("due", "--quarter", quarter, *OFFICE)
    assert gongkai.ok(*asked)["sections"] == []
    assert "没有记录" in gongkai(*asked).out
    gongkai.ok("publish", desk.file("办结情况"), "--wait")
    begin(gongkai, "disclose", f"{wall(now) - timedelta(days=90):%Y-%m-%d}", "就业补贴办法")
    said = gongkai.ok(*asked)
    assert (said["office"], said["quarter"]) == ("rsj", str(quarter))
    (one,) = said["sections"]
    assert (one["section"], one["name"], one["published"], one["published_late"]) == ("bgs", "办公室", 1, 0)
    assert (one["open"], one["overdue"], one["corrected"], one["received"]) == (1, 1, 0, 0)
    told = gongkai(*asked).out
    assert "公布1件" in told
    assert "期末未办结1项（其中1项已超期）" in told
    assert "更正" not in told, "what is nought is not named"
    assert "notices published: 1" in gongkai(*asked, "--lang", "en").out


def test_a_quarter_that_cannot_be_told_is_refused(gongkai: Terminal) -> None:
    now = quarter_of(SystemClock().now())
    odd = gongkai("due", "--quarter", "2026-3", *OFFICE)
    assert (odd.exit, "2026Q3" in odd.err) == (Exit.USAGE, True)
    ahead = gongkai("due", "--quarter", now.next, *OFFICE)
    assert (ahead.exit, str(now) in ahead.err) == (Exit.WRONG, True)
    for more in ("--all", "--ics=due.ics"):
        both = gongkai("due", "--quarter", now, more, *OFFICE)
        assert (both.exit, "--quarter" in both.err) == (Exit.USAGE, True)
