"""What stands in the folder after a poster, its correction, its withdrawal, and a send that was killed."""

from pathlib import Path

import pytest

from channels.base import Accepted, Nature, Refused
from channels.poster import Channel
from notices.notice import Message
from tests import factories
from tests.channels.poster.conftest import poster
from tests.channels.poster.samples import messages

FIRST = messages()["t09-hall-outage"]
SECOND = factories.message(
    FIRST.version.model_copy(update={"number": 2, "public_note": "恢复时间有变化，以本版为准。"}),
    previous=FIRST.version,
)
WITHDRAWN = factories.message(SECOND.version, sequence=3, withdrawal=factories.withdrawal(reason="供电已经恢复。"))
FOLDER = f"public/posters/{FIRST.subject}"


def send(channel: Channel, message: Message) -> Accepted:
    """Render and send; the answer."""
    todo = factories.work(message, channel.render(message))
    assert channel.next_step(todo) == "write"
    answer = channel.send("write", todo)
    assert isinstance(answer, Accepted)
    done = factories.work(message, todo.rendition, scratch=answer.scratch)
    assert channel.next_step(done) is None
    assert channel.read_back(done) == ""
    return answer


def standing(channel: Channel) -> dict[str, bytes]:
    """The files of the notice by name."""
    return {file.name: file.read_bytes() for file in (channel.tools.place / FOLDER).iterdir()}


def test_a_poster_lies_ready_until_a_person_confirms(channel: Channel) -> None:
    answer = send(channel, FIRST)
    assert channel.nature is Nature.HUMAN
    assert answer.note.startswith("待张贴")
    assert answer.ask_again_at is None
    assert standing(channel) == {file.name: file.body for file in channel.render(FIRST).files}
    assert answer.reference == f"posters/{FIRST.subject}/v1-A3.pdf、posters/{FIRST.subject}/v1-A3.png"


def test_a_correction_stands_at_the_addresses_of_what_it_replaces(channel: Channel) -> None:
    send(channel, FIRST)
    answer = send(channel, SECOND)
    made = {file.name: file.body for file in channel.render(SECOND).files}
    assert standing(channel) == {
        "v2-A3.pdf": made["v2-A3.pdf"],
        "v2-A3.png": made["v2-A3.png"],
        "v1-A3.pdf": made["off-A3.pdf"],
        "v1-A3.png": made["off-A3.png"],
    }
    assert "撤下第1版" in answer.note


def test_a_withdrawal_stands_at_the_addresses_of_all(channel: Channel) -> None:
    for message in (FIRST, SECOND, WITHDRAWN):
        answer = send(channel, message)
    made = {file.name: file.body for file in channel.render(WITHDRAWN).files}
    assert made.keys() == {"off-A3.pdf", "off-A3.png"}
    found = standing(channel)
    assert found.keys() == {f"{name}-A3.{end}" for name in ("v1", "v2", "off") for end in ("pdf", "png")}
    assert {name: body == made[f"off-A3.{name[-3:]}"] for name, body in found.items()} == dict.fromkeys(found, True)
    assert answer.note.startswith("待撤下")


def test_an_endpoint_that_never_had_the_first_version_shows_only_the_second(channel: Channel) -> None:
    send(channel, SECOND)
    assert standing(channel).keys() == {"v2-A3.pdf", "v2-A3.png"}


def test_what_never_was_an_image_needs_no_image_to_replace_it(tmp_path: Path) -> None:
    send(poster(tmp_path), FIRST)
    without = poster(tmp_path, png=False)
    send(without, SECOND)
    assert standing(without).keys() == {"v1-A3.pdf", "v2-A3.pdf"}  # the image of version 1 went with it


def test_an_older_version_never_takes_the_place_of_a_newer_one(channel: Channel) -> None:
    send(channel, SECOND)
    before = standing(channel)
    with pytest.raises(Refused, match="已有更新的一版"):
        channel.send("write", factories.work(FIRST, channel.render(FIRST)))
    assert standing(channel) == before


def test_sending_again_changes_nothing(channel: Channel) -> None:
    send(channel, FIRST)
    send(channel, SECOND)
    before = standing(channel)
    send(channel, SECOND)
    assert standing(channel) == before


def test_reading_back_sees_what_was_changed_or_taken_away(channel: Channel) -> None:
    send(channel, FIRST)
    work = factories.work(FIRST, channel.render(FIRST))
    folder = channel.tools.place / FOLDER
    (folder / "v1-A3.pdf").write_bytes(b"another")
    (folder / "v1-A3.png").unlink()
    found = channel.read_back(work)
    assert found is not None
    assert "v1-A3.pdf 与批准的不一样" in found
    assert "没有 posters" in found
    assert channel.read_back(factories.work(SECOND, channel.render(SECOND))) != ""


def test_papers_do_not_share_a_rendition(tmp_path: Path) -> None:
    editions = {poster(tmp_path).edition, poster(tmp_path, paper="A2").edition, poster(tmp_path, png=False).edition}
    assert editions == {"A3 png", "A2 pdf", "A3 pdf"}
    assert poster(tmp_path, paper="A2", png=True).edition == "A2 pdf"  # an image is for A3 only


def test_without_fonts_nothing_is_released(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    channel.ready()
    monkeypatch.setenv("GONGKAI_FONTS", "/nowhere")
    with pytest.raises(Refused, match="字体不在 /nowhere"):
        channel.ready()
