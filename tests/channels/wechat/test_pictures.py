"""The pictures of a notice's body reach the article: uploaded, each in its place, and no place left open."""

from dataclasses import replace
from urllib.parse import urljoin

import pytest
import requests
from lxml import html

from channels.base import Delivered, Refused
from channels.wechat import Channel
from tests.channels.wechat.account import Notice, deliver, drafts, work
from tests.channels.wechat.pictures import ALT, BLOBS, approved, shown
from tests.sandbox.wechat.platform import Platform


def test_each_is_uploaded_once_and_stands_where_it_was_approved(there: Platform, here: Channel) -> None:
    notice, before = Notice("picture1", illustrated=True), len(there.did("picture"))
    todo = work(here, notice.release())
    assert isinstance(deliver(here, there, todo)[0], Delivered)
    assert shown(there, todo.message) == approved(todo)
    assert len(there.did("picture")) - before == 4
    kept = there.did("draft")[-1]["article"]["content"]
    assert "@@" not in kept
    assert all(f'alt="{words}"' in kept for words in ALT)
    corrected = work(here, notice.correct())
    assert isinstance(deliver(here, there, corrected)[0], Delivered)
    assert shown(there, corrected.message) == approved(corrected)


def test_the_phone_shows_the_very_pictures(there: Platform, here: Channel) -> None:
    deliver(here, there, work(here, Notice("picture2", illustrated=True).release()))
    address = f"{there.host}/article/{there.did('submit')[-1]['publish_id']}"
    images = list(html.document_fromstring(requests.get(address, timeout=10).text).iter("img"))
    bodies = [requests.get(urljoin(address, str(image.get("src"))), timeout=10).content for image in images]
    assert bodies[1:3] == list(BLOBS.values())
    assert [image.get("alt") for image in images[1:3]] == list(ALT)


@pytest.mark.parametrize("upload", [1, 2, 3, 4])
def test_a_death_after_an_upload_uploads_that_picture_again_and_no_other(
    there: Platform, here: Channel, upload: int
) -> None:
    before = len(there.did("picture"))
    todo = work(here, Notice(f"pictdie{upload}", illustrated=True).release())
    assert isinstance(deliver(here, there, todo, dies_after={upload})[0], Delivered)
    uploaded = [str(entry["file"]).partition(".")[0] for entry in there.did("picture")[before:]]
    assert uploaded == [one for at, one in enumerate(approved(todo), 1) for _ in range(2 if at == upload else 1)]


def test_one_that_the_platform_refuses_is_named(there: Platform, here: Channel) -> None:
    def refuses(number: int, step: str) -> None:
        if number == 2:
            there.misbehave(at="media/uploadimg", how="code", code="40137", times=1)

    todo = work(here, Notice("picture3", illustrated=True).release())
    end, _ = deliver(here, there, todo, before=refuses)
    assert isinstance(end, Refused)
    assert end.final
    assert "流程图.png" in str(end)
    assert drafts(there, todo.message) == []


def test_without_the_address_of_one_of_them_nothing_is_handed_over(there: Platform, here: Channel) -> None:
    todo = work(here, Notice("picture4", illustrated=True).release())
    scratch = {"images": {"cover.png": "https://a.example/", "qr.png": "https://b.example/"}, "cover": "c"}
    with pytest.raises(KeyError):
        here.send("draft", replace(todo, scratch={**scratch, "attempt": 0}))
    assert drafts(there, todo.message) == []
    assert here.next_step(replace(todo, scratch=scratch)) == f"upload {next(iter(BLOBS))}.png"
