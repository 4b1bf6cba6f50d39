"""Staff are reminded on their phones by way of the office's SMS vendors: once, rung by rung, and no number is told.

The vendors are a process of their own, as strict as the real ones; both have only what was registered with them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from channels.base import Outcome
from channels.sms.texts import texts
from config.clock import SHANGHAI, DrivenClock
from notices.calendar.rules import rule
from notices.document import read
from notices.reminders import Rung
from notices.samples import lay_out
from producers.audience_acts import opt_numbers_out, read_audience
from producers.check import check
from producers.publish import publish
from producers.reminding import Nobody, remind_now
from producers.schedule.fire import fire_due
from producers.unknowns import unknowns
from streams.audiences import Audience
from streams.calendars import current
from streams.duties import Owed, add, duties_of
from streams.reminders import told
from streams.store.tables import delivery, reached
from tests.faults.rig import Partners
from tests.journeys.town import BY, Outlet, Town, opened, pass_until, prepared
from tests.producers.command.texting import APP, CODES, KEYS, PHONE, SIGN, register
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import tell, witness
from tests.source import ROOT

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
NUMBERS = {"lin": "13912340001", "sun": "13912340002", "zheng": "13912340004"}
TOKEN = "0f9d3c5be1a274680f9d3c5be1a27468"
BASIS = "《中华人民共和国个人信息保护法》第十三条"
STAFF: dict[str, Any] = {
    "heads": dict.fromkeys(("sb", "jy", "bgs"), "孙股长"),
    "director": "郑局",
    "persons": {"林晓": {"endpoints": ["lin"]}, "孙股长": {"endpoints": ["sun"]}, "郑局": {"endpoints": ["zheng"]}},
}


@pytest.fixture
def vendors(tmp_path: Path) -> Iterator[Running]:
    """Both; 腾讯云 has agreed to longer variables."""
    folder = tmp_path / "there"
    folder.mkdir()
    DrivenClock(MONDAY, file=folder / "now")
    for name in KEYS:
        register(folder, name)
    file = folder / "sms" / "tencent.toml"
    file.write_text(f"variable_length = 35\n{file.read_text('utf-8')}", "utf-8")
    with running(folder, clock=folder / "now") as server:
        (folder / "secrets" / "huidiao").write_text(TOKEN)
        yield server


def account(vendors: Running, vendor: str, *, staff: bool = True) -> dict[str, Any]:
    """The office's, with what is registered for staff, or for the public."""
    ours = texts().sent(to_staff=staff)
    of = {"vendor": vendor, "key_id": KEYS[vendor], "secret": f"sms-{vendor}", "origin": vendors.origin}
    of |= {"app": APP} if vendor == "tencent" else {}
    return of | {"templates": {name: CODES[vendor][name] for name in ours}, "variable_length": 35}


@contextmanager
def office(vendors: Running, vendor: str = "aliyun", **more: Any) -> Iterator[Town]:
    """An office that reminds three of its staff by text, and texts citizens from the same account."""
    clock = DrivenClock(MONDAY, file=vendors.home / "now")
    common = {"sign": SIGN, "phone": PHONE}
    to_staff = common | account(vendors, vendor) | more
    boxes = [Outlet(name, "staff_sms", options={"audience": name, **to_staff}) for name in NUMBERS]
    public = common | account(vendors, vendor, staff=False) | {"callbacks": "huidiao", "audience": "insured"}
    at = Partners(vendors.home, vendors.home / "secrets", int(vendors.origin.rpartition(":")[2]))
    outlets = [*boxes, Outlet("phones", "sms", options=public), Outlet("feeds", "feed")]
    with (
        prepared(vendors.home.parent / "here", clock, outlets, partners=at, staff=STAFF) as ground,
        opened(ground) as town,
    ):
        for name, number in NUMBERS.items():
            read_audience(town.house, Audience(name, "rsj", name, BASIS, 30), [number], by=BY)
        yield town


@pytest.fixture
def town(vendors: Running) -> Iterator[Town]:
    with office(vendors) as here:
        yield here


def begin(town: Town, name: str = "feedback", about: str = "办结情况") -> Owed:
    """Something the office owes; nobody is its owner, so the head of the section is told."""
    current(town.house.store, "rsj")
    made = partial(add, rule=rule(name), start=town.clock.now(), office="rsj", section="sb", about=about, by=BY)
    return town.house.store.write(made)


def day_by_day(town: Town, first: date, last: date) -> None:
    """Until noon on ``last``, with a look every noon."""
    for number in range((last - first).days + 1):
        pass_until(town, datetime.combine(first + timedelta(days=number), time(12), SHANGHAI))


def came(vendors: Running, vendor: str = "aliyun") -> list[tuple[str, str]]:
    """Whose phone got what from a vendor, in order."""
    whose = {number: name for name, number in NUMBERS.items()}
    lines = witness(vendors, vendor)
    return [(whose[line["number"].removeprefix("+86")], line["text"].partition("】")[2]) for line in lines]


def states(town: Town) -> list[str]:
    """How each delivery to staff stands, in order."""
    wanted = select(delivery.c.state).where(delivery.c.endpoint.in_(NUMBERS)).order_by(delivery.c.planned_at)
    return town.house.store.read(lambda c: list(c.execute(wanted).scalars()))


def each(town: Town) -> list[str]:
    """What is known of each person who was texted."""
    return town.house.store.read(lambda c: list(c.execute(select(reached.c.state)).scalars()))


def test_the_owner_is_texted_before_the_day_and_the_head_once_it_is_late(
    town: Town, vendors: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = town.house.home / "files"
    folder.mkdir()
    laid = lay_out(ROOT / "samples", folder, town.clock.now())
    file = next(file for file in laid if file.stem == "t06b-consultation-posts")
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(("渠道:", "责任人:", "B角:"))]
    file.write_text("\n".join([lines[0], "渠道: [feed]", "责任人: 林晓", "B角: 何静", *lines[1:], ""]), "utf-8")
    done = publish(town.house, read(file, offices=[town.house.outlets.office("rsj")], public_channels=[]), by=BY)
    town.settle()
    owes = town.house.store.read(lambda c: duties_of(c, done.notice))
    one = next(one for one in owes if one.begun == "feedback-promised")
    assert one.last is not None
    day_by_day(town, one.last - timedelta(days=8), one.last)
    got = came(vendors)
    assert {name for name, _ in got} == {"lin"}, "nothing of anybody's but the owner's"
    day = f"{one.last.month}月{one.last.day}日"
    ours = [text for _, text in got if "承诺的意见反馈" in text]
    assert [text.partition("）")[0] for text in ours] == [*["内部提醒（快到期"] * 3, "内部提醒（今天到期"], "each once"
    assert all(f"承诺的意见反馈，期限{day}。事项：关于" in text for text in ours)
    day_by_day(town, one.last, one.last + timedelta(days=1))
    late = [(name, text) for name, text in came(vendors) if "已超期" in text]
    assert ("sun", f"{ours[0].replace('快到期', '已超期')}") in late
    said = town.house.store.read(lambda c: told(c, [one.id]))[one.id]
    assert [(each.to, each.endpoints) for each in said][-2:] == [(Rung.OWNER, ("lin",)), (Rung.HEAD, ("sun",))]
    shown = requests.get(f"{vendors.origin}/phones", timeout=10).text
    assert "139****0001" in shown
    assert_told_nowhere(town, capfd)


def assert_told_nowhere(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    """No number is in any file of the installation, the store and what was served included, or in what was logged."""
    kept = [file for file in town.house.home.rglob("*") if file.is_file()]
    assert any(file.name == "gongkai.sqlite" for file in kept)
    printed = "".join(capfd.readouterr())
    for number in NUMBERS.values():
        assert [file.name for file in kept if number.encode() in file.read_bytes()] == []
        assert number not in printed
        assert number not in repr(town.house.outlets)


def test_a_receipt_posted_to_the_citizens_address_of_the_account_makes_it_delivered(
    town: Town, vendors: Running
) -> None:
    begin(town)
    pass_until(town, datetime(2026, 12, 14, 9, 1, tzinfo=SHANGHAI))
    assert [name for name, _ in came(vendors)] == ["sun"]
    assert states(town) == [Outcome.ACCEPTED]
    address = f"{town.house.configuration.public_url}/sms/phones/{TOKEN}/receipts"
    assert tell(vendors, "aliyun", "receipts", to=address, patience=20) == {"receipts": 1, "taken": 1, "waiting": 0}
    town.settle()
    assert (states(town), each(town)) == ([Outcome.DELIVERED], [Outcome.DELIVERED])


def test_without_a_posted_receipt_it_is_asked_for(town: Town, vendors: Running) -> None:
    begin(town)
    pass_until(town, datetime(2026, 12, 14, 9, 1, tzinfo=SHANGHAI))
    assert states(town) == [Outcome.ACCEPTED]
    tell(vendors, "aliyun", "receipts")
    town.settle(900, step=60)
    assert (states(town), each(town)) == ([Outcome.DELIVERED], [Outcome.DELIVERED])


@pytest.mark.parametrize(("vendor", "ends"), [("aliyun", Outcome.ACCEPTED), ("tencent", Outcome.UNKNOWN)])
def test_a_text_whose_answer_nobody_saw_is_unknown_and_never_sent_again(
    vendors: Running,
    vendor: str,
    ends: Outcome,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """阿里云 finds it when it is asked; 腾讯云 cannot tell, and a person decides."""
    other = "tencent" if vendor == "aliyun" else "aliyun"
    with office(vendors, vendor, second=account(vendors, other)) as town:
        begin(town)
        vendors.misbehave(partner=vendor, how="reset", times=1, at="SendSms")
        pass_until(town, datetime(2026, 12, 14, 9, tzinfo=SHANGHAI))
        assert states(town) == [Outcome.UNKNOWN]
        (found,) = town.house.store.read(unknowns)
        assert (found.endpoint, found.title) == ("sun", "【快到期】意见采纳情况反馈：办结情况")
        pass_until(town, datetime(2026, 12, 14, 12, tzinfo=SHANGHAI))
        town.settle(120, step=60)
        assert states(town) == [ends]
        assert [name for name, _ in came(vendors, vendor)] == ["sun"]
        assert came(vendors, other) == []
        assert_told_nowhere(town, capfd)


def test_the_second_vendor_sends_what_the_first_surely_did_not(
    vendors: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    with office(vendors, second=account(vendors, "tencent")) as town:
        begin(town)
        vendors.misbehave(partner="aliyun", how="code", code="isv.AMOUNT_NOT_ENOUGH", at="SendSms")
        pass_until(town, datetime(2026, 12, 14, 9, 5, tzinfo=SHANGHAI))
        assert states(town) == [Outcome.ACCEPTED]
        assert came(vendors) == []
        ((name, text),) = came(vendors, "tencent")
        assert (name, text.partition("，")[0]) == ("sun", "内部提醒（快到期）：意见采纳情况反馈")
        assert_told_nowhere(town, capfd)


def test_quiet_hours_hold_what_is_counted_in_days_and_not_what_is_in_hours(town: Town, vendors: Running) -> None:
    one = begin(town)
    town.clock.set(datetime(2026, 11, 24, 23, tzinfo=SHANGHAI))
    remind_now(town.house, one.id, Rung.HEAD, by=BY)
    town.settle()
    assert came(vendors) == []
    urgent = begin(town, "briefing", "停电")
    remind_now(town.house, urgent.id, Rung.HEAD, by=BY)
    town.settle()
    ((name, text),) = came(vendors)
    assert (name, "事项：停电" in text, "期限11月25日23:00" in text) == ("sun", True, True)
    pass_until(town, datetime(2026, 11, 25, 8, 1, tzinfo=SHANGHAI))
    assert "事项：办结情况" in came(vendors)[-1][1]


def test_after_a_standstill_whoever_can_be_texted_is_though_a_later_rung_cannot(town: Town, vendors: Running) -> None:
    one = begin(town)
    opt_numbers_out(town.house, "rsj", [NUMBERS["zheng"]], how="电话", by=BY)
    assert one.ends_at is not None
    town.clock.set(one.ends_at + timedelta(days=14, hours=12))
    fire_due(town.house)
    town.settle()
    assert [name for name, _ in came(vendors)] == ["sun"]


def test_a_list_of_citizens_is_not_texted_by_mistake_and_who_opted_out_is_left_alone(
    town: Town, vendors: Running
) -> None:
    one = begin(town)
    opt_numbers_out(town.house, "rsj", [NUMBERS["zheng"]], how="电话", by=BY)
    with pytest.raises(Nobody, match="投放点 zheng 的受众里没有可发的号码"):
        remind_now(town.house, one.id, Rung.DIRECTOR, by=BY)
    many = [f"1395678{number:04}" for number in range(40)]
    read_audience(town.house, Audience("sun", "rsj", "参保人员", BASIS, 30), many, by=BY)
    with pytest.raises(Nobody, match=r"要发给 40 人，4\.00 元，超过上限 1\.00 元"):
        remind_now(town.house, one.id, Rung.HEAD, by=BY)
    town.settle()
    assert (came(vendors), states(town)) == ([], [])


def test_check_refuses_a_list_of_citizens_for_staff(vendors: Running) -> None:
    with office(vendors, audience="insured") as town:
        found = [one for one in check(town.house.home, town.clock) if "内部提醒会发给群众" in one.what]
        reverse = [one for one in check(town.house.home, town.clock) if "发给他们而不是群众" in one.what]
    assert {one.level for one in (*found, *reverse)} == {"wrong"}
    assert sorted(one.what.partition("：")[0] for one in found) == ["投放点 lin", "投放点 sun", "投放点 zheng"]
    assert [one.what.partition("：")[0] for one in reverse] == ["投放点 phones"]


def test_staff_are_not_reminded_by_a_list_of_citizens_however_few_they_are(vendors: Running) -> None:
    with office(vendors, audience="insured") as town:
        read_audience(town.house, Audience("insured", "rsj", "参保人员", BASIS, 30), ["13956780001"], by=BY)
        one = begin(town)
        with pytest.raises(Nobody, match=r"投放点 sun 的受众“insured”也是投放点 phones 的群众名单.*另读一份名单"):
            remind_now(town.house, one.id, Rung.HEAD, by=BY)
        town.settle()
        assert (came(vendors), states(town)) == ([], [])


def test_check_compares_what_is_registered_for_staff_alone(town: Town) -> None:
    found = [(one.level, one.what) for one in check(town.house.home, town.clock) if "投放点 sun：" in one.what]
    assert [(level, "3 个模板已经通过审核" in what) for level, what in found] == [("well", True)]
