"""Publish: everything of a notice at once or nothing, never twice, never to the wrong outlet."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import Channel, Rendition, load
from config.clock import DrivenClock
from notices.notice import Message, Scope, State
from notices.problem import FileRefused
from producers.house import House
from producers.lookup import UnknownNotice
from producers.publish import NoEndpoint, prepare, publish
from producers.rendering import NotFit
from streams.audit import verify
from streams.outlets import Outlets
from streams.store.tables import delivery, index_counter, notice
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.desk import acts_of, books, column, events_of, written
from tests.source import ROOT
from tests.streams.installation import NoHttp, NoSmtp


def test_a_release_is_told_step_by_step_and_written_in_the_audit(town: Town) -> None:
    done = publish(town.house, written(town, "办结情况"), by="林晓")
    life = ["drafted", "submitted", "approved", "released"]
    assert events_of(town, done.notice) == [f"gongkai.notice.{step}.v1" for step in life]
    assert acts_of(town, done.notice) == [f"notice.{step}" for step in life]
    assert not done.already
    assert town.house.store.read(lambda c: list(verify(c, town.house.heads))) == []


def test_what_was_approved_reaches_the_outlets(town: Town) -> None:
    done = publish(town.house, written(town, "办结情况"), by=BY)
    town.settle()
    assert town.outcomes(done) == {"site": ["accepted"], "feeds": ["accepted"]}
    month, _, name = done.notice.partition("-")
    page = town.house.home / f"outlets/site/public/n/{month}/{name}.html"
    assert "办结情况" in page.read_text("utf-8")


def test_the_same_file_twice_is_one_notice(town: Town) -> None:
    draft = written(town, "办结情况")
    first = publish(town.house, draft, by=BY)
    before = books(town)
    again = publish(town.house, written(town, "办结情况"), by=BY)
    assert (again.notice, again.index_number, again.address) == (first.notice, first.index_number, first.address)
    assert again.already
    assert again.message is None
    assert books(town) == before


def test_the_same_file_from_eight_desks_at_once_is_one_notice(town: Town) -> None:
    draft = written(town, "办结情况")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: publish(town.house, draft, by=BY), range(8)))
    assert len({one.notice for one in done}) == len(column(town, notice.c.id)) == 1
    assert sum(not one.already for one in done) == 1


def test_the_same_text_of_another_office_is_another_notice(town: Town) -> None:
    first = publish(town.house, written(town, "办结情况"), by=BY)
    other = publish(town.house, written(town, "办结情况", of="ybj"), by=BY)
    assert other.notice != first.notice
    assert not other.already


def test_no_notice_reaches_another_offices_outlets(town: Town) -> None:
    done = publish(town.house, written(town, "办结情况", of="ybj"), by=BY)
    town.settle()
    assert town.outcomes(done).keys() == {"ybj-site", "ybj-feeds"}
    assert not (town.house.home / "outlets/site").exists()
    assert "/ybj/n/" in done.address


def test_a_tie_to_another_offices_notice_leads_nowhere(town: Town) -> None:
    theirs = publish(town.house, written(town, "办结情况", of="ybj"), by=BY)
    before = books(town)
    tie = ("关联:", f"  - {{类型: 相关, 标题: 办结情况, 公开件: {theirs.notice}}}")
    with pytest.raises(UnknownNotice, match=theirs.notice):
        publish(town.house, written(town, "另一件", *tie), by=BY)
    assert books(town) == before


def test_what_is_not_for_the_whole_public_is_refused_by_every_public_channel(town: Town) -> None:
    """Also when the file was read by somebody who did not look."""
    draft = written(town, "内部通知", "公开范围: 本单位", public=())
    before = books(town)
    with pytest.raises(NotFit) as caught:
        publish(town.house, draft, by=BY)
    assert {(reason.channel, reason.scope) for reason in caught.value.reasons} == {
        ("website", Scope.UNIT),
        ("feed", Scope.UNIT),
    }
    assert books(town) == before


def test_a_channel_without_an_outlet_is_said(town: Town) -> None:
    with pytest.raises(NoEndpoint, match="webhook"):
        publish(town.house, written(town, "办结情况", "渠道: [webhook]"), by=BY)


def test_nobody_signs_in_the_future(town: Town) -> None:
    draft = written(town, "办结情况")
    town.clock.advance(-86_400)
    before = books(town)
    with pytest.raises(FileRefused) as refused:
        publish(town.house, draft, by=BY)
    assert [(one.field, one.key) for one in refused.value.problems] == [
        ("签发.时间", "ahead"),
        ("保密审查.时间", "ahead"),
    ]
    lines = Path(draft.file).read_text("utf-8").splitlines()
    for one, name in zip(refused.value.problems, ("签发", "保密审查"), strict=True):
        assert one.line > lines.index(f"{name}:") + 1
        assert lines[one.line - 1].strip().startswith("时间")
        assert "2026-11-22 09:00" in one.fix("zh")
    assert books(town) == before


@pytest.mark.parametrize(
    ("label", "value", "key", "allowed"),
    [
        ("成文日期", "2027-11-23", "far_ahead", "30天"),
        ("形成日期", "2027-01-01", "far_ahead", "30天"),
        ("拟公开日期", "2026-11-24", "too_early", "到那天"),
        ("失效时刻", "2026-11-23 09:00", "expired", "2026-11-23 09:00"),
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_line(
    town: Town, label: str, value: str, key: str, allowed: str
) -> None:
    draft = written(
        town, "办结情况", *([] if label in SAMPLE else [f"{label}: {value}"]), replace=replaced(label, value)
    )
    before = books(town)
    with pytest.raises(FileRefused) as refused:
        publish(town.house, draft, by=BY)
    (problem,) = refused.value.problems
    assert (problem.field, problem.key) == (label, key)
    assert allowed in problem.text("zh")
    assert Path(draft.file).read_text("utf-8").splitlines()[problem.line - 1].startswith(f"{label}:")
    assert books(town) == before


SAMPLE = ("成文日期", "形成日期")


def replaced(label: str, value: str) -> tuple[str, str]:
    """A line of the sample with another value."""
    return (f'{label}: "2026-11-23"', f'{label}: "{value}"') if label in SAMPLE else ("", "")


def misprinting(house: House) -> House:
    """The same house with a website whose template gets one figure wrong."""
    website = load("website")

    class Misprint(website):  # type: ignore[misc, valid-type]  # a class that is found by name
        def render(self, message: Message) -> Rendition:
            made: Rendition = super().render(message)
            return replace(made, text=made.text.replace("186", "188"))

    def find(name: str) -> type[Channel]:
        return Misprint if name == "website" else load(name)

    outlets = Outlets(
        house.configuration, house.store, http=NoHttp(), own=NoHttp(), smtp=NoSmtp(), token="t", find=find
    )
    return replace(house, outlets=outlets)


def test_a_figure_that_nobody_approved_is_refused_and_located(town: Town) -> None:
    before = books(town)
    with pytest.raises(NotFit) as caught:
        publish(misprinting(town.house), written(town, "办结情况"), by=BY)
    [reason] = caught.value.reasons
    assert reason.channel == "website"
    assert {stray.figure for stray in reason.strays} == {"188件"}
    assert all("188" in stray.near for stray in reason.strays)
    assert books(town) == before


def test_preparing_writes_nothing_down(town: Town) -> None:
    before = books(town)
    prepared = prepare(town.house, written(town, "办结情况"))
    assert len(prepared.renditions) == 2
    assert books(town) == before
    assert not (town.house.home / "outlets").exists()


def test_an_endpoint_added_later_hears_what_is_published_then(home: Path) -> None:
    with opened(Ground(home, DrivenClock())) as town:
        publish(town.house, written(town, "办结情况之一"), by=BY)
        town.settle()
    more = (Outlet("site", "website"), Outlet("feeds", "feed"), Outlet("second-site", "website"))
    furnish(home, 9, more)
    with opened(Ground(home, DrivenClock())) as town:
        done = publish(town.house, written(town, "办结情况之二"), by=BY)
        town.settle()
        assert town.outcomes(done).keys() == {"site", "feeds", "second-site"}
        assert column(town, delivery.c.endpoint).count("second-site") == 1


DIES = """
import os, signal, sys
from pathlib import Path
from config.clock import DrivenClock
from producers import publish
from tests.journeys.town import Ground, opened
from tests.producers.desk import written

release = publish._release

def dies(tx, *arguments, **named):
    release(tx, *arguments, **named)
    print("rendered and written, not committed", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

publish._release = dies
with opened(Ground(Path(sys.argv[1]), DrivenClock())) as town:
    publish.publish(town.house, written(town, "办结情况"), by="测试")
"""


def test_one_that_dies_before_its_commit_leaves_nothing(home: Path) -> None:
    with opened(Ground(home, DrivenClock())) as town:
        before = books(town)
    command = [sys.executable, "-c", DIES, str(home)]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert died.stdout == "rendered and written, not committed\n"
    with opened(Ground(home, DrivenClock())) as town:
        assert books(town) == before
        assert town.house.store.read(lambda c: list(verify(c, town.house.heads))) == []
        done = publish(town.house, written(town, "办结情况"), by=BY)
        assert not done.already
        assert done.index_number.endswith("00001")
        assert column(town, notice.c.state) == [State.RELEASED]
        assert column(town, index_counter.c.serial) == [1]
