"""What became of texts at the persons they went to: counted, each person once, and never named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from channels.base import Outcome
from config.clock import DrivenClock
from producers.totals import FIELDS, Totals, totals
from streams.reached import report
from streams.store.tables import delivery
from tests.channels.sms.vendors import NINE
from tests.journeys.town import Ground, Town, opened
from tests.producers.command.texting import at, listed, register
from tests.producers.desk import column
from tests.sandbox.process import Running, running


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Running]:
    """腾讯云, on the office's clock."""
    register(tmp_path / "vendor", "tencent")
    DrivenClock(NINE, file=tmp_path / "vendor" / "now")
    with running(tmp_path / "vendor", clock=tmp_path / "vendor" / "now") as server:
        yield server


@pytest.fixture
def town(vendor: Running, tmp_path: Path) -> Iterator[Town]:
    """An office that texts twelve persons, four in a request."""
    gongkai = at(vendor, "tencent", tmp_path / "home", batch=4)
    listed(gongkai, 12)
    with opened(Ground(gongkai.home, DrivenClock(NINE, file=vendor.home / "now"))) as here:
        yield here


def found(town: Town) -> list[Totals]:
    """Of every delivery to persons, in order."""
    wanted = select(delivery.c.id).where(delivery.c.endpoint == "phones").order_by(delivery.c.sequence)

    def read(connection: Connection) -> list[Totals]:
        names = list(connection.execute(wanted).scalars())
        of = totals(connection, names)
        return [of[name] for name in names]

    return town.house.store.read(read)


def test_everybody_is_counted_once_wherever_the_text_is(town: Town, vendor: Running) -> None:
    vendor.misbehave(
        how="code", partner="tencent", code="LimitExceeded.PhoneNumberThirtySecondLimit", numbers=["13900000005"]
    )
    done = town.publish("办结情况", channels=("website", "sms"))
    assert done.people == 12
    town.engine.run_until_idle()
    assert found(town) == [Totals(taken=11, waiting=1)]
    withdrawn = town.withdraw(done, reason="重新统计")
    assert withdrawn.people == 11
    vendor.misbehave(how="well", partner="tencent")
    town.settle(120)
    assert found(town)[0] == Totals(taken=11, left_out=1)
    assert sum(vars(found(town)[1]).values()) == 11


def test_what_receipts_say_is_counted(town: Town) -> None:
    town.publish("办结情况", channels=("website", "sms"))
    town.engine.run_until_idle()
    name = dict(zip(column(town, delivery.c.endpoint), column(town, delivery.c.id), strict=True))["phones"]
    said = [(0, Outcome.DELIVERED), (1, Outcome.DELIVERED), (2, Outcome.FAILED)]
    rows = [
        {"delivery": name, "place": place, "state": state, "cause": "", "reported_at": NINE} for place, state in said
    ]
    town.house.store.write(lambda tx: report(tx, rows))
    assert found(town) == [Totals(arrived=2, failed=1, taken=9)]


def test_a_part_that_was_refused_as_a_whole_counts_its_persons(town: Town, vendor: Running) -> None:
    vendor.misbehave(how="code", partner="tencent", code="FailedOperation.TemplateIncorrectOrUnapproved")
    town.publish("办结情况", channels=("website", "sms"))
    town.settle(600)
    (of,) = found(town)
    assert (of.refused, sum(vars(of).values())) == (12, 12)


def test_every_outcome_has_its_place() -> None:
    assert FIELDS.keys() == set(Outcome)
    assert set(FIELDS.values()) == set(vars(Totals()))


def test_what_goes_to_outlets_alone_has_no_totals(town: Town) -> None:
    town.publish("办结情况", channels=("website",))
    town.engine.run_until_idle()
    names = column(town, delivery.c.id)
    assert town.house.store.read(lambda c: totals(c, names)) == {}
