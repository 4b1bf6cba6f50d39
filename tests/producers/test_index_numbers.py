"""Index numbers: the office's pattern, unique whoever publishes at the same time, and never used twice."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from notices.notice import Office
from notices.problem import FileRefused
from producers.index_numbers import IndexTaken, likely, take
from producers.lookup import AmbiguousNotice, find
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


def test_a_given_number_is_one_notices_alone_whatever_its_office(town: Town) -> None:
    publish(town.house, written(town, "旧件补录", "索引号: 2019-7"), by=BY)
    with pytest.raises(IndexTaken, match="2019-7"):
        publish(town.house, written(town, "旧件补录", "索引号: 2019-7", of="ybj"), by=BY)
    assert column(town, notice.c.index_number) == ["2019-7"]


def test_two_offices_whose_patterns_write_the_same_step_over_each_other(town: Town) -> None:
    alike = [office(id=name, index_pattern="{year}-{serial:03d}") for name in ("rsj", "ybj")]
    publish(town.house, written(town, "旧件补录", "索引号: 2026-001"), by=BY)
    assert [taken(town, 1, of=of) for of in alike] == [["2026-002"], ["2026-002"]], "only a notice makes it taken"
    publish(town.house, written(town, "旧件补录之二", "索引号: 2026-003"), by=BY)
    assert taken(town, 1, of=alike[1]) == ["2026-004"]


def test_a_name_of_two_notices_is_refused_with_both(town: Town) -> None:
    """As a store may hold that was filled before numbers were one notice's alone."""
    first = publish(town.house, written(town, "旧件补录", "索引号: 2019-7"), by=BY)
    second = publish(town.house, written(town, "旧件补录", "索引号: 2019-8", of="ybj"), by=BY)
    called = update(notice).where(notice.c.id == first.notice).values(index_number=second.notice)
    town.house.store.write(lambda tx: tx.connection.execute(called))
    with pytest.raises(AmbiguousNotice) as refused:
        town.house.store.read(lambda c: find(c, second.notice))
    assert set(refused.value.candidates) == {f"{first.notice}（rsj）", f"{second.notice}（ybj）"}


@pytest.mark.parametrize("given", ["A/n/1", "014421084/2026-243412", "云人社〔2026〕7", "YB-2026-001"])
def test_a_number_with_slashes_is_found_again(town: Town, given: str) -> None:
    done = publish(town.house, written(town, "旧件补录", f"索引号: {given}"), by=BY)
    assert town.house.store.read(lambda c: find(c, given)).id == done.notice
    assert town.house.store.read(lambda c: find(c, done.address)).id == done.notice


@pytest.mark.parametrize(
    "given", ["2019 7", "../7", "a/../b", "<b>7</b>", "7//8", "-7", "2019.7", "7" * 65, "202611-7k3q9d2m", "7“8”"]
)
def test_a_given_number_is_letters_digits_and_marks_between(town: Town, given: str) -> None:
    with pytest.raises(FileRefused) as refused:
        written(town, "旧件补录", f'索引号: "{given}"')
    assert [(one.field, one.key) for one in refused.value.problems] == [("索引号", "index_number")]


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
from producers.lookup import AmbiguousNotice, find
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
