"""The rows that begin duties: what is wrong in them stops the start and is named; each reads its field."""

from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from config.clock import SHANGHAI
from config.kinds import kinds
from notices.begins import Begin, Met, On, begins, begins_in
from notices.calendar.rules import rules
from notices.calendar.term import Unit
from tests.factories import RELEASED, version

ROW = {
    "id": '"explain"',
    "on": '"released"',
    "kinds": '["t01"]',
    "term": '"explain"',
    "start": '"released"',
    "met": '"notice"',
    "ties": '["interprets"]',
    "source": '"某规定第一条"',
}


ROWS = {
    "kinds": '["t08"]',
    "each": '"milestones"',
    "start": '"计划完成日"',
    "met": '"row"',
    "says": '{ "状态" = ["已完成"] }',
}


def read(**changes: str | None) -> tuple[Begin, ...]:
    """The file with this one row; None leaves a key out."""
    row = {name: value for name, value in {**ROW, **changes}.items() if value is not None}
    return begins_in("[[begin]]\n" + "\n".join(f"{name} = {value}" for name, value in row.items()), kinds())


def test_a_row_is_read() -> None:
    (one,) = read()
    assert (one.on, one.met, one.ties, one.rule) == (On.RELEASED, Met.NOTICE, ("interprets",), rules()["explain"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"colour": '"red"'}, "unknown key colour"),
        ({"source": None}, "source is missing"),
        ({"on": '"approved"'}, "approved"),
        ({"met": '"luck"'}, "luck"),
        ({"term": '"exlpain"'}, "unknown term exlpain"),
        ({"kinds": '["t01", "t99"]'}, "unknown kind t99"),
        ({"kind": '"t99"'}, "unknown kind t99"),
        ({"ties": '["likes"]'}, "unknown tie likes"),
        ({"once": '"interprets"'}, "unknown once interprets"),
        ({"ties": None}, "needs ties"),
        ({"start": '"open_to"'}, "unknown field 'open_to' of t01"),
        ({"start": '"upper"'}, "'upper' is no date"),
        ({"start": '"open_to"', "kinds": None}, "every kind must have"),
        ({"start": '"withdrawn"'}, "unknown field 'withdrawn'"),
        ({"when": '{ disclosure = ["秘密"] }'}, "unknown value of disclosure 秘密"),
        ({"when": '{ level = ["重大"] }'}, "unknown field 'level' of t01"),
        ({"says": '{ disclosure = ["主动公开"] }'}, "says belongs to met = field"),
        ({"met": '"word"'}, "belong to met = notice or row"),
        ({"met": '"row"'}, "says belongs to met = field or row"),
        ({"met": '"row"', "says": '{ "状态" = ["已完成"] }'}, "met = row needs each"),
        ({**ROWS, "met": '"word"', "says": None, "ties": None}, "each belongs to met = row or release"),
        ({"awaited": "true"}, "awaited belongs to met = release"),
        ({"awaited": "true", "met": '"release"', "ties": None}, "a start that a field says"),
        ({**ROWS, "each": '"upper"'}, "unknown field 'upper' of t08"),
        ({**ROWS, "each": '"next_on"'}, "'next_on' is no table"),
        ({**ROWS, "each": '"compared"'}, "must take a name"),
        ({**ROWS, "start": '"状态"'}, "'状态' takes no date"),
        ({**ROWS, "says": '{ "状态" = ["办完"] }'}, "unknown value of 状态 办完"),
        ({"command": '"gongkai new t10"'}, "command belongs to a kind"),
        ({"kind": '"t10"', "command": '"gongkai new {number} {colour}"'}, "command: unknown colour"),
        ({"kind": '"t10"', "command": '"gongkai dossier report {dossier}"'}, "unknown field 'dossier' of t01"),
        ({"on": '"withdrawn"', "start": '"withdrawn"'}, "a person's word"),
        ({"on": '"replaced"', "start": '"released"', "met": '"word"', "ties": None}, "unknown field 'released'"),
    ],
)
def test_a_slip_is_named_with_its_file_and_row(changes: dict[str, str | None], named: str) -> None:
    with pytest.raises(ValueError, match=r"config/begins\.toml, row 1 \(explain\): ") as found:
        read(**changes)
    assert named in str(found.value)


@pytest.mark.parametrize("text", ["begin = ", "[[begun]]\nid = 'a'\n"])
def test_what_is_no_such_file_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"config/begins\.toml: "):
        begins_in(text, kinds())


def test_an_id_is_given_once() -> None:
    text = (files("config") / "begins.toml").read_text("utf-8")
    with pytest.raises(ValueError, match=r"row 19 \(disclose\): the id is taken"):
        begins_in(text + "\n" + text, kinds())


@pytest.mark.parametrize(
    ("start", "changes", "expected"),
    [
        ("released", {}, RELEASED),
        ("formed_on", {}, datetime(2026, 11, 20, tzinfo=SHANGHAI)),
        ("starts_on", {}, datetime(2026, 1, 1, tzinfo=SHANGHAI)),
        ("expires_at", {"expires_at": datetime(2026, 12, 1, 8, tzinfo=UTC)}, datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("ends_on", {}, None),
        ("ends_on", {"ends_on": date.max}, None),
        ("ends_on", {"ends_on": date(1999, 1, 1)}, None),
        ("formed_on", {"kind": "t06"}, None),
    ],
)
def test_the_start_is_a_field_of_the_text(start: str, changes: dict[str, Any], expected: datetime | None) -> None:
    (one,) = read(start=f'"{start}"')
    assert one.start_of(version(**changes), RELEASED) == expected


def test_every_row_has_its_article_and_counts_what_its_term_says() -> None:
    assert len(begins()) == 18
    for one in begins():
        assert one.source
        assert one.rule.length > 0 or one.rule.unit is Unit.HOURS  # 0 hours: at that instant


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("first-word", ("国办发〔2016〕80号", "5小时")),
        ("briefing", ("国办发〔2016〕61号", "国办发〔2016〕80号", "24小时")),
        ("response", ("国办发〔2016〕61号", "48小时")),
        ("next-bulletin", ("国办发〔2016〕61号", "持续发布")),
        ("feedback-promised", ("条例第三十二条",)),
    ],
)
def test_a_row_and_its_term_name_the_document_that_says_so(row: str, words: tuple[str, ...]) -> None:
    (one,) = [one for one in begins() if one.id == row]
    assert one.source == one.rule.source
    assert all(word in one.source for word in words)
