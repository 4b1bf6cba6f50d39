"""What an endpoint may set, where its mails may go, and that nobody sees its password."""

from typing import Any

import pytest
from pydantic import ValidationError

from channels.base import Nature, Refused, TryAgain
from channels.mail import Channel
from channels.mail.options import MailOptions
from config.kinds import kinds
from config.settings import SettingsError
from tests.channels.mail.post import OPTIONS, PASSWORD, channel

INJECTED = ["a@b.example\r\nBcc: x@y.example", "a@b.example\n", "a@b.example>", "<a@b.example>", "a b@c.example", "a@b"]
NO_ADDRESS = [
    "",
    "a",
    "@b.example",
    "a@",
    "a@@b.example",
    ".a@b.example",
    "a@-b.example",
    "a@b..example",
    "李@b.example",
]


@pytest.mark.parametrize("address", [*INJECTED, *NO_ADDRESS, "a" * 65 + "@b.example", "a@" + "b." * 126 + "example"])
def test_what_is_no_address_is_refused_as_sender_and_as_recipient(address: str) -> None:
    for options in ({"sender": address}, {"to": [OPTIONS["to"][0], address]}):
        with pytest.raises(ValidationError, match="邮件地址"):
            channel(**options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"to": []}, "at least 1"),
        ({"to": [f"a{number}@b.example" for number in range(51)]}, "at most 50"),
        ({"to": ["a@b.example", "A@b.example"]}, "重复"),
        ({"server": "mail.example\r\nx"}, "主机名"),
        ({"server": "mail.example/x"}, "主机名"),
        ({"user": "", "secret": "mail"}, "一起写"),
        ({"user": "gongkai", "secret": ""}, "一起写"),
        ({"user": "gong kai"}, "一起写"),
        ({"user": "gongkai\r\nx"}, "一起写"),
        ({"tls": "no"}, "implicit"),
        ({"tls": "none"}, "port"),
        ({"tls": "none", "port": 25}, "127.0.0.1"),
        ({"tls": "none", "port": 25, "server": "localhost"}, "127.0.0.1"),
        ({"port": 0}, "greater than"),
    ],
)
def test_what_cannot_be_so_is_said_at_once(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        channel(**options)


def test_ports_and_tls_by_default() -> None:
    assert (channel().options.tls, channel().options.at) == ("implicit", 465)
    assert channel(tls="starttls").options.at == 587
    assert channel(tls="starttls", port="2587").options.at == 2587
    assert channel(tls="none", port=25, user="", secret="").options.user == ""


def test_several_addresses_may_be_typed_with_commas() -> None:
    assert channel(to="a@b.example, c@d.example").options.to == ("a@b.example", "c@d.example")


@pytest.mark.parametrize(
    "options",
    [
        {"server": "10.0.0.5"},
        {"server": "mail"},
        {"server": "mail.internal"},
        {"port": 25},
        {"tls": "none", "port": 25, "user": "", "secret": ""},
    ],
)
def test_where_mails_may_never_go_is_said_before_anything_is_sent(options: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        channel(**options).ready()
    assert refused.value.final


def test_a_password_that_is_missing_or_none_can_be_put_there_and_is_never_said() -> None:
    def missing(name: str) -> str:
        raise SettingsError(f"no secret {name!r}")

    with pytest.raises(TryAgain, match="mail"):
        channel(known=missing).ready()
    for wrong in ("", "两个字", "a\r\nb", "x" * 256):
        with pytest.raises(TryAgain, match="邮箱密码") as raised:
            channel(known={"mail": wrong}.__getitem__).ready()
        assert not wrong or wrong not in str(raised.value)
    channel().ready()
    channel(user="", secret="").ready()
    assert PASSWORD not in repr(vars(channel()))


def test_what_it_says_of_itself() -> None:
    assert Channel.nature is Nature.IRREVERSIBLE
    assert Channel.leaves
    assert Channel.public
    assert not Channel.hears_minor
    assert Channel.Options is MailOptions
    assert channel().edition == channel(to="a@b.example").edition, "addresses are in no approved bytes"


def test_no_kind_goes_out_by_mail_unless_its_notice_says_so() -> None:
    assert [name for name, kind in kinds().items() if "mail" in kind.channels] == []
