"""Pushing: few of them, none twice under its key, confirmed where the account is protected, and what is told of it."""

from typing import Any

import pytest

from tests.sandbox.wechat.platform import Platform
from tests.sandbox.wechat.test_phone import page


def said(there: Platform, key: str, **changes: Any) -> dict[str, Any]:
    """A sound push of a new draft."""
    draft = there.draft(title=key)["media_id"]
    filled = {"filter": {"is_to_all": True}, "mpnews": {"media_id": draft}, "msgtype": "mpnews", "clientmsgid": key}
    return {**filled, "send_ignore_reprint": 0, **changes}


def push(there: Platform, key: str, **changes: Any) -> dict[str, Any]:
    """What pushing it says."""
    return there.call("message/mass/sendall", said(there, key, **changes))


def status(there: Platform, sent: dict[str, Any]) -> str:
    """How it stands."""
    return str(there.call("message/mass/get", {"msg_id": str(sent["msg_id"])})["msg_status"])


def test_it_is_one_a_day_and_never_repeated_under_its_key(there: Platform) -> None:
    one = said(there, "n.1")
    sent = there.call("message/mass/sendall", one)
    assert (sent["errcode"], sent["errmsg"]) == (0, "send job submission success")
    assert there.call("draft/get", one["mpnews"])["errcode"] == 40007, "it left the box"
    assert there.call("message/mass/sendall", one)["errcode"] == 45066, "too early to say"
    there.clock.advance(60)
    again = there.call("message/mass/sendall", one)
    assert (again["errcode"], again["msg_id"]) == (45065, sent["msg_id"])
    assert push(there, "n.2")["errcode"] == 45028
    there.clock.advance(86_400)
    assert there.call("message/mass/sendall", one)["errcode"] == 40007, "its key is forgotten, its draft is gone"
    assert push(there, "n.1")["errcode"] == 0
    assert len(there.did("mass")) == 2


def test_a_service_account_has_four_a_month(there: Platform) -> None:
    there.happen("mass_monthly")
    there.happen("quota", of="mass", amount=4)
    for number in range(4):
        assert push(there, f"n.{number}")["errcode"] == 0
    assert push(there, "n.4")["errcode"] == 45028
    there.clock.advance(8 * 86_400)  # from the 23rd
    assert push(there, "n.4")["errcode"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clientmsgid": "x" * 65}, 45067),
        ({"msgtype": "text"}, 40008),
        ({"filter": {}}, 40035),
        ({"filter": {"is_to_all": "true"}}, 40035),
        ({"filter": {"is_to_all": False, "tag_id": 7}}, 45159),
        ({"send_ignore_reprint": 2}, 40035),
        ({"mpnews": {}}, 41006),
        ({"mpnews": {"media_id": "nowhere"}}, 40007),
    ],
)
def test_what_is_wrong_is_refused_and_costs_nothing(there: Platform, changes: dict[str, Any], code: int) -> None:
    assert push(there, "n.1", **changes)["errcode"] == code
    assert there.did("mass") == []
    assert push(there, "n.1", filter={"is_to_all": False, "tag_id": 2})["errcode"] == 0


def test_what_became_of_it_is_told_and_its_page_can_be_taken_away(there: Platform) -> None:
    sent = push(there, "n.1")
    assert status(there, sent) == "SENDING"
    assert there.call("message/mass/delete", {"msg_id": sent["msg_id"]})["errcode"] == 40059, "not sent yet"
    there.clock.advance(2)
    assert status(there, sent) == "SEND_SUCCESS"
    assert there.call("message/mass/delete", {"msg_id": sent["msg_id"], "article_idx": 9})["errcode"] == 40060
    assert there.call("message/mass/delete", {"msg_id": sent["msg_id"], "article_idx": 0})["errcode"] == 0
    assert status(there, sent) == "DELETE"
    assert there.call("message/mass/get", {"msg_id": "7"})["errcode"] == 40059


@pytest.mark.parametrize(
    ("happens", "ends"), [("mass_confirmed", "SEND_SUCCESS"), ("mass_refused", "SEND_FAIL"), ("", "SEND_FAIL")]
)
def test_a_protected_account_waits_half_an_hour_for_its_administrator(there: Platform, happens: str, ends: str) -> None:
    there.happen("mass_protected")
    sent = push(there, "n.1")
    assert sent["errcode"] == 0, "taken; nobody has it yet"
    there.clock.advance(1700)
    assert status(there, sent) == "SENDING"
    if happens:
        there.happen(happens)
    there.clock.advance(101)
    assert status(there, sent) == ends


def test_the_phone_shows_that_followers_were_alerted(there: Platform) -> None:
    there.publish(title="甲")
    sent = push(there, "乙", filter={"is_to_all": True})
    _, read = page(there, "")
    assert read.count("已发布，未群发") == read.count("群发中") == 1
    there.clock.advance(2)
    _, read = page(there, "")
    assert read.count("已群发，关注者收到提醒") == 1
    _, read = page(there, f"article/{sent['msg_id']}")
    assert "正文" in read
    there.call("message/mass/delete", {"msg_id": sent["msg_id"], "article_idx": 0})
    _, read = page(there, f"article/{sent['msg_id']}")
    assert "该内容已被发布者删除" in read
