"""``calendar``: days as published, files read whole or not at all, terms with what they rest on."""

from pathlib import Path

import pytest

from config.messages import say
from producers.command.exits import Exit
from tests.producers.command.conftest import Desk, Terminal

OFFICE = ("--office", "rsj")
YEAR = """year = 2027
source = "关于2027年部分节假日安排的通知"
"""
OFF = (
    ("元旦", "2027-01-01", "2027-01-03"),
    ("春节", "2027-02-05", "2027-02-12"),
    ("清明节", "2027-04-03", "2027-04-05"),
    ("劳动节", "2027-05-01", "2027-05-05"),
    ("端午节", "2027-06-09", "2027-06-09"),
    ("中秋节", "2027-09-15", "2027-09-15"),
    ("国庆节", "2027-10-01", "2027-10-07"),
)
WORKED = '[[worked]]\nname = "春节"\nday = 2027-02-14\n'


def off(*spans: tuple[str, str, str]) -> str:
    """Holidays as the file has them."""
    return "".join(f'[[off]]\nname = "{name}"\nfrom = {first}\nto = {last}\n' for name, first, last in spans)


def file(desk: Desk, text: str) -> Path:
    """A file as somebody typed it."""
    path = desk.folder / "日历.toml"
    path.write_text(text, "utf-8")
    return path


def test_this_year_and_a_year_that_nobody_has_published(gongkai: Terminal) -> None:
    told = gongkai("calendar", "show", "2026", *OFFICE).out
    assert "2026-10-01 至 10-07，7 天" in told
    assert "国庆节调休，上班" in told
    assert "暂定" in gongkai("calendar", "show", "2027", *OFFICE).out
    found = gongkai.ok("calendar", "show", "2026", *OFFICE)
    assert found["official"]
    assert {"day": "2026-09-20", "working": True, "own": False, "reason": "国庆节调休，上班"} in found["days"]


def test_a_new_year_is_read_after_somebody_has_seen_what_changes(gongkai: Terminal, desk: Desk) -> None:
    notice = file(desk, YEAR + off(*OFF) + WORKED)
    asked = gongkai("calendar", "import", notice)
    assert asked.exit == Exit.INTERRUPTED
    assert "2027-02-14  星期日  上班  春节调休，上班" in asked.err
    assert "2027-01-01" not in asked.err, "off before, and off now"
    assert not gongkai.ok("calendar", "show", "2027", *OFFICE)["official"], "nothing was changed"
    done = gongkai.ok("calendar", "import", notice, "--yes")
    assert {"day": "2027-02-14", "working": True, "reason": "春节调休，上班"} in done["changed"]
    assert gongkai.ok("calendar", "show", "2027", *OFFICE)["official"]
    again = gongkai.ok("calendar", "import", notice, "--yes")
    assert (again["edition"], again["changed"]) == (done["edition"], [])
    assert gongkai.ok("calendar", "show", "2027", *OFFICE)["edition"] == done["edition"]


def test_a_year_is_compared_without_the_days_of_whichever_office_comes_first(gongkai: Terminal, desk: Desk) -> None:
    own = file(desk, 'source = "通知"\n[[worked]]\nname = "加班"\nday = 2027-02-14\n')
    gongkai.ok("calendar", "import", own, *OFFICE, "--yes")
    asked = gongkai("calendar", "import", file(desk, YEAR + off(*OFF) + WORKED))
    assert "2027-02-14  星期日  上班  春节调休，上班" in asked.err


def test_an_offices_own_days(gongkai: Terminal, desk: Desk) -> None:
    snow = file(desk, 'source = "通知"\n' + off(("大雪停工", "2026-12-01", "2026-12-02")))
    assert gongkai("calendar", "import", snow, "--yes").exit == Exit.WRONG, "which office?"
    gongkai.ok("calendar", "import", snow, *OFFICE, "--yes")
    assert "大雪停工（本机关）" in gongkai("calendar", "show", "2026", *OFFICE).out
    assert gongkai.ok("calendar", "count", "explain", "2026-11-30", *OFFICE)["last"] == "2026-12-07"
    assert gongkai.ok("calendar", "count", "explain", "2026-11-30", "--office", "ybj")["last"] == "2026-12-03"
    back = file(desk, 'source = "通知"\nusual = [2026-12-02]\n')
    gongkai.ok("calendar", "import", back, *OFFICE, "--yes")
    assert gongkai.ok("calendar", "count", "explain", "2026-11-30", *OFFICE)["last"] == "2026-12-04"


@pytest.mark.parametrize(
    ("text", "reason", "values"),
    [
        ("year = 2027", "field", {"cause": "source: Field required"}),
        (YEAR, "festival", {}),
        (YEAR + off(*OFF[1:]), "festival", {"missing": "元旦 2027-01-01"}),
        (YEAR + off(*OFF, ("元旦", "2028-01-01", "2028-01-01")), "outside", {"day": "2028-01-01", "year": 2027}),
        (YEAR + off(*OFF) + WORKED.replace("14", "15"), "weekday", {"day": "2027-02-15"}),
        (YEAR + off(*OFF) + WORKED.replace("14", "07"), "twice", {"day": "2027-02-07"}),
        (YEAR + off(*OFF, ("国庆", "2027-10-07", "2027-10-08")), "twice", {"day": "2027-10-07"}),
        (YEAR + off(*OFF) + WORKED * 2, "twice", {"day": "2027-02-14"}),
        (YEAR + "usual = [2027-03-01]\n" + off(*OFF), "field", {"cause": "usual"}),
        ('source = "通知"', "empty", {}),
        ('source = "通知"\n' + off(("雪", "2026-12-02", "2026-12-01")), "field", {}),
        ('source = "通知"\n' + off(("雪", "2026-12-01", "2027-12-01")), "field", {}),
        ('source = "通知"\nday = 2026-12-01', "field", {}),
        ("year = ", "toml", {}),
        ("#" * 70_000, "toml", {"cause": "> 64 KB"}),
    ],
)
def test_a_file_with_one_slip_changes_nothing(
    gongkai: Terminal, desk: Desk, text: str, reason: str, values: dict[str, object]
) -> None:
    said = gongkai("calendar", "import", file(desk, text), *OFFICE, "--yes")
    assert said.exit == Exit.WRONG
    template = say(f"failure.calendar_{reason}_fix")
    assert template in said.err
    assert all(str(value) in said.err for value in values.values())
    assert "日历.toml" in said.err
    assert not gongkai.ok("calendar", "show", "2027", *OFFICE)["official"]


def test_a_term_is_told_with_what_it_rests_on(gongkai: Terminal) -> None:
    told = gongkai("calendar", "count", "disclose", "2026-09-21", *OFFICE).out
    assert "2026-10-26 星期一" in told
    assert "政府信息公开条例第二十六条" in told
    assert "2026-10-10 国庆节调休，上班" in told
    assert "暂定" in gongkai("calendar", "count", "disclose", "2026-12-10", *OFFICE).out
    hours = gongkai.ok("calendar", "count", "first-word", "2026-11-20T08:40", *OFFICE)
    assert hours["ends_at"] == "2026-11-20T13:40:00+08:00"
    paused = gongkai.ok("calendar", "count", "disclose", "2026-09-21", "--pause", "2026-10-12", "2026-10-16", *OFFICE)
    assert paused["last"] == "2026-11-02"


def test_what_cannot_be_counted_says_why(gongkai: Terminal) -> None:
    unknown = gongkai("calendar", "count", "nothing", "2026-09-21", *OFFICE)
    assert (unknown.exit, "disclose" in unknown.err) == (Exit.WRONG, True)
    hours = gongkai("calendar", "count", "first-word", "2026-11-20", "--pause", "2026-11-20", "2026-11-21", *OFFICE)
    assert (hours.exit, "first-word" in hours.err) == (Exit.WRONG, True)
    assert gongkai("calendar", "count", "disclose", "tomorrow", *OFFICE).exit == Exit.USAGE


def test_every_rule_is_listed_with_its_article(gongkai: Terminal) -> None:
    rules = {one["rule"]: one for one in gongkai.ok("calendar", "rules")["rules"]}
    assert (rules["disclose"]["length"], rules["disclose"]["unit"]) == (20, "working-days")
    assert "政府信息公开条例第二十六条" in gongkai("calendar", "rules").out.replace("\n", "")
