"""An office's quotas of a day, over midnight: what the vendor's witness has of each day, and what the ledger says."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Outcome
from config.clock import day_of
from sandbox.misbehave import How
from tests.journeys.phones import NUMBERS, Phones, phones

ALL = len(NUMBERS)


def texted(at: Phones) -> list[int]:
    """How many texts of ours each number got so far."""
    return [at.texted(number) for number in NUMBERS]


def next_day(at: Phones) -> None:
    """A second before midnight, then midnight, and a while."""
    _, ends = day_of(at.town.clock.now())
    at.town.clock.set(ends - timedelta(seconds=1))
    at.town.settle()
    at.town.clock.set(ends)
    at.town.settle(60, step=30)


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
def test_what_a_day_has_no_room_for_goes_on_the_next_ones(tmp_path: Path, vendor: str) -> None:
    with phones(tmp_path, vendor, batch=3, daily=4) as at:
        done = at.publish("按时办结情况")
        at.town.settle(60)
        assert texted(at) == [1] * 4 + [0] * 4, "a request of three and one of one"
        waits = [one for one in at.town.causes("phones") if "今天的发完了" in one]
        assert waits == [
            "本投放点一天发 4 条，今天的发完了；余下的 2 个号码 11-24 00:00 再发",
            "本投放点一天发 4 条，今天的发完了；余下的 2 个号码 11-24 00:00 再发",
        ]
        _, ends = day_of(at.town.clock.now())
        at.town.clock.set(ends - timedelta(seconds=1))
        at.town.settle()
        assert sum(texted(at)) == 4
        at.town.clock.set(ends)
        at.town.settle(60)
        assert texted(at) == [1] * ALL
        assert at.states(done) == [Outcome.ACCEPTED] * ALL


def test_a_number_has_its_share_of_a_day_and_the_others_go_first(tmp_path: Path) -> None:
    with phones(tmp_path, "aliyun", batch=8, daily_each=2) as at:
        for title in ("第一件情况", "第二件情况", "第三件情况"):
            at.publish(title)
            at.town.settle(60)
        assert texted(at) == [2] * ALL
        assert at.town.causes("phones")[-1] == "余下的 8 个号码今天各收满 2 条，11-24 00:00 再发"
        next_day(at)
        assert texted(at) == [3] * ALL
        assert at.totals() == Counter({Outcome.ACCEPTED: 3 * ALL})


def test_a_lost_answer_counts_until_it_is_known(tmp_path: Path) -> None:
    with phones(tmp_path, "aliyun", batch=3, daily=5) as at:
        at.misbehave(How.DROP)
        at.publish("按时办结情况")
        at.town.settle(60)
        assert sum(texted(at)) == 5
        next_day(at)
        assert texted(at) == [1] * ALL
