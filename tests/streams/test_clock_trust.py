"""Whether the machine's clock is believed: by what it says, how long the machine ran, and who vouches for it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from config import boot
from config.boot import Boot
from config.clock import DrivenClock, SystemClock
from streams.clock_trust import JUMP, Mark, Reading, is_doubted, judge, look, read
from streams.store.migrate import open_store
from streams.store.store import Store
from streams.store.tables import micros
from tests.parts.postgres_older import ELSEWHERE

BEGIN = datetime(2026, 11, 23, 1, tzinfo=UTC)


def seen(clock: DrivenClock, *, vouched: bool = False) -> Reading:
    """One look at it."""
    at = clock.boot()
    return Reading(at.name, clock.now(), micros(clock.now()) - round(at.seconds * 1_000_000), vouched)


PASSING = st.floats(0, 10_000_000)
SMALL = st.floats(-0.9, 0.9)


@given(st.lists(st.tuples(PASSING, SMALL), max_size=12))
def test_time_that_passes_and_a_clock_that_drifts_are_believed_for_ever(steps: list[tuple[float, float]]) -> None:
    clock, mark = DrivenClock(BEGIN), None
    for seconds, drift in steps:
        clock.advance(seconds)
        clock.put(drift * JUMP.total_seconds())
        mark = judge(mark, seen(clock))
        assert mark.doubted_at is None


@given(st.floats(31, 1e8) | st.floats(-1e7, -31), st.lists(PASSING, max_size=6))
def test_a_clock_that_was_set_is_doubted_however_long_it_runs_on(put: float, later: list[float]) -> None:
    clock = DrivenClock(BEGIN)
    mark = judge(None, seen(clock))
    clock.put(put)
    for seconds in (0, *later):
        clock.advance(seconds)
        mark = judge(mark, seen(clock))
        assert mark.doubted_at is not None
    assert judge(mark, seen(clock, vouched=True)).doubted_at is None
    clock.put(-put)
    assert judge(mark, seen(clock)).doubted_at is None


@given(st.floats(-1e7, 1e8))
def test_after_a_start_of_the_machine_only_an_earlier_clock_is_doubted(put: float) -> None:
    clock = DrivenClock(BEGIN)
    mark = judge(None, seen(clock))
    clock.put(put, boot="another")
    assert (judge(mark, seen(clock)).doubted_at is not None) == (clock.now() < BEGIN - JUMP)


def test_doubt_lasts_since_it_began() -> None:
    clock = DrivenClock(BEGIN)
    mark = judge(None, seen(clock))
    clock.put(60)
    first = judge(mark, seen(clock))
    clock.advance(5)
    assert judge(first, seen(clock)) == first == Mark(mark.boot, mark.ahead, mark.seen_at, BEGIN + timedelta(minutes=1))


def test_this_machine_tells_how_long_it_ran_whatever_its_clock_says() -> None:
    clock = SystemClock()
    first = clock.boot()
    assert first.seconds > 0
    assert first.name == clock.boot().name == boot.BOOT_ID.read_text().strip()
    assert clock.boot().seconds >= first.seconds
    assert clock.is_synchronised() in (True, False)


def test_a_driven_clock_is_put_for_every_process_that_reads_its_file(tmp_path: Path) -> None:
    """One test drives them all: what one puts the others see, and how long the machine ran stays as it was."""
    one = DrivenClock(BEGIN, file=tmp_path / "now")
    other = DrivenClock(file=tmp_path / "now")
    ran = other.boot().seconds
    one.put(3600, boot="second")
    assert other.now() == BEGIN + timedelta(hours=1)
    assert (other.boot().name, other.boot().seconds) == ("second", ran)
    other.advance(60)
    assert one.boot().seconds == pytest.approx(ran + 60)


# -- the database's clock ----------------------------------------------------------------------------


def doubts(store: Store) -> bool:
    """What the scheduler and the lanes find, who must agree."""
    found = look(store, "here").doubted_at is not None
    assert store.read(lambda c: is_doubted(c, store, "here")) is found
    return found


@pytest.mark.parametrize(
    ("apart", "believed"), [(0, True), (30, True), (-30, True), (31, False), (-31, False), (None, False)]
)
@pytest.mark.parametrize("put", [86_400, -7_200])
def test_the_clock_of_a_database_elsewhere_vouches_when_it_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: float, apart: float | None, believed: bool
) -> None:
    clock = DrivenClock(BEGIN)
    store = open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", clock)
    assert not doubts(store)
    clock.put(put)

    def tells() -> datetime | None:
        return None if apart is None else clock.now() + timedelta(seconds=apart)

    monkeypatch.setattr(store, "elsewhere", tells)
    assert read(store).vouched is believed
    assert doubts(store) is not believed
    clock.advance(60)
    assert doubts(store) is not believed, "it does not come right by itself"
    monkeypatch.setattr(store, "elsewhere", clock.now)
    assert not doubts(store)
    store.close()


class Halting(DrivenClock):
    """One whose reader stands still for a minute, so often as it is told to, before it reads on."""

    halts = 0

    def boot(self) -> Boot:
        if self.halts:
            self.halts -= 1
            self.advance(60)
        return super().boot()


def test_who_stood_still_while_the_clock_was_read_doubts_nothing(tmp_path: Path) -> None:
    clock = Halting(BEGIN)
    store = open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", clock)
    assert not doubts(store)
    clock.halts = 2
    assert not doubts(store)
    assert clock.halts == 0
    clock.put(60)
    assert doubts(store), "it is still seen when somebody sets it"
    store.close()


def test_where_the_kernel_vouches_the_database_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = DrivenClock(BEGIN)
    store = open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", clock)
    monkeypatch.setattr(clock, "is_synchronised", lambda: True)
    monkeypatch.setattr(store, "elsewhere", lambda: pytest.fail("asked"))
    assert read(store).vouched
    store.close()


@pytest.mark.parametrize("far", [False, True], ids=["on this machine", "elsewhere"])
def test_only_a_postgresql_on_another_machine_tells_another_clock(oldest_postgres_url: str, far: bool) -> None:
    """A server that sees us at its own address is on this machine: whoever set our clock set its."""
    here = make_url(oldest_postgres_url)
    url = here.set(host=ELSEWHERE) if far else here
    clock, true = DrivenClock(SystemClock().now() - timedelta(hours=1)), SystemClock()
    store = open_store(url.render_as_string(hide_password=False), clock)
    before, said, after = true.now(), store.elsewhere(), true.now()
    assert (said is None) is not far
    assert said is None or before - timedelta(seconds=1) <= said <= after + timedelta(seconds=1)
    assert not doubts(store)
    clock.put(3_600)  # to what the other machine says
    assert doubts(store) is not far
    clock.put(3_600)
    assert doubts(store), "an hour from both"
    store.close()
