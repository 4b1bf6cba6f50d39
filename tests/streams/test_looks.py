"""What an office looks at by itself, on either store: begun once however often the night comes."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select

from config.clock import SHANGHAI
from notices.begins import SELF_CHECK
from notices.calendar.rules import rule
from notices.looks import LOOK, looks
from notices.notice import State
from streams.calendars import bring
from streams.duties import Owed, add, owed_in
from streams.looks import begin_looks
from streams.self_check import begin_self_check, begins_week, findings, told
from streams.store.store import Tx
from streams.store.tables import duty, notice
from tests.streams.installation import Installation

MONDAY = datetime(2026, 11, 30, 0, 5, tzinfo=SHANGHAI)


@pytest.fixture(params=("embedded-sqlite", "hostile-postgresql"))
def pair(request: pytest.FixtureRequest) -> str:
    """Either store."""
    return str(request.param)


def begun(here: Installation, by: str) -> list[Owed]:
    """What was begun so."""
    wanted = select(duty).where(duty.c.begun == by).order_by(duty.c.about)
    return here.store.read(lambda c: [owed_in(row) for row in c.execute(wanted)])


def test_what_is_amiss_is_told_once_a_week_and_of_the_office_alone(here: Installation) -> None:
    here.clock.set(MONDAY)
    here.store.write(bring)
    late = partial(add, rule=rule("explain"), start=MONDAY - timedelta(days=20), office="rsj", section="sb")
    here.store.write(partial(late, about="一件", by="测试"))
    found = here.store.read(lambda c: findings(c, "rsj", MONDAY))
    assert told(found, "zh") == "1项期限超期"
    for _ in range(2):
        for office in ("rsj", "ybj"):
            here.store.write(partial(begin_self_check, office=office, section="sb"))
    (one,) = begun(here, SELF_CHECK)
    assert (one.office, one.about, f"{one.last}") == ("rsj", "1项期限超期", "2026-11-30")


@pytest.mark.parametrize(
    ("since", "now", "begins"),
    [
        ("2026-11-30", "2026-11-30", True),  # Monday itself
        ("2026-12-01", "2026-12-01", False),
        ("2026-11-29", "2026-11-29", False),  # Sunday
        ("2026-11-28", "2026-12-02", True),  # nobody ran over the Monday
        ("2026-11-24", "2026-11-29", False),
    ],
)
def test_a_week_begins_on_monday_or_as_soon_as_somebody_runs(since: str, now: str, *, begins: bool) -> None:
    at = timedelta(minutes=5)
    first, last = (datetime.fromisoformat(day).replace(tzinfo=SHANGHAI) + at for day in (since, now))
    assert begins_week(first, last) is begins


def test_each_row_is_owed_once_in_a_half_year_by_who_was_there_before(here: Installation) -> None:
    here.clock.set(datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI))

    def released(tx: Tx) -> None:
        bring(tx)
        row: dict[str, object] = {
            "id": "a",
            "office": "rsj",
            "kind": "t01",
            "index_number": "a",
            "state": State.RELEASED,
        }
        row |= {"version": 1, "sequence": 1, "created_at": MONDAY, "released_at": MONDAY}
        tx.connection.execute(insert(notice), row)

    here.store.write(released)
    for _ in range(2):
        for office in ("rsj", "ybj"):
            here.store.write(partial(begin_looks, office=office, section="sb"))
    assert [one.about for one in begun(here, LOOK)] == sorted(one.about for one in looks())
    assert {one.office for one in begun(here, LOOK)} == {"rsj"}
