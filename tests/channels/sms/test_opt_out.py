"""Replies by which a person wants no more texts, and replies that only look like one."""

import tomllib

import pytest

from channels.sms.opt_out import opts_out
from tests.source import ROOT

REPLIES = tomllib.loads((ROOT / "config" / "sms" / "opt-out.toml").read_text("utf-8"))["replies"]


@pytest.mark.parametrize("reply", REPLIES)
def test_every_reply_of_the_list_counts_however_it_is_written(reply: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in reply)
    for written in (reply, reply.upper(), wide, f"  {reply}。\n", f"【{reply}】", f"“{reply}”！！", " ".join(reply)):
        assert opts_out(written), written


@pytest.mark.parametrize(
    "reply", ["退订T", "回T退订", "回TD", "回TD退订", "退订/TD", "请退订", "退訂", "退定", "取消订阅", "退订 T。"]
)
def test_what_people_answer_most_is_heard(reply: str) -> None:
    assert opts_out(reply)


@pytest.mark.parametrize(
    "reply", ["", "。", "取消", "收到", "R 谢谢", "T恤还有吗", "退订不了怎么办", "不", "TT", "好的，不要再发了是谁说的"]
)
def test_a_reply_that_says_something_else_does_not(reply: str) -> None:
    assert not opts_out(reply)


def test_a_reply_stands_in_the_list_once_and_as_it_is_compared() -> None:
    assert len(REPLIES) == len(set(REPLIES))
