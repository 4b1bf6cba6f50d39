"""Index numbers: the office's pattern, unique whoever publishes at the same time, and never used twice."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notices.notice import Office
from producers.index_numbers import IndexTaken, likely, take
from producers.publish import publish
from streams.store.tables import notice
from tests.factories import office
from tests.journeys.town import BY, Town
from tests.producers.desk import books, column, written
from tests.source import ROOT

RSJ, YBJ = office(), office(id="ybj", code="11530100MB1A2B3C5E", index_pattern="YB-{year}-{serial:03d}")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def taken(town: Town, times: int, now: datetime = NOW, of: Office = RSJ) -> list[str]:
    """So many numbers, one after another."""
    return [town.house.store.write(lambda tx: take(tx, of, now)) for _ in range(times)]


def test_they_count_up_by_the_offices_pattern_each_office_for_itself(town: Town) -> None:
    assert taken(town, 2) == ["11530100MB1A2B3C4D/2026-00001", "11530100MB1A2B3C4D/2026-00002"]
    assert taken(town, 2, of=YBJ) == ["YB-2026-001", "YB-2026-002"]


def test_the_year_is_the_one_in_shanghai(town: Town) -> None:
    new_year = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # half past midnight there
    assert taken(town, 1, new_year) == ["11530100MB1A2B3C4D/2027-00001"]
    assert taken(town, 1) == ["11530100MB1A2B3C4D/2026-00001"]


def test_the_likely_one_is_the_next_one_and_reserves_nothing(town: Town) -> None:
    for _ in range(3):
        guess = town.house.store.read(lambda c: likely(c, RSJ, NOW))
        assert guess == town.house.store.read(lambda c: likely(c, RSJ, NOW))
        assert taken(town, 1) == [guess]


def test_a_number_that_was_taken_is_gone_even_when_nothing_came_of_it(town: Town) -> None:
    taken(town, 1)
    done = publish(town.house, written(town, "办结情况"), by=BY)
    assert done.index_number.endswith("00002")


def test_a_number_can_be_given_and_is_stepped_over_afterwards(town: Town) -> None:
    given = publish(town.house, written(town, "旧件补录", "索引号: 11530100MB1A2B3C4D/2026-00002"), by=BY)
    assert given.index_number == "11530100MB1A2B3C4D/2026-00002"
    numbers = [publish(town.house, written(town, f"办结情况之{number}"), by=BY).index_number for number in range(2)]
    assert numbers == ["11530100MB1A2B3C4D/2026-00001", "11530100MB1A2B3C4D/2026-00003"]


def test_a_given_number_that_is_taken_is_refused_and_nothing_is_changed(town: Town) -> None:
    done = publish(town.house, written(town, "办结情况"), by=BY)
    before = books(town)
    with pytest.raises(IndexTaken, match=done.index_number):
        publish(town.house, written(town, "另一件", f"索引号: {done.index_number}"), by=BY)
    assert books(town) == before


def test_another_office_may_have_the_same_number(town: Town) -> None:
    for of in ("rsj", "ybj"):
        done = publish(town.house, written(town, "旧件补录", "索引号: 2019-7", of=of), by=BY)
        assert done.index_number == "2019-7"


def test_eight_threads_get_eight_numbers(town: Town) -> None:
    drafts = [written(town, f"办结情况之{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda draft: publish(town.house, draft, by=BY), drafts))
    numbers = [one.index_number for one in done]
    assert len(set(numbers)) == 16
    assert sorted(column(town, notice.c.index_number)) == sorted(numbers)


PUBLISHES = """
import sys
from pathlib import Path
from config.clock import DrivenClock
from producers.publish import publish
from tests.journeys.town import Ground, opened
from tests.producers.desk import written

with opened(Ground(Path(sys.argv[1]), DrivenClock())) as town:
    drafts = [written(town, f"办结情况之{sys.argv[2]}{number}") for number in range(3)]
    print("ready", flush=True)
    sys.stdin.readline()
    for draft in drafts:
        print(publish(town.house, draft, by="测试").index_number, flush=True)
"""


@pytest.mark.slow
def test_several_processes_get_as_many_numbers(home: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHES, str(home), name],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in "abc"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # all at once
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    numbers = []
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        numbers += out.split()
    assert len(numbers) == len(set(numbers)) == 9
