"""A notice of each kind goes through its whole life on every channel: released, corrected twice, withdrawn."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import Rendition, names
from config.clock import DrivenClock
from config.kinds import kinds
from notices.document import Draft, read
from notices.matter import EXTENDS
from notices.notice import Content
from notices.samples import lay_out
from producers.audience_acts import read_audience
from producers.correct import correct
from producers.publish import publish
from producers.rendering import render_one, routed
from streams.audiences import Audience
from streams.outlets import Endpoint
from tests.channels.contract import made, options, tools
from tests.factories import message, version, withdrawal
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import spare, today
from tests.source import ROOT

NOBODY = 9
SAMPLES = sorted(file.stem for file in (ROOT / "samples").glob("t*.md"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One office with an endpoint of every channel; what leaves the machine is rehearsed."""
    home = tmp_path_factory.mktemp("town") / "home"
    furnish(home, NOBODY, [Outlet(name, name, options=options(name), pretend=True) for name in names()])
    with opened(Ground(home, DrivenClock())) as here:
        endpoints = routed(here.house, "rsj", names())
        for name in filter(None, {here.house.outlets.channel(one).audience for one in endpoints}):
            wanted = Audience(name, "rsj", "领取养老金人员", "《中华人民共和国社会保险法》第四条", 30)
            read_audience(here.house, wanted, ["13900000001"], by=BY)
        yield here


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sample", SAMPLES)
def test_it_is_released_corrected_twice_and_withdrawn(town: Town, tmp_path: Path, sample: str) -> None:
    first = _draft(town, tmp_path, sample)
    _in_turn(town, tmp_path, first.content)
    done = publish(town.house, first, by=BY)
    for number in (2, 3):
        body = f"{first.content.body}\n\n补充说明之{number}。\n"
        again = replace(first, content=first.content.model_copy(update={"body": body}))
        assert (
            correct(town.house, done.notice, again, note="正文末尾补充了说明。", minor=False, by=BY).version == number
        )
    assert town.withdraw(done, reason="上级文件已经调整，原件停止执行。").withdrawn


def _draft(town: Town, folder: Path, sample: str) -> Draft:
    """The sample for every channel that has a form for it; it stands by itself."""
    file = next(file for file in lay_out(ROOT / "samples", folder, town.clock.now()) if file.stem == sample)
    draft = read(file, offices=[town.house.outlets.office("rsj")], public_channels=names())
    there = [endpoint.channel for endpoint in routed(town.house, "rsj", names()) if _speaks(town, endpoint, draft)]
    return replace(draft, ties=(), content=draft.content.model_copy(update={"channels": tuple(there)}))


def _in_turn(town: Town, folder: Path, content: Content) -> None:
    """Let the matter of it have come so far that it may be published."""
    if kinds()[content.kind].decides or content.fields.get("open_to", "9") < f"{today(town)}":
        spare(town, content.fields["dossier"])
    if content.kind == EXTENDS:
        asked = _draft(town, folder, "t06b-consultation-posts")
        fields = {"body": f"{asked.content.body}\n\n欢迎提出意见。\n", "channels": ("website",)}
        publish(town.house, replace(asked, content=asked.content.model_copy(update=fields)), by=BY)


def _speaks(town: Town, endpoint: Endpoint, draft: Draft) -> bool:
    return town.house.outlets.channel(endpoint).speaks_of(draft.content.kind)


def test_a_figure_of_ours_never_keeps_a_notice_from_being_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stand there, and all that its office could do is to have it nowhere."""
    with tools(tmp_path) as given:
        channel = made("website", given)
        render = channel.render
        monkeypatch.setattr(channel, "render", lambda said: replace(render(said), text="第99版"))
        assert not isinstance(render_one(channel, message()), Rendition)
        gone = message(version(), previous=version(), sequence=2, withdrawal=withdrawal())
        assert isinstance(render_one(channel, gone), Rendition)
