"""What an endpoint may set, where it may go, and that nobody sees its key."""

from typing import Any

import pytest
from pydantic import ValidationError

from channels.base import Nature, Refused, TryAgain
from channels.wecom import ORIGIN, PATH, Channel, WecomOptions
from config.settings import SettingsError
from tests.channels.wecom.robots import KEY, channel


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mention": ["@all"]}, "@all"),
        ({"mention": ["两个 字"]}, "userid"),
        ({"mention": ["<@x>"]}, "userid"),
        ({"mention_mobiles": "zhiban"}, "format = text"),
        ({"format": "markdown_v2"}, "markdown"),
        ({"origin": "https://evil.example"}, "127.0.0.1"),
        ({"origin": "http://qyapi.weixin.qq.com"}, "127.0.0.1"),
        ({"origin": "http://10.0.0.1:8082"}, "127.0.0.1"),
        ({"origin": "http://127.0.0.1:8082/"}, "127.0.0.1"),
        ({"origin": "http://127.0.0.1:8082/x"}, "127.0.0.1"),
        ({"origin": "http://localhost:8082"}, "127.0.0.1"),
        ({"origin": "no address"}, "127.0.0.1"),
        ({"secret": ""}, "secret"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WecomOptions.model_validate({"secret": "gongzuoqun", **options})
    assert says in str(caught.value)


def test_a_text_may_call_everybody() -> None:
    assert WecomOptions(secret="x", format="text", mention=("@all",), mention_mobiles="zhiban")
    assert WecomOptions(secret="x", mention=("li.xiao-1@gx",))


def test_it_speaks_to_wecom_alone_and_on_loopback_to_what_the_allow_list_names() -> None:
    channel().ready()
    channel("http://127.0.0.1:8082").ready()
    with pytest.raises(Refused):
        channel("http://127.0.0.1:8082", allow=False).ready()


def test_the_key_may_be_pasted_with_its_address() -> None:
    channel(secret=lambda name: f"{ORIGIN}{PATH}?key={KEY}\n").ready()


@pytest.mark.parametrize("given", [["13800001111"], "13800001111", "+8613800001111", "138 0000 1111", 13800001111])
def test_a_mobile_number_is_no_option_and_what_to_do_instead_is_said_without_it(given: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        WecomOptions.model_validate({"secret": "gongzuoqun", "format": "text", "mention_mobiles": given})
    (said,) = caught.value.errors()
    assert "secrets/" in said["msg"]
    assert "0000" not in said["msg"]


@pytest.mark.parametrize("mobiles", ["", "\n", "13800001111,", "138x", '13800001111"]', None])
def test_without_sound_mobile_numbers_nothing_is_sent_and_none_is_said(mobiles: str | None) -> None:
    def secret(name: str) -> str:
        if name == "zhiban" and mobiles is None:
            raise SettingsError("there is none")
        return str(mobiles) if name == "zhiban" else KEY

    one = channel(secret=secret, format="text", mention_mobiles="zhiban")
    with pytest.raises(TryAgain, match="zhiban") as caught:
        one.ready()
    assert "1380" not in str(caught.value)


def no_secret(name: str) -> str:
    raise SettingsError(f"no secret {name!r}")


@pytest.mark.parametrize("key", ["", "short", "two words of it", "https://evil.example/?key=abcdefgh", "键" * 9])
def test_without_a_sound_key_nothing_is_sent_and_nothing_of_it_is_said(key: str) -> None:
    for secret in (lambda name: key, no_secret):
        with pytest.raises(TryAgain, match="gongzuoqun") as caught:
            channel(secret=secret).ready()
        assert not key or key not in str(caught.value)


def test_it_cannot_be_taken_back_and_is_no_place_for_what_is_not_for_everybody() -> None:
    assert Channel.nature is Nature.IRREVERSIBLE
    assert Channel.leaves
    assert Channel.public
    assert not Channel.hears_minor
