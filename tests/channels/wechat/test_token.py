"""What is asked of ``stable_token``, and what is made of its answers, against the examples of its page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import Http, HttpAnswer, Tools
from channels.wechat.rules import waits
from channels.wechat.token import Account, Tokens
from config.clock import DrivenClock
from tests.channels.contract import tools
from tests.sandbox.wechat.recorded import ADDRESS, FORCED, METHOD, UNFORCED, UNSAID, answer_of, request_of


class Page(Http):
    """Answers each request as the page does; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str] | None, bytes]] = []
        self.answers: list[dict[str, Any]] = []  # in their order, as they stand on the page

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        self.asked.append((method, url, headers, body or b""))
        return HttpAnswer(200, {}, self.answers.pop(0)["answer"].encode())


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def given(tmp_path: Path, page: Page) -> Iterator[Tools]:
    with tools(tmp_path) as found:
        yield replace(found, http=page, secret=lambda name: "APPSECRET\n")


def tokens(given: Tools) -> Tokens:
    return Tokens(given, Account(ADDRESS.partition("/cgi-bin/")[0], "APPID", "wechat"))


def test_a_token_is_asked_for_as_the_page_has_it_field_by_field(given: Tools, page: Page) -> None:
    page.answers = [UNFORCED]
    assert tokens(given).present() == answer_of(UNFORCED)["access_token"]
    ((method, url, headers, body),) = page.asked
    assert (method, url) == (METHOD, ADDRESS), "nothing of it stands in the address"
    assert headers == {"content-type": "application/json"}
    said = json.loads(body)
    assert said == request_of(UNFORCED)
    assert {name: type(value) for name, value in said.items()} == {
        name: type(value) for name, value in request_of(UNFORCED).items()
    }
    assert {**request_of(UNSAID), "force_refresh": False} == said, "what is not said is false, as the page has it"


def test_a_token_that_is_given_again_though_refused_is_forced_as_the_page_has_it(given: Tools, page: Page) -> None:
    page.answers = [UNFORCED, FORCED]
    renewed = tokens(given).renewed(answer_of(UNFORCED)["access_token"])
    assert renewed == answer_of(FORCED)["access_token"]
    assert [json.loads(body) for *_, body in page.asked] == [request_of(UNFORCED), request_of(FORCED)]
    assert {(method, url) for method, url, *_ in page.asked} == {(METHOD, ADDRESS)}


@pytest.mark.parametrize("example", [UNSAID, UNFORCED, FORCED], ids=lambda one: one["title"][:3])
def test_a_token_is_kept_no_longer_than_the_answer_says(given: Tools, page: Page, example: dict[str, Any]) -> None:
    page.answers = [example, UNSAID]
    assert isinstance(given.clock, DrivenClock)
    kept = timedelta(seconds=answer_of(example)["expires_in"] - waits().early)
    assert kept > timedelta(0)
    tokens(given).present()
    given.clock.advance(kept.total_seconds() - 1)
    tokens(given).present()
    assert len(page.asked) == 1, "the one that is kept is good still"
    given.clock.advance(1)
    tokens(given).present()
    assert len(page.asked) == 2
