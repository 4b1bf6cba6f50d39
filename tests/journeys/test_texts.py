"""Texts through the whole engine to the phones: what their holders see is what the office approved."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from channels.base import Outcome
from channels.sms.texts import texts
from config.clock import DrivenClock, wall
from notices.matter import begin_of
from notices.patience import Patience
from producers.audience_acts import opt_numbers_out, read_audience
from producers.correct import correct
from producers.held import held
from producers.house import house
from producers.matter_look import look
from producers.planned import planned
from producers.preview import preview
from producers.publish import publish
from producers.reach import OverCeiling
from producers.sample_vendor import register
from producers.timed import retry
from streams.audiences import Audience
from streams.calendars import foreseen
from streams.clock_trust import look as look_at_the_clock
from streams.recover import sweep
from streams.store.tables import delivery
from streams.triggers import State
from tests.channels.sms.vendors import NINE
from tests.faults.rig import Partners
from tests.journeys.town import BY, Outlet, Town, prepared
from tests.producers.desk import written
from tests.producers.papers import NUMBER, consult, consultation, paper, said, work
from tests.sandbox.process import Running, running

NUMBERS = ["13900000001", "13900000002", "13900000003"]
OPTIONS: dict[str, Any] = {
    "vendor": "aliyun",
    "audience": "insured",
    "sign": "云岭高新区人社局",
    "phone": "12333",
    "site": "区人社局网站",
    "key_id": "LTAI5tSandboxGongkai",
    "secret": "sms-aliyun",
    "templates": {name: f"SMS_{number}" for number, name in enumerate(texts().templates, 1)},
}


@pytest.fixture
def clock(tmp_path: Path) -> DrivenClock:
    return DrivenClock(NINE, file=tmp_path / "now")


@pytest.fixture
def vendor(clock: DrivenClock, tmp_path: Path) -> Iterator[Running]:
    register(tmp_path / "there" / "sms", OPTIONS)
    with running(tmp_path / "there", clock=tmp_path / "now") as found:
        yield found


@pytest.fixture
def town(vendor: Running, clock: DrivenClock, tmp_path: Path) -> Iterator[Town]:
    """An installation whose one outlet are the phones of three insured persons."""
    with texting(vendor, clock, tmp_path) as here:
        yield here


@contextmanager
def texting(vendor: Running, clock: DrivenClock, tmp_path: Path, **more: Any) -> Iterator[Town]:
    """Such an installation, with further options of its endpoint."""
    port = int(vendor.origin.rpartition(":")[2])
    partners = Partners(vendor.home, vendor.home / "secrets", port)
    outlets = [Outlet("phones", "sms", options=OPTIONS | {"origin": vendor.origin} | more)]
    with prepared(tmp_path / "here", clock, outlets, partners=partners) as ground, house(ground.home, clock) as here:
        insured = Audience("insured", "rsj", "参保人员", "《中华人民共和国社会保险法》第四条", 30)
        read_audience(here, insured, NUMBERS, by=BY)
        yield Town(here, clock)
    shutil.rmtree(tmp_path / "here")  # numbers, though nobody's


def came(vendor: Running) -> dict[str, list[str]]:
    """The texts that the vendor sent, by number, as its witness has them."""
    lines = map(json.loads, (vendor.home / "sms-aliyun.jsonl").read_text("utf-8").splitlines())
    found: dict[str, list[str]] = {number: [] for number in NUMBERS}
    for line in lines:
        if line["what"] == "text":
            found[line["number"]].append(line["text"])
    return found


def test_the_holder_of_a_phone_reads_what_was_approved(
    town: Town, vendor: Running, browser_page: Page, tmp_path: Path
) -> None:
    front = ("渠道: [sms]",)
    draft = written(town, "办结情况", *front)
    done = publish(town.house, draft, by=BY)
    town.settle(30)
    page = browser_page
    page.goto(f"{vendor.origin}/phones")
    page.get_by_role("link", name="139****0002").click()
    bubbles = page.locator("li.theirs p")
    (shown,) = preview(town.house, draft, "sms", tmp_path / "preview").files
    approved = shown.path.read_text("utf-8").splitlines()[0]
    expect(bubbles).to_have_text([approved])

    assert opt_numbers_out(town.house, "rsj", [NUMBERS[2]], how="电话", by=BY) == 1
    changed = written(town, "办结情况", *front, replace=("186", "196"))
    correct(town.house, done.notice, changed, note="受理件数更正为196件。", minor=False, by=BY)
    town.settle(30)
    expect(bubbles).to_have_count(2)
    expect(bubbles.nth(1)).to_contain_text("更正，请以本条为准：")
    expect(bubbles.nth(1)).to_contain_text("196件")

    town.withdraw(done, reason="统计口径有误。", leaves="gone")
    town.settle(30)
    expect(bubbles).to_have_count(3)
    expect(bubbles.nth(2)).to_contain_text("已撤回")
    expect(bubbles.nth(2)).not_to_contain_text("196")
    assert [len(of) for of in came(vendor).values()] == [3, 3, 1], "who opted out is left alone"
    assert town.outcomes(done)["phones"] == [Outcome.ACCEPTED] * 3


def test_what_happens_in_a_window_reaches_the_phones_when_the_quiet_hours_end(town: Town, vendor: Running) -> None:
    consult(town, 渠道="[sms]")  # from tomorrow on, for 31 days
    (announced,) = came(vendor)[NUMBERS[0]]
    day = wall(town.clock.now()).replace(hour=0, minute=0)
    heard: list[tuple[str, int]] = []
    for days in (1, 30, 33):  # it opens, three days are left, it has closed
        for hour in (0, 7, 8, 9):
            town.clock.set(day + timedelta(days=days, hours=hour))
            work(town)
            town.settle(30)
            heard += [(text, hour) for text in came(vendor)[NUMBERS[0]][1 + len(heard) :]]
    assert [hour for _, hour in heard] == [8, 8, 8]
    said = [("即将截止" in text, "已截止" in text) for text, _ in heard]
    assert said == [(False, False), (True, False), (False, True)]
    assert "公益性岗位" in announced
    assert all("公益性岗位开发管理办法" in text for text, _ in heard)


@pytest.mark.parametrize("put", [34_200, -7_200], ids=["past the quiet hours", "before the quiet hours"])
def test_a_clock_that_was_set_wakes_nobody_at_night(town: Town, vendor: Running, put: float) -> None:
    day = wall(town.clock.now()).replace(hour=0, minute=0)
    town.clock.set(day + timedelta(hours=23))
    look_at_the_clock(town.house.store, town.house.station)
    publish(town.house, written(town, "办结情况", "渠道: [sms]"), by=BY)
    town.settle(30)
    town.clock.put(put)
    publish(town.house, written(town, "又一件", "渠道: [sms]"), by=BY)
    town.settle(60)
    assert came(vendor)[NUMBERS[0]] == [], "it is night, whatever the clock says"
    waiting = held(town.house)
    assert (waiting.acts, waiting.sends) == (0, 2 if put > 0 else 1), "what is due by that clock"
    sweep(town.house.store, town.house.outlets, limit=20)
    town.clock.put(-put)
    sweep(town.house.store, town.house.outlets, limit=20)
    town.settle(60)
    assert came(vendor)[NUMBERS[0]] == []
    assert held(town.house).doubted_at is None
    town.clock.set(day + timedelta(days=1, hours=8))
    town.settle(30)
    assert [len(of) for of in came(vendor).values()] == [2, 2, 2]


def test_who_was_asked_hears_when_the_answer_was_promised_and_that_it_is_late(town: Town, vendor: Running) -> None:
    consult(town, 渠道="[sms]")
    promised = look(town.house, "rsj", NUMBER).matter.window.feedback_by  # type: ignore[union-attr]  # there is one
    assert promised is not None
    late = Patience(None, town.house.store.read(lambda c: foreseen(c, "rsj"))).ends_at(promised)
    town.clock.set(begin_of(promised) - timedelta(seconds=1))
    work(town)
    before = len(came(vendor)[NUMBERS[0]])
    heard: list[tuple[str, int]] = []
    for day in (begin_of(promised), late):
        for hour in (0, 7, 8, 9):
            town.clock.set(day + timedelta(hours=hour))
            work(town)
            town.settle(30)
            heard += [(text, hour) for text in came(vendor)[NUMBERS[0]][before + len(heard) :]]
    assert [hour for _, hour in heard] == [8, 8], "at the end of the quiet hours"
    (due, _), (overdue, _) = heard
    assert f"承诺于{promised.month}月{promised.day}日公开，公开后可在" in due
    assert f"承诺于{promised.month}月{promised.day}日公开，现已超期" in overdue


def test_an_extension_is_texted_once_and_the_first_end_is_not(town: Town, vendor: Running) -> None:
    consult(town, 渠道="[sms]")
    opens(town)
    window = look(town.house, "rsj", NUMBER).matter.window
    assert window is not None
    longer, promised = window.open_to + timedelta(days=20), window.open_to + timedelta(days=60)
    dates = {"原截止日": f"{window.open_to}", "延长后截止日": f"{longer}", "反馈承诺日": f"{promised}"}
    before = len(came(vendor)[NUMBERS[0]])
    said(town, publish(town.house, paper(town, "t15", **dates, 渠道="[sms]", 渠道用语=""), by=BY))
    town.settle(60)
    (notice, event) = came(vendor)[NUMBERS[0]][before:]
    assert f"征求意见延长到{longer.month}月{longer.day}日，提交方式见" in notice
    assert f"征求意见延长，截至{longer.month}月{longer.day}日，可在" in event
    town.clock.set(window.closes_at + timedelta(hours=8))
    work(town)
    town.settle(60)
    assert len(came(vendor)[NUMBERS[0]]) == before + 2


def test_a_consultation_that_is_dropped_is_texted_once_and_nothing_of_it_comes(town: Town, vendor: Running) -> None:
    done = consult(town, 渠道="[sms]")
    opens(town)
    before = len(came(vendor)[NUMBERS[0]])
    town.withdraw(done, reason="内容有误，重新征求。")
    work(town)
    town.settle(60)
    (withdrawn,) = came(vendor)[NUMBERS[0]][before:]
    assert "征求意见公告已撤回" in withdrawn
    town.clock.set(wall(town.clock.now()) + timedelta(days=90))
    work(town)
    town.settle(60)
    assert len(came(vendor)[NUMBERS[0]]) == before + 1


def test_what_will_be_told_of_a_window_may_not_cost_more_than_the_consultation(
    vendor: Running, clock: DrivenClock, tmp_path: Path
) -> None:
    with texting(vendor, clock, tmp_path, price="0.05", ceiling="0.2") as town:
        with pytest.raises(OverCeiling):  # each text of it has two parts, and three persons have it
            consult(town, 渠道="[sms]")
        said(town, publish(town.house, consultation(town, 渠道="[sms]"), by=BY, over_ceiling=True))
        opens(town)
        assert [len(texts_) for texts_ in came(vendor).values()] == [2, 2, 2], "what a person let through holds for it"


@pytest.mark.logs_errors
def test_what_has_come_to_cost_too_much_waits_for_a_person(vendor: Running, clock: DrivenClock, tmp_path: Path) -> None:
    with texting(vendor, clock, tmp_path, price="0.05", ceiling="1") as town:
        consult(town, 渠道="[sms]")
        more = [f"1390000{number:04}" for number in range(1, 100)]
        read_audience(
            town.house, Audience("insured", "rsj", "参保人员", "《中华人民共和国社会保险法》第四条", 30), more, by=BY
        )
        opens(town)
        assert [len(texts_) for texts_ in came(vendor).values()] == [1, 1, 1]
        waiting = select(delivery.c.state).where(delivery.c.endpoint == "phones").order_by(delivery.c.sequence)
        first, then = town.house.store.read(lambda c: c.execute(waiting).scalars().all())
        assert first in (Outcome.ACCEPTED, Outcome.DELIVERED), "the vendor's receipt comes by its own clock"
        assert then == Outcome.PARKED


def test_a_timed_text_that_costs_too_much_at_its_instant_waits_for_a_person(
    vendor: Running, clock: DrivenClock, tmp_path: Path
) -> None:
    with texting(vendor, clock, tmp_path, price="0.05", ceiling="1") as town:
        at = (wall(clock.now()) + timedelta(hours=1)).replace(second=0, microsecond=0)
        front = (f"定时发布: {at:%Y-%m-%d %H:%M}", "渠道: [sms]")
        done = publish(town.house, written(town, "办结情况", *front), by=BY)
        more = [f"1390000{number:04}" for number in range(1, 100)]
        read_audience(
            town.house, Audience("insured", "rsj", "参保人员", "《中华人民共和国社会保险法》第四条", 30), more, by=BY
        )
        clock.set(at)
        work(town)
        [one] = planned(town.house, ["rsj"])
        assert one.state == State.REFUSED
        assert "phones" in one.cause
        town.settle(60)
        assert (came(vendor)[NUMBERS[0]], town.outcomes(done)) == ([], {})
        retry(town.house, done.notice, over_ceiling=False, by=BY)
        work(town)
        assert [one.state for one in planned(town.house, ["rsj"])] == [State.REFUSED], "it costs no less"
        retry(town.house, done.notice, over_ceiling=True, by=BY)
        work(town)
        town.settle(60)
        assert town.outcomes(done) == {"phones": [Outcome.ACCEPTED]}
        assert planned(town.house, ["rsj"]) == []


def opens(town: Town) -> None:
    """Let it be eight o'clock on the window's first day, and a little later."""
    town.clock.set((wall(town.clock.now()) + timedelta(days=1)).replace(hour=8, minute=0))
    work(town)
    town.settle(60)


@pytest.mark.parametrize(("hours", "texts_"), [(8, 2), (8 + 24 * 2, 1)])
def test_what_is_told_days_late_rings_nobodys_phone(town: Town, vendor: Running, hours: int, texts_: int) -> None:
    consult(town, 渠道="[sms]")  # 31 days from tomorrow
    town.clock.set((wall(town.clock.now()) + timedelta(days=33)).replace(hour=0, minute=0) + timedelta(hours=hours))
    work(town)
    town.settle(60)
    assert len(came(vendor)[NUMBERS[0]]) == texts_
