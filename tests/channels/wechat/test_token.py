"""What is asked of ``stable_token``, and what is made of its answers, against the examples of its page."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import HttpAnswer, Tools
from channels.wechat.rules import waits
from channels.wechat.token import Account, Tokens
from config.clock import DrivenClock
from tests.channels.contract import Partner, tools
from tests.sandbox.wechat.recorded import ADDRESS, FORCED, METHOD, UNFORCED, UNSAID, answer_of, request_of


def page(given: Tools, *examples: dict[str, Any]) -> Partner:
    """The platform from now on: it answers as these examples stand on the page, in their order."""
    assert isinstance(given.http, Partner)
    told = iter(examples)
    given.http.behave = lambda: HttpAnswer(200, {}, next(told)["answer"].encode())
    return given.http


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Tools]:
    with tools(tmp_path) as found:
        yield replace(found, secret=lambda name: "APPSECRET\n")


def tokens(given: Tools) -> Tokens:
    return Tokens(given, Account(ADDRESS.partition("/cgi-bin/")[0], "APPID", "wechat"))


def test_a_token_is_asked_for_as_the_page_has_it_field_by_field(given: Tools) -> None:
    asked = page(given, UNFORCED).heard
    assert tokens(given).present() == answer_of(UNFORCED)["access_token"]
    ((method, url, headers, body),) = asked
    assert (method, url) == (METHOD, ADDRESS), "nothing of it stands in the address"
    assert headers == {"content-type": "application/json"}
    said = json.loads(body)
    assert said == request_of(UNFORCED)
    assert {name: type(value) for name, value in said.items()} == {
        name: type(value) for name, value in request_of(UNFORCED).items()
    }
    assert {**request_of(UNSAID), "force_refresh": False} == said, "what is not said is false, as the page has it"


def test_a_token_that_is_given_again_though_refused_is_forced_as_the_page_has_it(given: Tools) -> None:
    asked = page(given, UNFORCED, FORCED).heard
    renewed = tokens(given).renewed(answer_of(UNFORCED)["access_token"])
    assert renewed == answer_of(FORCED)["access_token"]
    assert [json.loads(body) for *_, body in asked] == [request_of(UNFORCED), request_of(FORCED)]
    assert {(method, url) for method, url, *_ in asked} == {(METHOD, ADDRESS)}


@pytest.mark.parametrize("example", [UNSAID, UNFORCED, FORCED], ids=lambda one: one["title"][:3])
def test_a_token_is_kept_no_longer_than_the_answer_says(given: Tools, example: dict[str, Any]) -> None:
    asked = page(given, example, UNSAID).heard
    assert isinstance(given.clock, DrivenClock)
    kept = timedelta(seconds=answer_of(example)["expires_in"] - waits().early)
    assert kept > timedelta(0)
    tokens(given).present()
    given.clock.advance(kept.total_seconds() - 1)
    tokens(given).present()
    assert len(asked) == 1, "the one that is kept is good still"
    given.clock.advance(1)
    tokens(given).present()
    assert len(asked) == 2
