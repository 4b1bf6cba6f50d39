"""Reminders, and the process that is to say them killed again and again: none is said twice, and the last one of each
duty reaches its mailbox, or its phone. The mail server and the SMS vendor are another process with its own files."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_string
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from config.clock import SHANGHAI, DrivenClock
from notices.calendar.rules import rule
from notices.notice import MessageKind
from producers.audience_acts import read_audience
from producers.house import House, house
from streams.audiences import Audience
from streams.calendars import current
from streams.duties import add
from streams.reminders import REMIND, told
from streams.store.tables import delivery, message, trigger
from tests.faults.rig import Partners, partners
from tests.journeys.town import Outlet, furnish
from tests.producers.command.texting import CODES, KEYS, PHONE, SIGN, register
from tests.producers.serve.processes import free_ports, started
from tests.waiting import until

ACCOUNT = "neibu"
BEGIN = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
DUTIES = 6  # a working day apart
SEEDS = 20 if "GONGKAI_SOAK" in os.environ else 1
DAYS = (21, 25, 29, 32, 36)  # of the kills, since the beginning
ARRIVED = ("accepted", "delivered")  # a text whose receipt was asked for is delivered
STAFF: dict[str, Any] = {
    "heads": {"sb": "孙股长"},
    "office": "孙股长",
    "director": "孙股长",
    "persons": {"孙股长": {"endpoints": ["sun"]}},
}


@pytest.fixture
def clock(tmp_path: Path) -> DrivenClock:
    """That of the whole installation."""
    return DrivenClock(BEGIN, file=tmp_path / "now")


@pytest.fixture
def post(tmp_path: Path, clock: DrivenClock) -> Iterator[Partners]:
    """The mail server, and the vendor with what is registered there."""
    register(tmp_path / "inboxes", "aliyun")
    file = tmp_path / "inboxes" / "sms" / "aliyun.toml"
    file.write_text(f"limits = {{ notice_day = 1000 }}\n{file.read_text('utf-8')}", "utf-8")
    with partners(tmp_path, (), clock=tmp_path / "now", mail=(ACCOUNT,)) as running:
        yield running


def said(here: House) -> int:
    """How many reminders were said."""
    wanted = select(func.count()).where(message.c.kind == MessageKind.REMINDER)
    return here.store.read(lambda c: c.execute(wanted).scalar_one())


def due(here: House) -> int:
    """How many fell due and have not ended."""
    wanted = select(func.count()).where(
        trigger.c.act == REMIND, trigger.c.state == "planned", trigger.c.due_at <= here.clock.now()
    )
    return here.store.read(lambda c: c.execute(wanted).scalar_one())


def moved(here: House, before: int) -> bool:
    """Whether one was said, or none is left to be."""
    return said(here) > before or due(here) == 0


def outlet(channel: str, post: Partners) -> Outlet:
    """Where the one person is told."""
    if channel == "staff_sms":
        account = {"vendor": "aliyun", "key_id": KEYS["aliyun"], "secret": "sms-aliyun", "templates": CODES["aliyun"]}
        said = {"sign": SIGN, "phone": PHONE, "audience": "sun", "origin": f"http://127.0.0.1:{post.port}"}
        return Outlet("sun", channel, options=account | said)
    options = {"server": "127.0.0.1", "port": post.mail_port, "tls": "none", "user": ACCOUNT, "secret": ACCOUNT}
    return Outlet("sun", channel, options=options | {"sender": "g@yunling.example", "to": ["sun@yunling.example"]})


def marks(channel: str, post: Partners) -> list[str]:
    """What was taken there, each by our mark."""
    if channel == "staff_sms":
        return [line["mark"] for line in post.inbox("sms-aliyun") if line["what"] == "text"]
    return [str(message_from_string(line["message"])["Message-ID"]) for line in post.mails(ACCOUNT)]


@pytest.mark.parametrize("seed", range(11, 11 + SEEDS))
@pytest.mark.parametrize("channel", ["staff_mail", "staff_sms"])
def test_killed_at_any_time_no_reminder_is_said_twice_and_the_last_of_each_arrives(
    tmp_path: Path, clock: DrivenClock, post: Partners, channel: str, seed: int
) -> None:
    home, port, dice = tmp_path / "home", free_ports(2), random.Random(seed)
    furnish(home, port, [outlet(channel, post)], partners=post, staff=STAFF)
    with house(home, clock) as here:
        read_audience(here, Audience("sun", "rsj", "孙股长", "本单位内部", 30), ["13900000001"], by="林晓")
        current(here.store, "rsj")
        names = []
        for number in range(DUTIES):
            made = partial(add, rule=rule("feedback"), start=BEGIN + timedelta(days=number), office="rsj")
            one = here.store.write(partial(made, section="sb", about=f"第{number}件", by="林晓"))
            names.append(one.id)
        for kill, days in enumerate(DAYS):
            with started("up", home, port, clock=tmp_path / "now") as running:
                before = said(here)
                clock.set(BEGIN + timedelta(days=days, seconds=dice.uniform(0, 3_600)))
                if kill % 2:  # else wherever it stands a moment after its start
                    until(partial(moved, here, before))
                running.process.kill()
                running.process.wait()
        clock.set(BEGIN + timedelta(days=60))
        with started("up", home, port, clock=tmp_path / "now") as running:
            until(lambda: due(here) == 0)
            until(lambda: set(ends(here, names)) <= {*ARRIVED, "unknown"})
            assert running.end()[0] == 0
        fired = select(func.count()).where(trigger.c.act == REMIND, trigger.c.state == "fired")
        assert here.store.read(lambda c: c.execute(fired).scalar_one()) == said(here)
        record = here.store.read(lambda c: told(c, names))
        assert {name: record[name][-1].to.value for name in names} == dict.fromkeys(names, "director")
        messages = [one.message for name in names for one in record[name]]
        assert max(Counter(messages).values()) == 1
        assert len(messages) == said(here)
        arrived = [end for end in ends(here, names) if end in ARRIVED]
        assert len(arrived) >= DUTIES - len(DAYS), "one kill leaves one in doubt at most"
        taken = Counter(marks(channel, post))
        assert max(taken.values()) == 1, "nothing was taken twice"
        assert len(taken) >= DUTIES - len(DAYS)


def ends(here: House, names: list[str]) -> list[str]:
    """How the last reminder of each stands at its mailbox."""
    record = here.store.read(lambda c: told(c, names))
    last = [record[name][-1].message for name in names]
    wanted = select(delivery.c.state).where(delivery.c.message.in_(last))
    found = here.store.read(lambda c: list(c.execute(wanted).scalars()))
    return found if len(found) == len(names) else ["not planned"]
