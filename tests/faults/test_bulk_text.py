"""A text to very many: a withdrawal stops it within one part, and an emergency does not wait behind it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.sms import sending
from config.clock import DrivenClock, SystemClock, wall
from producers.house import house
from producers.publish import publish
from producers.totals import Totals, totals
from streams.store.tables import delivery
from tests.faults import texts
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Town, opened, prepared

MANY = 10_000
STARTS = 1.0  # seconds until an emergency's first text is with the vendor
PARTS = {"aliyun": MANY // 1_000, "tencent": MANY // 200}
AFTER = 3  # requests after which it is withdrawn
GOING = 2  # parts of the bulk that are out when the emergency comes

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts.register(tmp_path / "inboxes")
    return tmp_path


@pytest.fixture
def at(folder: Path) -> Iterator[Partners]:
    """The vendors, by the office's clock."""
    DrivenClock(DrivenClock().now(), file=folder / "clock")
    with partners(folder, (), clock=folder / "clock") as running:
        yield running


def got(at: Partners, vendor: str, delivery: str) -> set[str]:
    """The numbers that got something of a delivery."""
    marks = texts.got(at, [vendor]).texts
    return {number for mark, of in marks.items() if mark.startswith(f"{delivery}.") for number in of}


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
def test_a_withdrawal_stops_a_bulk_text_within_one_part_and_goes_to_whom_it_reached(
    folder: Path, at: Partners, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, calls = DrivenClock(file=folder / "clock"), 0
    outlets = [texts.outlet(vendor, at.port)]
    with prepared(folder / "home", clock, outlets, partners=at) as ground, opened(ground) as town:
        people = texts.people(town.house, MANY)
        done, sends, withdrawn = town.publish("发到一半", channels=("sms",)), sending.send, []

        def send(*given: Any, **besides: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == AFTER:  # it is withdrawn while this request is under way
                withdrawn.append(town.withdraw(done, reason="数据需要核实。"))
                town.engine.run_stages()
            return sends(*given, **besides)

        monkeypatch.setattr(sending, "send", send)
        texts.forward(town)
        wanted = select(delivery.c.id).order_by(delivery.c.subject_sequence)
        first, second = town.house.store.read(lambda c: c.execute(wanted).scalars().all())
        had = got(at, vendor, first)
        assert len(had) == AFTER * (MANY // PARTS[vendor]), "the part under way is the last one"
        assert got(at, vendor, second) == had
        assert [one.people for one in withdrawn] == [len(had)], "it told who had it, or was being sent to"
        told = town.house.store.read(lambda c: totals(c, (first, second)))
        assert told[first] == Totals(taken=len(had), left_out=MANY - len(had)), "and the status tells it of everybody"
        assert told[second] == Totals(taken=len(had))
        assert texts.check(town.house, at, people).total() == 2 * MANY
        assert town.outcomes(done)[vendor][1] == "accepted"


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
def test_an_emergency_starts_while_a_bulk_text_goes_out(folder: Path, vendor: str) -> None:
    """By the machine's own clock, the engine's threads at work."""
    clock: Any = SystemClock()  # nothing here drives it
    with partners(folder, ()) as at:
        outlets = [texts.outlet(vendor, at.port, quiet_from="00:00", quiet_to="00:00")]
        with prepared(folder / "home", clock, outlets, partners=at) as ground, house(ground.home, clock) as here:
            texts.people(here, MANY)
            town = Town(here, clock, at)
            bulk = town.publish("很多人的通知", channels=("sms",)).notice
            expiry = f"{wall(clock.now() + timedelta(hours=5)):%Y-%m-%d %H:%M}"
            urgent = town.draft("紧急的通知", channels=("sms",), more=("紧急程度: 紧急", f'失效时刻: "{expiry}"'))
            town.engine.start()
            try:
                texts.begun_with(here, at, vendor, bulk, parts=GOING)
                emergency = publish(here, urgent, by=BY).notice
                taken_in = clock.now()
                started = texts.begun_with(here, at, vendor, emergency)
                out = len(texts.parts_out(here, at, vendor, bulk))
            finally:
                town.engine.stop()
    seconds = (started - taken_in).total_seconds()
    print(f"\n{vendor}: an emergency starts {seconds:.2f} s after it is taken in, {out} of {PARTS[vendor]} parts out")  # noqa: T201  # the figure is wanted
    assert out < PARTS[vendor], "the bulk was through before the emergency came"
    assert seconds <= STARTS
