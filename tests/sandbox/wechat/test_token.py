"""``stable_token`` as its page describes it, answer by answer."""

import json
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.sandbox.wechat.platform import APPID, Platform
from tests.sandbox.wechat.recorded import ADDRESS, FORCED, METHOD, UNFORCED, UNSAID, answer_of, request_of


def test_the_examples_of_the_page_are_answered_as_it_answers_them_field_by_field(there: Platform) -> None:
    """In the page's order: the first token, 345 s before its end, and one by force while that one is good."""
    given: list[dict[str, Any]] = []
    for example, passes in ((UNSAID, 0), (UNFORCED, 7200 - 345), (FORCED, 0)):
        there.clock.advance(passes)
        said = request_of(example, APPID=APPID, APPSECRET=there.secret)
        assert said.keys() == json.loads(example["request"]).keys()
        body = example["request"].replace("APPID", APPID).replace("APPSECRET", there.secret).encode()
        assert json.loads(body) == said
        answer = requests.request(METHOD, f"{there.host}{urlsplit(ADDRESS).path}", data=body, timeout=10)
        recorded, found = answer_of(example), answer.json()
        assert answer.status_code == 200
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in recorded.items()
        }
        assert found["expires_in"] == recorded["expires_in"], example["title"]
        given.append(found)
    first, again, forced = (one["access_token"] for one in given)
    assert first == again, "如果仍然有效，会返回上次的 token"
    assert forced != first
    assert all(100 < len(token) <= 512 for token in (first, forced))


def test_asking_again_gives_the_same_token_until_five_minutes_before_its_end(there: Platform) -> None:
    first = there.token()["access_token"]
    there.clock.advance(7200 - 301)
    assert there.token() == {"access_token": first, "expires_in": 301}
    there.clock.advance(1)
    second = there.token()
    assert second["access_token"] != first
    assert second["expires_in"] == 7200
    assert "total_count" in there.call("draft/batchget", {"offset": 0, "count": 1}, token=first), "both are good"
    there.clock.advance(300)
    assert there.call("draft/get", token=first)["errcode"] == 42001


def test_a_forced_refresh_ends_the_old_token_at_once(there: Platform) -> None:
    first = there.token()["access_token"]
    assert there.token(force_refresh=True)["access_token"] != first
    assert there.call("draft/get", token=first)["errcode"] == 40001


def test_forced_refreshes_are_thirty_seconds_apart_and_twenty_a_day(there: Platform) -> None:
    first = there.token(force_refresh=True)["access_token"]
    assert there.token(force_refresh=True)["access_token"] == first, "too early: nothing is refreshed"
    for _ in range(19):
        there.clock.advance(30)
        there.token(force_refresh=True)
    there.clock.advance(30)
    assert there.token(force_refresh=True)["errcode"] == 45009


def test_what_is_wrong_is_said_by_number(there: Platform) -> None:
    assert there.token(grant_type="password")["errcode"] == 40002
    assert there.token(appid="")["errcode"] == 41002
    assert there.token(appid="wx1")["errcode"] == 40013
    assert there.token(secret="")["errcode"] == 41004
    assert there.token(secret="x")["errcode"] == 40125
    assert there.call("draft/get", token="")["errcode"] == 41001
    assert there.call("draft/get", token="x")["errcode"] == 40014
    assert requests.get(f"{there.host}/cgi-bin/stable_token", timeout=10).json()["errcode"] == 43002
    assert requests.post(f"{there.host}/cgi-bin/stable_token", data=b"{", timeout=10).json()["errcode"] == 47001


def test_a_token_can_be_ended_early_and_asking_gives_another(there: Platform) -> None:
    first = there.token()["access_token"]
    there.happen("token_invalidated", fault=42001)
    assert there.call("draft/get", token=first)["errcode"] == 42001
    assert there.token()["access_token"] != first
