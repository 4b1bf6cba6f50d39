"""Each misbehaviour of the account as it looks on the wire, and what the account has kept of it."""

import time
from contextlib import suppress

import pytest
import requests

from tests.sandbox.wechat.platform import Platform


@pytest.mark.parametrize(
    "command",
    [{"how": "reset"}, {"how": "drop"}, {"how": "after", "status": 502}],
    ids=["reset", "drop", "5xx"],
)
def test_it_takes_the_draft_and_the_answer_is_lost(there: Platform, command: dict[str, object]) -> None:
    article, token = there.article(), there.token()["access_token"]
    there.misbehave(at="draft/add", times=1, **command)
    there.call("draft/batchget", {"offset": 0, "count": 1}, token=token)  # another interface is not meant
    with pytest.raises((requests.RequestException, ValueError)):
        there.call("draft/add", {"articles": [article]}, token=token)
    assert len(there.did("draft")) == 1
    assert there.call("draft/count", token=token)["total_count"] == 1, "once, then well again"


def test_told_to_be_slow_it_has_the_draft_before_it_answers(there: Platform) -> None:
    article, token, begun = there.article(), there.token()["access_token"], time.monotonic()
    there.misbehave(at="draft/add", how="slow", seconds=0.5, times=1)
    assert there.call("draft/add", {"articles": [article]}, token=token)["media_id"]
    assert time.monotonic() - begun >= 0.5
    assert len(there.did("draft")) == 1


def test_throttled_it_keeps_nothing(there: Platform) -> None:
    article, token = there.article(), there.token()["access_token"]
    for command in ({"how": "status", "status": 503}, {"how": "code", "code": "45011"}):
        there.misbehave(at="draft/add", times=1, **command)
        with suppress(requests.JSONDecodeError):
            assert there.call("draft/add", {"articles": [article]}, token=token)["errcode"] == 45011
    assert there.did("draft") == []


def test_what_it_does_not_understand_it_says(there: Platform) -> None:
    assert requests.post(f"{there.host}/happen", json={"x": 1}, timeout=10).status_code == 400
    assert requests.post(f"{there.host}/happen", data="{}", timeout=10).status_code == 415
