"""What docs/capacity.md says of a province is what the simulation prints, and it tells too little from enough."""

import random
import re
import shlex
import subprocess
import sys

import pytest

from benchmarks import capacity, province
from tests.source import ROOT


@pytest.mark.slow
def test_the_guide_prints_what_its_command_does() -> None:
    guide = (ROOT / "docs/capacity.md").read_text("utf-8")
    found = re.search(r"```sh\npython (-m benchmarks\.province .*)\n```\n\n```text\n(.*?)```", guide, re.DOTALL)
    assert found
    done = subprocess.run(
        [sys.executable, *shlex.split(found[1])], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == found[2]


@pytest.mark.slow
def test_what_it_reckons_with_is_measured_by_the_command_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`python -m benchmarks.capacity`" in (ROOT / "docs/capacity.md").read_text("utf-8")
    for name, few in (("NOTICES", 40), ("WARM", 8), ("IN_ROW", 20)):
        monkeypatch.setattr(capacity, name, few)
    rate, turn, each = capacity.measure()
    assert rate > 0
    assert 0 < turn < 60
    assert 1_000 < each < 100_000, "a dozen rows with their indexes"


def test_everything_that_was_published_goes_out_where_there_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(province, "DAYS", 10)
    monkeypatch.setattr(province, "NOTICES", 2_000)
    monkeypatch.setattr(province, "OUTAGES", 0.0)
    enough, little = (province.simulate(1, rate, 0.04, random.Random(province.SEED)) for rate in (100.0, 100.0 / 60))
    assert enough.notices == little.notices > 0
    asked = enough.notices * (province.OWN + int(province.PARTNERS * province.HEAR))
    assert (enough.attempts, enough.late) == (asked, 0)
    assert enough.busiest == little.busiest, "what is asked for is the same"
    assert little.attempts < asked
    assert little.queue > enough.queue
    assert little.waited > 0
