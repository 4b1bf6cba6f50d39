"""Staff are reminded of what they owe: by mail and in their group, rung by rung, until it is met; and nobody else is.

The mail server and the group's robot are processes of their own, and as strict as the real ones.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_string, policy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock, wall
from notices.calendar.rules import rule
from producers.schedule.fire import fire_due
from streams.calendars import add_own, current
from streams.duties import Owed, add, done, duties_of, owed, pause, recount, resume
from streams.reminders import told
from streams.store.tables import trigger
from streams.triggers import next_look
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Outlet, Town, opened, prepared, tell

ACCOUNT, ROBOT = "neibu", "tixing"
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
NAMES = {"林晓": "lin", "何静": "he", "孙股长": "sun", "办公室": "bgs", "郑局": "zheng", "代办": "dai"}
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
    with prepared(
        tmp_path / "home", clock, [*boxes, robot, everyone], partners=at, reachable=False, staff=staff
    ) as ground, opened(ground) as here:
        yield here


def begin(town: Town, name: str = "feedback", start: datetime = MONDAY, section: str = "sb") -> Owed:
    """Something the office owes."""
    current(town.house.store, "rsj")
    made = partial(add, rule=rule(name), start=start, office="rsj", section=section, about="办结情况", by=BY)
    return town.house.store.write(made)


def pass_until(town: Town, until: datetime) -> None:
    """Let time pass from one planned instant to the next, with the scheduler and the lanes at work."""
    while (now := town.clock.now()) < until:
        coming = town.house.store.read(next_look)
        town.clock.set(until if coming is None or coming <= now else min(until, coming))
        fire_due(town.house)
        town.settle()


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
                at = wall(read["Date"].datetime)  # type: ignore[union-attr]  # a header that is parsed
                found.append((f"{at:%m-%d %H}", box, str(read["Subject"])[:6]))
    return found


def text_of_last(town: Town) -> str:
    """What the last mail says."""
    assert town.partners is not None
    body = message_from_string(town.partners.mails(ACCOUNT)[-1]["message"], policy=policy.default).get_content()
    return str(body)


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


def test_owner_and_deputy_of_the_notice_are_told_what_to_do(town: Town) -> None:
    done_ = town.publish("关于缴费基数的通知", channels=("mail",))
    town.settle()
    pass_until(town, MONDAY + timedelta(hours=1))
    assert [box for _, box, _ in mails(town)] == ["all"]
    one = begin(town, "answer")
    pass_until(town, datetime(2026, 12, 14, 12, tzinfo=SHANGHAI))
    assert one.last == date(2026, 12, 21)
    text = text_of_last(town)
    assert "【快到期】答复公开申请：办结情况" in text
    assert "期限：2026-12-21（周一）当天办结" in text
    assert "依据：政府信息公开条例第三十三条" in text
    assert f"命令：gongkai due done {one.id} --how 怎么办的" in text
    assert f"http://127.0.0.1:8081/due#{one.id}" in text
    assert town.outcomes(done_).keys() == {"ban"}, "no notice goes to staff"
