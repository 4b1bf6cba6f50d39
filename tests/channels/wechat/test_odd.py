"""Answers that no document has: told in the contract's words, whatever their shape, and nothing is doubled by them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel as Base
from channels.base import Http, HttpAnswer, Refused, TryAgain, Unsure
from channels.wechat import Channel, WechatOptions
from channels.wechat.shelf import PAGES
from tests import factories
from tests.channels.contract import tools
from tests.channels.wechat.account import Notice, deliver, published, standing, work
from tests.sandbox.wechat.platform import APPID, Platform

ODD: tuple[Any, ...] = (
    None,
    0,
    -1,
    "x",
    [],
    [None],
    ["x"],
    {},
    {"item": None},
    {"item": "x"},
    {"item": [None]},
    {"news_item": None},
    {"news_item": [None, "x"]},
    10**400,
)
GOOD: dict[str, Any] = {
    "stable_token": {"access_token": "t", "expires_in": 7200},
    "freepublish/get": {"publish_status": 0, "article_id": "a", "article_detail": {"item": [{"article_url": "u"}]}},
    "freepublish/batchget": {"total_count": 1, "item": [{"article_id": "a", "update_time": 1, "content": {}}]},
    "draft/batchget": {"total_count": 0, "item": []},
}
SCRATCH = {
    "images": {"cover.png": "u", "qr.png": "u"},
    "cover": "c",
    "draft": "d",
    "job": "j",
    "asked": 0,
    "attempt": 0,
}
STEPS = ("upload qr.png", "cover", "draft", "submit", "poll", "look", "delete")


class Says(Http):
    """A platform that answers as it is told; how often it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = {**GOOD, **answers}
        self.asked = 0

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        self.asked += 1
        said = self.answers.get(url.partition("/cgi-bin/")[2].partition("?")[0], {"errcode": 0})
        return HttpAnswer(200, {}, said if isinstance(said, bytes) else json.dumps(said).encode())


def everything(channel: Base) -> None:
    """Every step, at its first try and at a repeat; the contract's exceptions may come of it, and no other."""
    for sequence in (1, 2):
        said = factories.message(sequence=sequence)
        todo = replace(factories.work(said, channel.render(said)), scratch={**SCRATCH, "stale": [["draft", "d"]]})
        for step in STEPS:
            for attempt in (1, 7):
                with suppress(TryAgain, Refused, Unsure):
                    channel.send(step, replace(todo, attempt=attempt))
        list(channel.compare([todo]))


@pytest.mark.parametrize("field", ["content", "update_time", "article_id", ""])
def test_an_entry_of_a_list_may_have_any_shape(tmp_path: Path, field: str) -> None:
    with tools(tmp_path) as given:
        channel = Channel(WechatOptions(appid=APPID), replace(given, http=(http := Says({}))))
        for value in ODD:
            entry = {**GOOD["freepublish/batchget"]["item"][0], field: value} if field else value
            http.answers["freepublish/batchget"] = {"total_count": 1, "item": [entry]}
            everything(channel)


@pytest.mark.parametrize(
    ("interface", "field"),
    [(interface, field) for interface, answer in GOOD.items() for field in answer] + [("", "errcode"), ("", "errmsg")],
)
def test_a_field_may_have_any_shape(tmp_path: Path, interface: str, field: str) -> None:
    with tools(tmp_path) as given:
        for value in ODD:
            told = [interface] if interface else list(GOOD)
            answers = {name: {**GOOD[name], **({} if interface else {"errcode": 40007}), field: value} for name in told}
            shared = given.shared
            shared.put(f"wechat.token.{APPID}", "", expires_at=given.clock.now())
            everything(Channel(WechatOptions(appid=APPID), replace(given, http=Says(answers))))


@pytest.mark.parametrize("code", [40007, 53600, 45009, 40001, 99999, -1])
def test_any_number_may_come_from_anywhere(tmp_path: Path, code: int) -> None:
    with tools(tmp_path) as given:
        for interface in (*GOOD, "media/uploadimg", "material/add_material", "draft/add", "draft/delete"):
            answers = {interface: {"errcode": code, "errmsg": ""}}
            everything(Channel(WechatOptions(appid=APPID), replace(given, http=Says(answers))))


def test_an_answer_that_never_ends_its_brackets_is_odd(tmp_path: Path) -> None:
    with tools(tmp_path) as given:
        answers = dict.fromkeys((*GOOD, "draft/add"), b"[" * 200_000)
        everything(Channel(WechatOptions(appid=APPID), replace(given, http=Says(answers))))


def test_one_odd_entry_hides_no_other(there: Platform, tmp_path: Path) -> None:
    said = factories.message()
    shown = {"content_source_url": f"{said.address}?wx=1", "url": "u", "title": "t", "digest": "d"}
    entries = [None, {"article_id": "a", "content": {"news_item": [None, shown]}}]
    with tools(tmp_path) as given:
        http = Says({"freepublish/batchget": {"total_count": 2, "item": entries}})
        channel = Channel(WechatOptions(appid=APPID), replace(given, http=http))
        assert "t" in str(channel.read_back(factories.work(said, channel.render(said))))


def test_a_list_that_has_no_end_is_given_up_and_told(tmp_path: Path) -> None:
    with tools(tmp_path) as given:
        http = Says({"freepublish/batchget": {"total_count": 10**9, "item": [{"article_id": "a"}] * 20}})
        channel = Channel(WechatOptions(appid=APPID), replace(given, http=http))
        said = factories.message(sequence=2)
        with pytest.raises(TryAgain, match="4000"):
            channel.send("look", factories.work(said, channel.render(said)))
        assert http.asked == PAGES + 1


@pytest.mark.parametrize("status", [301, 302, 403, 404, 407, 413])
@pytest.mark.parametrize("interface", ["stable_token", "draft/add", "freepublish/submit", "freepublish/get"])
def test_what_something_in_between_answers_refuses_no_release(
    there: Platform, here: Channel, interface: str, status: int
) -> None:
    said = Notice(f"mid{status}{interface[-2:]}").release()
    there.clock.advance(7200)  # a token is fetched
    there.misbehave(at=interface, how="status", status=status, times=3)
    end, _ = deliver(here, there, work(here, said))
    assert not isinstance(end, Refused)
    assert published(there, said) == {1: 1}
    assert standing(there, said) == [1]


@pytest.mark.parametrize(("interface", "refused"), [("draft/batchget", False), ("draft/add", True)])
def test_a_number_nobody_knows_refuses_only_where_the_article_is_handed_over(
    there: Platform, here: Channel, interface: str, refused: bool
) -> None:
    notice = Notice(f"number{refused:d}1")
    deliver(here, there, work(here, notice.release()))
    there.misbehave(at=interface, how="code", code="99999", times=3)
    end, _ = deliver(here, there, work(here, notice.correct()))
    there.misbehave(how="well")
    assert isinstance(end, Refused) is refused
