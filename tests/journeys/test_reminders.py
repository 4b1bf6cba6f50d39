"""Staff are reminded of what they owe: by mail and in their group, rung by rung, until it is met; and nobody else is.

The mail server and the group's robot are processes of their own, and as strict as the real ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from email import message_from_string, policy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.http.rules import rules
from config.clock import SHANGHAI, DrivenClock, wall
from notices.calendar.rules import rule
from notices.document import read
from notices.samples import lay_out
from producers.publish import Published, publish
from producers.schedule.fire import fire_due
from producers.unknowns import unknowns
from producers.verify import verify
from streams.calendars import add_own, current
from streams.duties import Owed, add, done, duties_of, owed, pause, recount, resume
from streams.reminders import told
from streams.store.tables import trigger
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Outlet, Town, opened, pass_until, prepared, tell
from tests.producers.command.conftest import Terminal
from tests.producers.command.test_calendar import OFF, WORKED, YEAR, off
from tests.source import ROOT

ACCOUNT, ROBOT = "neibu", "tixing"
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
NAMES = {"林晓": "lin", "何静": "he", "孙股长": "sun", "办公室": "bgs", "郑局": "zheng", "戴文": "dai"}
STAFF: dict[str, Any] = {
    "heads": {"sb": "孙股长", "bgs": "孙股长"},
    "office": "办公室",
    "director": "郑局",
    "persons": {name: {"endpoints": [box]} for name, box in NAMES.items()},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reminders")


@pytest.fixture(scope="module")
def at(folder: Path) -> Iterator[Partners]:
    DrivenClock(MONDAY, file=folder / "clock")
    with partners(folder, (), clock=folder / "clock", mail=(ACCOUNT,), robots=(ROBOT,)) as running:
        yield running


@pytest.fixture
def staff() -> dict[str, Any]:
    """Who is who; a test may have it otherwise."""
    return STAFF


def domain(folder: Path) -> str:
    """Of the addresses of one test, whose folder that is."""
    return f"{folder.name.replace('_', '-')}.example"


@pytest.fixture
def town(tmp_path: Path, folder: Path, at: Partners, staff: dict[str, Any]) -> Iterator[Town]:
    """Everybody has a mailbox; the director is told in a group besides."""
    tell(at, how="well")
    clock = DrivenClock(MONDAY, file=folder / "clock")
    server = {"server": "127.0.0.1", "port": at.mail_port, "tls": "none", "user": ACCOUNT, "secret": ACCOUNT}
    server["sender"] = "gongkai@yunling.example"
    here_alone = domain(tmp_path)
    boxes = [Outlet(box, "staff_mail", options={**server, "to": [f"{box}@{here_alone}"]}) for box in NAMES.values()]
    robot = Outlet("group", "staff_wecom", options={"secret": ROBOT, "origin": f"http://127.0.0.1:{at.port}"})
    everyone = Outlet("ban", "mail", options={**server, "to": [f"all@{here_alone}"]})
    with (
        prepared(
            tmp_path / "home", clock, [*boxes, robot, everyone], partners=at, reachable=False, staff=staff
        ) as ground,
        opened(ground) as here,
    ):
        yield here


def begin(town: Town, name: str = "feedback", start: datetime = MONDAY, section: str = "sb") -> Owed:
    """Something the office owes."""
    current(town.house.store, "rsj")
    made = partial(add, rule=rule(name), start=start, office="rsj", section=section, about="办结情况", by=BY)
    return town.house.store.write(made)


def mails(town: Town) -> list[tuple[str, str, str]]:
    """Every mail of this test: the day on which it came, to which box, its badge."""
    assert town.partners is not None
    ours = domain(town.house.home.parent)
    found = []
    for line in town.partners.mails(ACCOUNT):
        for one in line["recipients"]:
            box, _, of = one.partition("@")
            if of == ours:
                read = message_from_string(line["message"], policy=policy.default)
                at = wall(read["Date"].datetime)
                found.append((f"{at:%m-%d %H}", box, str(read["Subject"])[:6]))
    return found


def texts(town: Town) -> list[str]:
    """What every mail says, the last one first."""
    assert town.partners is not None
    sent = [message_from_string(line["message"], policy=policy.default) for line in town.partners.mails(ACCOUNT)]
    return [str(one.get_content()) for one in reversed(sent)]


def states(town: Town, of: Owed) -> dict[str, tuple[str, str]]:
    """Each reminder of it: how it ended, and why."""
    wanted = select(trigger).where(trigger.c.subject == of.id).order_by(trigger.c.due_at)
    return town.house.store.read(
        lambda c: {f"{wall(row.due_at):%m-%d %H}": (row.state, row.cause) for row in c.execute(wanted)}
    )


def test_from_a_week_before_to_the_director_and_silence_once_it_is_met(town: Town) -> None:
    one = begin(town)
    assert one.last == date(2026, 12, 21)
    pass_until(town, datetime(2026, 12, 24, 12, tzinfo=SHANGHAI))
    assert mails(town) == [
        ("12-14 09", "sun", "【快到期】意"),
        ("12-18 09", "sun", "【快到期】意"),
        ("12-21 09", "sun", "【今天到期】"),
        ("12-22 09", "sun", "【已超期】意"),
        ("12-24 09", "bgs", "【请督办】意"),
    ]
    town.house.store.write(lambda tx: done(tx, one.id, how="已公开", by=BY))
    pass_until(town, datetime(2027, 1, 10, 12, tzinfo=SHANGHAI))
    assert len(mails(town)) == 5
    assert states(town, one)["12-28 09"] == ("cancelled", "期限变了，或者已经办结")
    said = town.house.store.read(lambda c: told(c, [one.id]))[one.id]
    assert [(each.to.value, each.persons) for each in said] == [
        ("owner", ("孙股长",)),
        ("owner", ("孙股长",)),
        ("owner", ("孙股长",)),
        ("head", ("孙股长",)),
        ("office", ("办公室",)),
    ]


def consult(town: Town) -> tuple[Published, Owed]:
    """Publish a consultation; it owes feedback by a day that it names itself."""
    folder = town.house.home / "files"
    folder.mkdir()
    laid = lay_out(ROOT / "samples", folder, town.clock.now())
    file = next(file for file in laid if file.stem == "t06b-consultation-posts")
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(("渠道:", "责任人:", "B角:"))]
    lines[1:1] = ["渠道: [mail]", "责任人: 林晓", "B角: 何静"]
    file.write_text("\n".join([*lines, ""]), "utf-8")
    published = publish(town.house, read(file, offices=[town.house.outlets.office("rsj")], public_channels=[]), by=BY)
    town.settle()
    found = town.house.store.read(lambda c: duties_of(c, published.notice))
    return published, next(one for one in found if one.begun == "feedback-promised")


def test_owner_and_deputy_of_a_notice_are_told_what_to_do_until_it_falls_away(town: Town) -> None:
    published, one = consult(town)
    assert one.last is not None
    assert [box for _, box, _ in mails(town)] == ["all"]
    pass_until(town, datetime.combine(one.last - timedelta(days=2), time(12), SHANGHAI))
    assert {box for _, box, _ in mails(town)} == {"all", "lin", "he"}
    text = next(one for one in texts(town) if one.startswith("【快到期】承诺的意见反馈："))
    assert f"期限：{one.last}（" in text
    assert f"公开件索引号：{published.index_number}" in text
    assert "依据：重大行政决策程序暂行条例第三十二条" in text
    assert "怎么办：用下面的命令备好“意见采纳情况反馈”，填好空着的，再 gongkai publish 文件.md" in text
    assert "命令：gongkai comments draft JC-2026-02 -o 文件.md" in text
    assert f"http://127.0.0.1:8081/due#{one.id}" in text
    before = len(mails(town))
    town.withdraw(published, reason="不办了")
    town.settle()
    pass_until(town, datetime.combine(one.last + timedelta(days=30), time(12), SHANGHAI))
    assert [box for _, box, _ in mails(town)[before:]] == ["all"], "but for the withdrawal itself"
    assert town.outcomes(published).keys() == {"ban"}, "no notice goes to staff"


def test_after_weeks_of_standing_still_one_reminder_is_sent_and_the_others_say_why_not(town: Town) -> None:
    one = begin(town)
    town.clock.set(datetime(2027, 1, 20, 3, tzinfo=SHANGHAI))
    fire_due(town.house)
    town.settle()
    assert mails(town) == [("01-20 03", "zheng", "【请督办】意")]
    *others, last = states(town, one).values()
    assert last == ("fired", "")
    assert others == [("cancelled", "后面的提醒也到时候了，只发后面那条")] * 5


def test_a_day_of_standing_still_over_a_reminder_sends_it_once(town: Town) -> None:
    begin(town)
    pass_until(town, datetime(2026, 12, 13, 12, tzinfo=SHANGHAI))
    town.clock.set(datetime(2026, 12, 14, 12, tzinfo=SHANGHAI))
    assert fire_due(town.house) == 1
    assert fire_due(town.house) == 0
    town.settle()
    assert mails(town) == [("12-14 12", "sun", "【快到期】意")]


@pytest.mark.parametrize("staff", [{**STAFF, "office": ""}])
def test_a_later_one_that_reaches_nobody_overtakes_nothing(town: Town) -> None:
    one = begin(town)
    town.clock.set(datetime(2026, 12, 24, 12, tzinfo=SHANGHAI))
    fire_due(town.house)
    town.settle()
    assert mails(town) == [("12-24 12", "sun", "【已超期】意")]
    assert states(town, one)["12-24 09"][1].startswith("没有提醒：[offices.rsj.staff] 没有写 office")


def test_where_nobody_is_named_the_reminder_ends_and_says_whom_it_missed(town: Town) -> None:
    one = begin(town, section="jy")
    pass_until(town, datetime(2026, 12, 22, 12, tzinfo=SHANGHAI))
    assert mails(town) == []
    causes = [cause for state, cause in states(town, one).values() if state == "cancelled"]
    assert causes[0].startswith("没有提醒：责任人、B角都不在")
    assert causes[-1] == "没有提醒：[offices.rsj.staff] heads 里没有股室 jy 的负责人"
    assert town.house.store.read(lambda c: told(c, [one.id])) == {}


def test_a_pause_lets_reminders_go_and_another_day_brings_others(town: Town) -> None:
    one = begin(town)
    town.house.store.write(lambda tx: pause(tx, one.id, date(2026, 11, 30), why="等答复", by=BY))
    assert {state for state, _ in states(town, one).values()} == {"cancelled"}
    pass_until(town, datetime(2027, 1, 5, 12, tzinfo=SHANGHAI))
    assert mails(town) == []
    after = town.house.store.write(lambda tx: resume(tx, one.id, date(2027, 1, 4), why="有答复了", by=BY))
    assert after.last is not None
    pass_until(town, datetime.combine(after.last, time(12), SHANGHAI))
    assert [(box, badge) for _, box, badge in mails(town)] == [
        ("sun", "【快到期】意"),
        ("sun", "【快到期】意"),
        ("sun", "【快到期】意"),
        ("sun", "【今天到期】"),
    ]
    assert mails(town)[-1][0] == f"{after.last:%m-%d} 09"


def test_a_pause_that_is_over_at_once_brings_the_same_reminders_back(town: Town) -> None:
    one = begin(town)
    before = states(town, one)
    town.house.store.write(lambda tx: pause(tx, one.id, date(2026, 12, 1), why="等答复", by=BY))
    town.house.store.write(lambda tx: resume(tx, one.id, date(2026, 12, 1), why="有答复了", by=BY))
    moved = {at for at, (state, _) in states(town, one).items() if state == "planned"}
    assert moved != before.keys()
    town.house.store.write(lambda tx: pause(tx, one.id, date(2026, 12, 5), why="等答复", by=BY))
    town.house.store.write(lambda tx: resume(tx, one.id, date(2026, 12, 6), why="有答复了", by=BY))  # a weekend
    assert {at for at, (state, _) in states(town, one).items() if state == "planned"} == moved


def test_whoever_owes_it_hears_the_next_morning_that_the_calendar_moved_its_day(town: Town) -> None:
    one = begin(town, "answer", section="sb")
    off = {date(2026, 12, day): "大雪停工" for day in (1, 2)}
    town.clock.set(datetime(2026, 11, 27, 15, tzinfo=SHANGHAI))  # a Friday
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {}, [], by=BY))
    town.house.store.write(lambda tx: recount(tx, "rsj"))
    after = town.house.store.read(lambda c: owed(c, one.id))
    assert (one.last, after.last) == (date(2026, 12, 21), date(2026, 12, 23))
    pass_until(town, datetime(2026, 11, 30, 12, tzinfo=SHANGHAI))
    assert mails(town) == [("11-30 09", "sun", "【期限有变】")]
    assert "说明：原来是2026-12-21，放假安排有变，现在改了" in texts(town)[0]
    pass_until(town, datetime(2026, 12, 23, 12, tzinfo=SHANGHAI))
    assert [when for when, _, _ in mails(town)][1:] == ["12-16 09", "12-18 09", "12-22 09", "12-23 09"]


def test_the_official_year_is_read_and_the_next_morning_the_owner_has_the_day_for_certain(
    town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 working days from 20 January 2027. By the law alone: 2 + 5 in January, the 1st to the 4th of February, then
    the new year until the 10th; 11, 12, 15 to 19, 22 and 23. As published: off until the 12th, worked on Sunday the
    14th; so 14 to 19 are six, and 22 to 24 the last three.
    """
    monkeypatch.setenv("GONGKAI_CLOCK", str(folder / "clock"))
    gongkai, office = Terminal(town.house.home), ("--office", "rsj")
    duty = gongkai.ok("due", "add", "answer", "2027-01-20", "--about", "办结情况", "--section", "sb", *office)["duty"]
    (before,) = gongkai.ok("due", *office)["duties"]
    assert (before["last"], before["provisional"]) == ("2027-02-23", True)
    gongkai.ok("due", "remind", duty)
    town.settle()
    assert "期限：2027-02-23（星期二）当天办结（暂定，国务院还没有公布当年放假安排）" in texts(town)[0]
    year = town.house.home / "2027.toml"
    year.write_text(YEAR + off(*OFF) + WORKED, "utf-8")
    assert gongkai.ok("calendar", "import", year, "--yes")["moved"] == [
        {"duty": duty, "was": "2027-02-23", "last": "2027-02-24"}
    ]
    town.settle()
    assert len(mails(town)) == 1, "not at once"
    pass_until(town, datetime(2026, 11, 24, 9, tzinfo=SHANGHAI))
    assert mails(town)[1:] == [("11-24 09", "sun", "【期限有变】")]
    told_now = texts(town)[0]
    assert "期限：2027-02-24（星期三）当天办结" in told_now
    assert "说明：原来是2027-02-23，放假安排有变，现在改了" in told_now
    assert "暂定" not in told_now
    (after,) = gongkai.ok("due", *office)["duties"]
    assert (after["last"], after["provisional"]) == ("2027-02-24", False)
    assert "暂定" not in gongkai("due", *office).out
    pass_until(town, datetime(2027, 2, 24, 12, tzinfo=SHANGHAI))
    assert [when for when, _, _ in mails(town)][2:] == ["02-17 09", "02-19 09", "02-23 09", "02-24 09"]


def test_an_emergency_is_told_by_the_hour_at_night_too(town: Town) -> None:
    begin(town, "briefing", MONDAY + timedelta(hours=3))
    pass_until(town, MONDAY + timedelta(hours=48))
    assert mails(town) == [
        ("11-24 00", "sun", "【今天到期】"),
        ("11-24 11", "sun", "【今天到期】"),
        ("11-24 12", "sun", "【已超期】特"),
        ("11-24 13", "sun", "【已超期】特"),
        ("11-24 14", "bgs", "【请督办】特"),
        ("11-24 15", "zheng", "【请督办】特"),
    ]


AWAY = {"to": "戴文", "first": date(2026, 12, 10), "last": date(2026, 12, 18)}


@pytest.mark.parametrize(
    "staff", [{**STAFF, "persons": {**STAFF["persons"], "孙股长": {"endpoints": ["sun"], "delegate": AWAY}}}]
)
def test_whoever_stands_in_for_somebody_is_told_on_those_days_and_both_know(town: Town) -> None:
    begin(town)
    pass_until(town, datetime(2026, 12, 14, 12, tzinfo=SHANGHAI))
    assert sorted(box for _, box, _ in mails(town)) == ["dai", "sun"]
    assert "说明：孙股长 2026-12-10 至 2026-12-18 由戴文代办，两人都收到这条提醒" in texts(town)[0]
    pass_until(town, datetime(2026, 12, 21, 12, tzinfo=SHANGHAI))
    assert [box for when, box, _ in mails(town) if when.startswith("12-21")] == ["sun"]


@pytest.mark.parametrize(
    "staff", [{**STAFF, "persons": {**STAFF["persons"], "郑局": {"endpoints": ["zheng", "group", "ban"]}}}]
)
def test_a_group_of_staff_is_told_too_and_a_public_list_never(town: Town) -> None:
    assert town.partners is not None
    begin(town)
    pass_until(town, datetime(2026, 12, 28, 12, tzinfo=SHANGHAI))
    assert [box for when, box, _ in mails(town) if when.startswith("12-28")] == ["zheng"]
    (said,) = town.partners.shown(ROBOT)
    assert said.startswith("**【请督办】意见采纳情况反馈：办结情况**")
    assert "> 期限：**2026-12-21（星期一）当天办结**" in said
    assert [found for _, found in verify(town.house, outlets=True) if found] == [], "the books agree"


def test_a_mail_whose_answer_nobody_saw_is_named_to_the_person_who_looks_into_it(
    town: Town, at: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.smtp.client.rules", lambda: replace(rules(), total=0.6))
    begin(town)
    tell(at, how="slow", seconds=30)
    pass_until(town, datetime(2026, 12, 14, 12, tzinfo=SHANGHAI))
    (found,) = town.house.store.read(unknowns)
    assert (found.endpoint, found.title) == ("sun", "【快到期】意见采纳情况反馈：办结情况")
