"""A list of addresses from the command line: added, tried, looked at, and its password read nowhere."""

from collections.abc import Iterator
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

from producers.command.exits import Exit
from tests.journeys.town import NOBODY, Outlet, furnish
from tests.producers.command.conftest import Desk, Terminal
from tests.sandbox.process import ACCOUNT, Running, running

TO = "li@yunling.example,wang@yunling.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture
def ask(tmp_path: Path, server: Running) -> Terminal:
    """An office with a site, whose allow-list has the mail server; it knows the password."""
    home = tmp_path / "home"
    furnish(home, NOBODY, [Outlet("site", "website")])
    with (home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.write(f'[[allow]]\norigin = "smtp://127.0.0.1:{server.mail_port}"\nowner = "测试"\n')
    (home / "secrets").mkdir()
    (home / "secrets" / ACCOUNT).write_text(server.password)
    return Terminal(home)


def adding(at: int, *more: str, **changes: str) -> list[str]:
    """The command that adds it."""
    options: dict[str, Any] = {"server": "127.0.0.1", "port": at, "tls": "none", "user": ACCOUNT, "secret": ACCOUNT}
    options |= {"sender": "gongkai@yunling.example", "to": TO} | changes
    words = ["endpoints", "add", "ban", "--office", "rsj", "--channel", "mail", "--title", "办公室邮件", *more]
    return [*words, *(f"--option={key}={value}" for key, value in options.items())]


def test_it_is_added_and_a_test_arrives(ask: Terminal, server: Running) -> None:
    added = ask.ok(*adding(server.mail_port, "--real"))
    assert (added["pretend"], added["secret"]) == (False, None)
    before = len(server.mails())
    said = ask.ok("endpoints", "test", "ban")
    assert "收件人 2 个" in said["answer"]
    (mail,) = server.mails()[before:]
    assert message_from_string(mail["message"], policy=policy.default)["Subject"] == "测试邮件"


def test_a_test_with_a_wrong_password_says_so_and_nowhere_which(ask: Terminal, server: Running) -> None:
    ask.ok(*adding(server.mail_port, "--real"))
    (ask.home / "secrets" / ACCOUNT).write_text("canary-wrong")
    said = ask("endpoints", "test", "ban")
    assert said.exit == Exit.FAILED
    assert "535" in said.err
    assert "canary" not in said.out + said.err


def test_it_is_rehearsed_unless_it_is_to_be_real(ask: Terminal, server: Running) -> None:
    added = ask.ok(*adding(server.mail_port))
    assert (added["pretend"], added["finding"]) == (True, "")
    before = len(server.mails())
    assert ask("endpoints", "test", "ban").exit == Exit.WRONG
    assert len(server.mails()) == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"server": "10.0.0.5"}, "127.0.0.1"),
        ({"server": "10.0.0.5", "tls": "implicit"}, "IP"),
        ({"server": "mail.yunling.example", "tls": "implicit", "port": "25"}, "端口"),
        ({"to": "li@yunling.example\r\nBcc: x@y.example"}, "邮件地址"),
    ],
)
def test_what_could_never_be_sent_is_not_added(
    ask: Terminal, server: Running, changes: dict[str, str], says: str
) -> None:
    said = ask(*adding(server.mail_port, "--real", **changes))
    assert said.exit == Exit.WRONG
    assert says in said.err


def test_what_a_mail_would_say_is_shown(ask: Terminal, server: Running, desk: Desk) -> None:
    ask.ok(*adding(server.mail_port))
    said = ask("render", desk.file("办结情况", channels="网站, 邮件"), "--channel", "mail", "-o", desk.folder / "out")
    assert said.exit == Exit.DONE, said.err
    shown = (desk.folder / "out" / "mail.txt").read_text("utf-8")
    assert shown.splitlines()[0] == "办结情况"
    assert all(line.strip() in said.out for line in shown.splitlines())


def test_a_notice_that_names_it_goes_there_rehearsed_and_others_do_not(
    ask: Terminal, server: Running, desk: Desk
) -> None:
    ask.ok(*adding(server.mail_port))
    before = len(server.mails())
    (named,) = ask.ok("publish", desk.file("要寄的", channels="网站, 邮件"), "--wait")["files"]
    (other,) = ask.ok("publish", desk.file("不寄的", channels="网站"), "--wait")["files"]
    assert "办公室邮件" in ask("status", named["notice"]).out
    assert "办公室邮件" not in ask("status", other["notice"]).out
    assert len(server.mails()) == before
