"""How a duty stands, from everything that was said: for each row of the file what begins it and what ends it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from config.clock import SHANGHAI
from notices.begins import begins
from notices.owed import End, History, Own, Stands, Tied, rows, stands
from tests.factories import version

T0 = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
DAY = timedelta(days=1)


def own(number: int, *, after: int = 0, withdrawn: bool = False, **text: Any) -> Own:
    """Message ``number`` of the notice, so many days after the first."""
    return Own(f"a.{number}", T0 + after * DAY, version(notice="a", number=number, **text), withdrawn)


def tied(*ties: str, number: int = 1, after: int = 1, kind: str = "t10", of: str = "b") -> Tied:
    """Message ``number`` of another notice."""
    return Tied(f"{of}.{number}", of, kind, T0 + after * DAY, frozenset(ties))


def stood(row: str, said: Sequence[Own], others: Sequence[Tied] = (), of: str | None = None) -> Stands | None:
    """How that row's duty stands; of several, that ``of`` a name."""
    (begin,) = [one for one in begins() if one.id == row]
    history = History(said, others)
    return stands(begin, history, (*rows(begin, history), "")[0] if of is None else of)


def end(how: str, message: str, after: int) -> End:
    """An end."""
    return End(how, message, T0 + after * DAY)


GRAVE: dict[str, Any] = {
    "kind": "t09",
    "fields": {"serial": "1", "level": "重大", "happened_at": "2026-11-23T08:40:00+08:00"},
}
SLIGHT: dict[str, Any] = {**GRAVE, "fields": {**GRAVE["fields"], "level": "一般"}}
GOES_ON: dict[str, Any] = {
    "kind": "t09",
    "fields": {"status": "处置中", "event": "大厅停电", "next_at": "2026-11-23T12:00:00+08:00"},
}
DRAFT: dict[str, Any] = {
    "kind": "t06",
    "fields": {"open_to": "2026-12-23", "feedback_by": "2027-01-20", "dossier": "JC-2026-01"},
}
REPORT: dict[str, Any] = {"kind": "t08", "fields": {"next_on": "2026-12-21", "dossier": "JC-2026-01"}}


def report(state: str, day: str = "2026-12-10", name: str = "办公场所落实") -> dict[str, Any]:
    """What a report says of a milestone."""
    row = {"节点": name, "计划完成日": day, "状态": state, "责任股室": "办公室"}
    return {"kind": "t08", "fields": {"dossier": "JC-2026-01", "milestones": [row]}}


PLAN = report("进行中")
LIST: dict[str, Any] = {"kind": "t04", "fields": {"shown_to": "2026-12-01", "result": "公示中"}}


def day(text: str) -> datetime:
    """Its beginning here."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), SHANGHAI)


def decided(**numbers: str) -> dict[str, Any]:
    """A list of permits: number → the day of the decision."""
    rows = [{"受理编号": number, "事项名称": "劳务派遣经营许可", "实际办结日": on} for number, on in numbers.items()]
    return {"kind": "t05", "fields": {"permits": rows}}


CASES = decided(甲="2026年11月10日")
BY_RELEASE = ("disclose", "permit", "first-word", "response")


# row → the text that begins it, from when on; what follows; how that ends it (None: only a person's word does)
TABLE: dict[str, tuple[dict[str, Any], datetime, Sequence[Own], Sequence[Tied], End | None]] = {
    "disclose": ({}, day("2026-11-20"), [], [], end("met", "a.1", 0)),
    "permit": (CASES, day("2026-11-10"), [], [], end("met", "a.1", 0)),
    "explain": ({}, T0, [], [tied("interprets")], end("met", "b.1", 1)),
    "window-end": (DRAFT, day("2026-12-23"), [], [tied("dossier", kind="t07")], None),
    "feedback": (DRAFT, day("2026-12-23"), [], [tied("feeds_back", kind="t07")], end("met", "b.1", 1)),
    "feedback-promised": (DRAFT, day("2027-01-20"), [], [tied("dossier", kind="t07")], end("met", "b.1", 1)),
    "next-report": (REPORT, day("2026-12-21"), [], [tied("dossier", kind="t08")], end("met", "b.1", 1)),
    "milestone": (
        PLAN,
        day("2026-12-10"),
        [],
        [replace(tied("dossier", kind="t08"), version=version(**report("已完成")))],
        end("met", "b.1", 1),
    ),
    "outcome": (
        LIST,
        day("2026-12-01"),
        [own(2, after=9, **{**LIST, "fields": {**LIST["fields"], "result": "无异议"}})],
        [],
        end("met", "a.2", 9),
    ),
    "take-down": (
        {**LIST, "fields": {**LIST["fields"], "afterwards": "撤下"}},
        day("2026-12-01"),
        [own(2, after=9, withdrawn=True)],
        [],
        end("withdrawn", "a.2", 9),
    ),
    "review": ({"kind": "t11", "review_on": date(2027, 5, 1)}, day("2027-05-01"), [], [tied("related")], None),
    "validity": (
        {"ends_on": date(2026, 12, 31)},
        day("2026-12-31"),
        [],
        [tied("replaces", kind="t01")],
        end("met", "b.1", 1),
    ),
    "first-word": (GRAVE, T0 - timedelta(minutes=50), [], [], end("met", "a.1", 0)),
    "briefing": (GRAVE, T0 - timedelta(minutes=50), [], [tied("related", kind="t09")], None),
    "response": (SLIGHT, T0 - timedelta(minutes=50), [], [], end("met", "a.1", 0)),
    "next-bulletin": (
        GOES_ON,
        datetime(2026, 11, 23, 12, tzinfo=SHANGHAI),
        [],
        [tied("event", kind="t09")],
        end("met", "b.1", 1),
    ),
    "clean-up": ({}, T0 + 2 * DAY, [own(2, after=2, withdrawn=True)], [], None),
    "clean-up-replaced": ({}, T0 + DAY, [], [tied("replaces", kind="t01")], None),
}


def test_the_table_has_every_row() -> None:
    assert list(TABLE) == [one.id for one in begins()]


@pytest.mark.parametrize("row", TABLE)
def test_each_row_begins_with_its_notice_and_ends_with_what_meets_it(row: str) -> None:
    text, start, more, others, ended = TABLE[row]
    found = stood(row, [own(1, **text), *more], others)
    assert found is not None
    assert (found.start, found.end) == (start, ended)


@pytest.mark.parametrize("row", [row for row in TABLE if not row.startswith("clean-up")])
def test_each_row_falls_away_with_its_notice_unless_it_was_met(row: str) -> None:
    text, _, _, _, _ = TABLE[row]
    found = stood(row, [own(1, **text), own(2, after=5, withdrawn=True, **text)], [])
    assert found is not None
    assert found.end == (end("met", "a.1", 0) if row in BY_RELEASE else end("withdrawn", "a.2", 5))


@pytest.mark.parametrize("row", TABLE)
def test_another_kind_owes_only_what_every_kind_owes(row: str) -> None:
    found = stood(row, [own(1, kind="t12", fields={}), own(2, after=1, withdrawn=True, kind="t12", fields={})])
    assert (found is not None) == (row == "disclose")


@pytest.mark.parametrize("kind", ["t01", "t02", "t14"])
def test_each_policy_that_is_taken_back_or_replaced_owes_the_clearing_up(kind: str) -> None:
    gone = stood("clean-up", [own(1, kind=kind), own(2, after=2, kind=kind, withdrawn=True)])
    replaced = stood("clean-up-replaced", [own(1, kind=kind)], [tied("replaces", after=3)])
    assert gone is not None
    assert replaced is not None
    assert (gone.start, replaced.start) == (T0 + 2 * DAY, T0 + 3 * DAY)
    assert stood("clean-up-replaced", [own(1, kind="t10")], [tied("replaces", after=3)]) is None
    assert stood("clean-up-replaced", [own(1, kind=kind)], [tied("related", after=3)]) is None


def test_it_is_owed_while_anything_replaces_the_policy() -> None:
    by, another = tied("replaces"), tied("replaces", after=3, of="c")
    gone, other_gone = tied(number=2, after=4), tied(number=2, after=5, of="c")
    for others, expected in (
        ([by, another], (T0 + DAY, None)),
        ([by, gone, another], (T0 + 3 * DAY, None)),
        ([by, gone], (T0 + DAY, end("dropped", "b.2", 4))),
        ([by, gone, another, other_gone], (T0 + 3 * DAY, end("dropped", "c.2", 5))),
    ):
        found = stood("clean-up-replaced", [own(1)], others)
        assert found is not None
        assert (found.start, found.end) == expected
    withdrawn = [own(1), own(2, after=2, withdrawn=True)]
    found = stood("clean-up-replaced", withdrawn, [by, gone])  # from then on the withdrawal owes it
    assert found is not None
    assert found.end == end("withdrawn", "a.2", 2)
    assert stood("clean-up-replaced", withdrawn, [another]) is None


@pytest.mark.parametrize("kind", ["t01", "t05", "t11", "t14"])
def test_whatever_names_a_review_owes_it(kind: str) -> None:
    found = stood("review", [own(1, kind=kind, fields={}, review_on=date(2027, 5, 1))])
    assert found is not None
    assert found.start == day("2027-05-01")
    assert stood("review", [own(1, kind=kind, fields={}, review_on=None)]) is None


def test_what_explains_and_is_taken_back_explains_no_more() -> None:
    first, again = tied("interprets"), tied(number=2, after=2)
    found = stood("explain", [own(1)], [first, again])
    assert found is not None
    assert found.end is None
    other = tied("interprets", after=3, of="c")
    found = stood("explain", [own(1)], [first, again, other])
    assert found is not None
    assert found.end == end("met", "c.1", 3)


def test_what_is_said_after_the_withdrawal_ends_nothing_otherwise() -> None:
    said = [own(1), own(2, after=2, withdrawn=True)]
    late = stood("explain", said, [tied("interprets", after=3)])
    assert late is not None
    assert late.end == end("withdrawn", "a.2", 2)
    met = stood("explain", said, [tied("interprets"), tied(number=2, after=3)])
    assert met is not None
    assert met.end == end("met", "b.1", 1)


def test_a_tie_of_another_kind_or_type_meets_nothing() -> None:
    for other in (tied("interprets", kind="t07"), tied("related")):
        found = stood("explain", [own(1)], [other])
        assert found is not None
        assert found.end is None


def test_a_number_in_common_says_nothing_of_earlier_reports_even_when_they_are_corrected() -> None:
    earlier = [tied("dossier", after=-9, kind="t08"), tied("dossier", number=2, after=3, kind="t08")]
    found = stood("next-report", [own(1, **REPORT)], earlier)
    assert found is not None
    assert found.end is None


def test_a_field_that_a_correction_brings_begins_it_and_one_that_it_takes_drops_it() -> None:
    bare: dict[str, Any] = {"ends_on": None}
    dated: dict[str, Any] = {"ends_on": date(2026, 12, 31)}
    found = stood("validity", [own(1, **bare), own(2, after=1, **dated)])
    assert found is not None
    assert (found.start, found.end) == (day("2026-12-31"), None)
    found = stood("validity", [own(1, **dated), own(2, after=1, **bare)])
    assert found is not None
    assert found.end == end("dropped", "a.2", 1)
    found = stood("validity", [own(1, **dated), own(2, after=1, **bare), own(3, after=2, **dated)])
    assert found is not None
    assert found.end is None


def test_a_correction_that_moves_the_date_moves_the_start() -> None:
    said = [(1, date(2027, 5, 1)), (2, date(2028, 1, 10))]
    found = stood("review", [own(number, after=number, kind="t11", review_on=on) for number, on in said])
    assert found is not None
    assert found.start == day("2028-01-10")


@pytest.mark.parametrize(("formed", "by"), [("2026-11-19", "a.1"), ("2026-12-20", "a.2"), ("2027-02-01", "a.2")])
def test_what_changed_after_it_was_out_is_out_with_its_correction(formed: str, by: str) -> None:
    found = stood("disclose", [own(1), own(2, after=30, formed_on=date.fromisoformat(formed))])
    assert found is not None
    assert found.end is not None
    assert found.end.message == by


def reported(state: str, *, after: int, of: str = "b", number: int = 1, **said: str) -> Tied:
    """A report with the same number, that says this of the milestone."""
    one = tied("dossier", kind="t08", after=after, of=of, number=number)
    return replace(one, version=version(**report(state, **said)))


@pytest.mark.parametrize(
    ("others", "ended"),
    [
        ([reported("进行中", after=2)], end("dropped", "b.1", 2)),  # that one owes it now
        ([reported("延期", after=2, day="2026年12月31日")], end("met", "b.1", 2)),
        ([reported("进行中", after=2, day="2026年12月10日")], end("dropped", "b.1", 2)),
        ([reported("已完成", after=2, name="安置任务完成")], None),
        ([reported("进行中", after=2, day="12月31日")], None),  # a text from before it had to be a whole date
        ([reported("已完成", after=-2)], None),
        ([reported("已完成", after=-2), reported("已完成", after=2, number=2)], None),
        ([reported("已完成", after=2), tied(after=3, kind="t08", number=2)], None),  # it was taken back
        ([reported("已完成", after=3), reported("进行中", after=2, of="c")], end("dropped", "c.1", 2)),
        ([reported("已完成", after=2), reported("进行中", after=3, number=2)], end("dropped", "b.2", 3)),
    ],
)
def test_the_newest_word_on_a_milestone_holds(others: Sequence[Tied], ended: End | None) -> None:
    found = stood("milestone", [own(1, **PLAN)], others)
    assert found is not None
    assert (found.start, found.end) == (day("2026-12-10"), ended)


def test_a_correction_reaches_a_milestone_moves_it_or_drops_it() -> None:
    for text, start, ended in (
        (report("已完成"), "2026-12-10", end("met", "a.2", 2)),
        (report("延期", "2027-01-15"), "2027-01-15", None),
        ({"kind": "t08", "fields": {}}, "2026-12-10", end("dropped", "a.2", 2)),
    ):
        found = stood("milestone", [own(1, **PLAN), own(2, after=2, **text)])
        assert found is not None
        assert (found.start, found.end) == (day(start), ended)


def test_each_milestone_owes_for_itself() -> None:
    two = report("进行中")
    two["fields"]["milestones"] += report("未开始", "2027-03-01", "安置任务完成")["fields"]["milestones"]
    found = [stood("milestone", [own(1, **two)], of=name) for name in ("办公场所落实", "安置任务完成", "别的")]
    assert [one and one.start for one in found] == [day("2026-12-10"), day("2027-03-01"), None]


def test_each_permit_is_public_with_the_first_version_that_has_it() -> None:
    said = [
        own(1, **decided(甲="2026-11-10", 乙="2026-11-19")),
        own(2, after=2, **decided(甲="2026-11-10", 乙="2026-11-19", 丙="2026-11-12")),  # it was left out
        own(3, after=4, **decided(甲="2026-11-10", 丙="2026-11-26")),
    ]
    (begin,) = [one for one in begins() if one.id == "permit"]
    assert rows(begin, History(said, [])) == ("甲", "乙", "丙")
    found = {row: stands(begin, History(said, []), row) for row in ("甲", "乙", "丙", "丁")}
    assert {row: one and (one.start, one.end) for row, one in found.items()} == {
        "甲": (day("2026-11-10"), end("met", "a.1", 0)),
        "乙": (day("2026-11-19"), end("met", "a.1", 0)),
        "丙": (day("2026-11-26"), end("met", "a.3", 4)),
        "丁": None,
    }


@pytest.mark.parametrize("on", ["11月10日", "", "尚未办结"])
def test_a_permit_of_a_text_from_before_it_had_a_whole_date_owes_nothing(on: str) -> None:
    assert stood("permit", [own(1, **decided(甲=on))], of="甲") is None


def bulletin(after: int, level: str, *ties: str, number: int = 1) -> Tied:
    """What an earlier bulletin says of how grave it is."""
    fields = {**GRAVE["fields"], "level": level}
    said = tied(*ties, number=number, after=after, kind="t09")
    return replace(said, version=version(notice="b", kind="t09", fields=fields))


RAISED: dict[str, Any] = {**GRAVE, "fields": {**GRAVE["fields"], "serial": "2"}}


def test_an_event_that_turns_out_grave_owes_a_briefing_by_the_bulletin_that_says_so() -> None:
    slight = bulletin(-1, "一般", "event")
    found = stood("briefing", [own(1, **RAISED)], [slight])
    assert found is not None
    assert (found.start, found.end) == (T0 - timedelta(minutes=50), None)


def test_one_briefing_is_owed_of_an_event_however_many_bulletins_say_how_grave_it_is() -> None:
    grave = bulletin(-1, "重大", "event")
    assert stood("briefing", [own(1, **RAISED)], [grave]) is None
    later = replace(grave, at=T0 + DAY)
    assert stood("briefing", [own(1, **RAISED)], [later]) == Stands(
        T0 - timedelta(minutes=50), own(1, **RAISED).version, None
    )


def test_a_briefing_passes_to_the_earlier_bulletin_once_that_is_corrected_and_back_when_it_is_withdrawn() -> None:
    before, corrected = bulletin(-1, "一般", "event"), bulletin(1, "重大", "b", "event", number=2)
    found = stood("briefing", [own(1, **RAISED)], [before, corrected])
    assert found is not None
    assert found.end == end("dropped", "b.2", 1)
    withdrawn = tied(number=3, after=2, kind="t09")
    found = stood("briefing", [own(1, **RAISED)], [before, corrected, withdrawn])
    assert found is not None
    assert found.end is None


def test_another_event_of_the_same_words_owes_a_briefing_of_its_own() -> None:
    other = bulletin(-300, "重大", "event")
    assert other.version is not None
    long_ago = {**GRAVE["fields"], "happened_at": "2026-01-23T08:40:00+08:00"}
    other = replace(other, version=version(notice="b", kind="t09", fields=long_ago))
    assert stood("briefing", [own(1, **RAISED)], [other]) is not None


@pytest.mark.parametrize("row", ["first-word", "response"])
def test_only_the_first_bulletin_of_an_event_owes_the_first_word(row: str) -> None:
    text = SLIGHT if row == "response" else GRAVE
    assert stood(row, [own(1, **{**text, "fields": {**text["fields"], "serial": "2"}})]) is None


@pytest.mark.parametrize("status", ["已恢复", "已撤销"])
def test_nothing_is_promised_of_what_is_over(status: str) -> None:
    over = {**GOES_ON, "fields": {**GOES_ON["fields"], "status": status}}
    assert stood("next-bulletin", [own(1, **over)]) is None
    found = stood("next-bulletin", [own(1, **GOES_ON), own(2, after=1, **over)])
    assert found is not None
    assert found.end == end("dropped", "a.2", 1)


def test_an_event_of_the_same_words_before_it_is_no_later_bulletin() -> None:
    found = stood("next-bulletin", [own(1, **GOES_ON)], [tied("event", kind="t09", after=-3)])
    assert found is not None
    assert found.end is None
