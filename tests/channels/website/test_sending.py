"""Write, then read back: older never over newer, repeats change nothing, and only what was read back is delivered."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import Accepted, Delivered, Refused, TryAgain
from channels.files import PUBLIC
from channels.shelf import opened
from notices.notice import Attachment, Message
from tests.channels.website.conftest import Outlet, everything, outlet_in, served
from tests.factories import message, version, withdrawal


def correction(outlet: Outlet, first: Message) -> Message:
    changed = first.version.model_copy(update={"number": 2, "title": "改正后的标题", "public_note": "标题写错。"})
    return outlet.addressed(message(changed, previous=first.version))


def test_what_is_read_back_as_written_is_delivered(live: Outlet) -> None:
    said = live.said()
    todo = live.work(said)
    written, read = live.steps(todo)
    assert isinstance(written, Accepted)
    assert written.ask_again_at == live.clock.now()  # at once: it is our own machine
    assert read == Delivered(reference=said.address)
    assert live.channel.read_back(todo) == ""


def test_every_step_may_be_repeated(live: Outlet) -> None:
    todo = live.work(live.said())
    live.channel.send("write", todo)
    before = live.files()
    live.channel.send("write", todo)
    assert live.files() == before
    for _ in range(2):
        assert isinstance(live.channel.send("read back", replace(todo, scratch={"asked": 0})), Delivered)


def test_an_older_message_never_takes_the_place_of_a_newer_one(outlet: Outlet) -> None:
    first = outlet.said()
    late = outlet.work(first)
    outlet.write(correction(outlet, first))
    shown = outlet.files()
    answer = outlet.channel.send("write", late)
    assert isinstance(answer, Accepted)
    assert answer.ask_again_at is None  # nothing more to do
    assert answer.note
    assert outlet.files() == shown
    assert "改正后的标题" in outlet.page(first)


def test_a_withdrawal_is_never_overtaken(outlet: Outlet) -> None:
    first = outlet.said()
    late = outlet.work(correction(outlet, first))
    outlet.write(outlet.addressed(message(first.version, sequence=3, withdrawal=withdrawal())))
    outlet.channel.send("write", late)
    assert "本件已撤回" in outlet.page(first)


def test_what_was_overtaken_before_it_was_read_back_is_not_called_delivered(live: Outlet) -> None:
    first = live.said()
    todo = live.write(first)
    live.write(correction(live, first))
    answer = live.channel.send("read back", replace(todo, scratch={"asked": 0}))
    assert isinstance(answer, Accepted)
    assert answer.ask_again_at is None


def test_a_neighbour_that_changes_the_page_does_not_spoil_reading_back(live: Outlet) -> None:
    todo = live.write(live.said())
    before = live.page(todo.message)
    live.write(live.said(notice="202611-bbbbbbbb", title="后来的一件"))
    assert live.page(todo.message) != before
    assert isinstance(live.channel.send("read back", replace(todo, scratch={"asked": 0})), Delivered)


def test_both_lanes_of_an_endpoint_may_write_at_once(outlet: Outlet) -> None:
    """Routine and urgent messages come by lanes of their own, each in a thread, maybe in a process of its own."""
    works = [outlet.work(outlet.said(notice=f"202611-{n:08d}", title=f"第{n}件")) for n in range(12)]
    with ThreadPoolExecutor(4) as lanes:
        answers = list(lanes.map(lambda todo: outlet.channel.send("write", todo), works))
    assert all(isinstance(answer, Accepted) and answer.ask_again_at for answer in answers)
    with opened(outlet.channel.tools.place) as shelf:
        assert outlet.files() == dict(everything(outlet.pages(shelf, outlet.said())))


def test_other_bytes_at_the_address_are_written_again(live: Outlet) -> None:
    said = live.said()
    todo = live.write(said)
    page = live.public / "n/202611/7k3q9d2m.html"
    page.write_text("tampered")
    assert "SHA-256" in (live.channel.read_back(todo) or "")
    with pytest.raises(TryAgain):
        live.channel.send("read back", replace(todo, scratch={"asked": 0}))
    assert isinstance(live.channel.send("read back", replace(todo, scratch={"asked": 0})), Delivered)


def test_what_is_attached_counts_as_much_as_the_page(live: Outlet) -> None:
    body = "岗位,人数\n".encode()
    table = Attachment(name="岗位 表.csv", media_type="text/csv", size=len(body), sha256=live.blobs.add(body))
    todo = live.write(live.said(attachments=(table,)))
    (live.public / "n/202611/7k3q9d2m/岗位 表.csv").write_text("tampered")
    with pytest.raises(TryAgain):
        live.channel.send("read back", replace(todo, scratch={"asked": 0}))
    assert isinstance(live.channel.send("read back", replace(todo, scratch={"asked": 0})), Delivered)


def test_an_address_that_cannot_be_read_is_asked_for_with_growing_gaps_and_stays_accepted(tmp_path: Path) -> None:
    with served(tmp_path / "elsewhere") as origin:  # answers, but with 404
        away = outlet_in(tmp_path, origin)
        todo = away.work(away.said())
        gaps: list[float] = []
        scratch: dict[str, Any] = {}
        while True:
            step = away.channel.next_step(replace(todo, scratch=scratch))
            assert step is not None
            answer = away.channel.send(step, replace(todo, scratch=scratch))
            assert isinstance(answer, Accepted)
            if answer.ask_again_at is None:
                break
            scratch = dict(answer.scratch)
            gaps.append((answer.ask_again_at - away.clock.now()).total_seconds())
            away.clock.set(answer.ask_again_at)
        assert gaps == sorted(gaps)
        assert len(gaps) >= 8
        assert away.channel.read_back(todo) is None


def test_no_answer_at_all_is_asked_for_again(tmp_path: Path) -> None:
    with served(tmp_path / PUBLIC) as origin:
        pass  # stopped: its port refuses
    away = outlet_in(tmp_path, origin)
    written, *read = away.steps(away.work(away.said()))
    assert read
    assert all(isinstance(answer, Accepted) for answer in (written, *read))


def test_a_place_that_may_not_be_asked_stays_accepted(tmp_path: Path) -> None:
    with served(tmp_path / PUBLIC) as origin:
        shut = outlet_in(tmp_path, origin, may_ask=False)
        todo = shut.write(shut.said())
        with pytest.raises(Refused):
            shut.channel.tools.http.request("GET", todo.message.address)
        assert isinstance(shut.channel.send("read back", replace(todo, scratch={"asked": 0})), Accepted)


def test_an_attachment_that_a_correction_drops_is_taken_away(outlet: Outlet) -> None:
    old, new = (
        Attachment(name=name, media_type="text/csv", size=3, sha256=outlet.blobs.add(name.encode()))
        for name in ("岗位表.csv", "岗位表（更正）.csv")
    )
    first = outlet.said(attachments=(old,))
    outlet.write(first)
    changed = version(number=2, attachments=(new,), public_note="更换附件。")
    outlet.write(outlet.addressed(message(changed, previous=first.version)))
    assert [file.name for file in (outlet.public / "n/202611/7k3q9d2m").iterdir()] == ["岗位表（更正）.csv"]
