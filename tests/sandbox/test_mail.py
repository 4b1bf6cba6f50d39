"""The mail server is as strict as the RFCs; a client that is not ours (smtplib) hands in, the file is the witness."""

import json
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.mail.account import MailAccount, is_address
from sandbox.mail.letter import wrong_with
from tests.parts.judges import axe, nu
from tests.sandbox.process import ACCOUNT, Running, running

FROM, TO = "gongkai@yunling.example", ["li@yunling.example", "wang@yunling.example"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")


@pytest.fixture
def client(server: Running) -> Iterator[smtplib.SMTP]:
    """Signed in."""
    with smtplib.SMTP("127.0.0.1", server.mail_port, local_hostname="tests", timeout=10) as found:
        found.login(ACCOUNT, server.password)
        yield found


def mail(subject: str = "停电通知", text: str = "明天停电。\n.\n..两点\n", **more: str) -> EmailMessage:
    """As the standard library makes one."""
    made = EmailMessage()
    header = {"From": FROM, "To": ", ".join(TO), "Date": "Mon, 23 Nov 2026 09:00:00 +0800", "Subject": subject}
    for name, value in (header | more).items():
        made[name] = value
    made.set_content(text, cte="quoted-printable")
    return made


def raw(head: str = f"From: {FROM}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0800\r\n", body: str = "x\r\n") -> bytes:
    return f"{head}\r\n{body}".encode()


def test_a_client_that_is_not_ours_is_understood(server: Running, client: smtplib.SMTP) -> None:
    before = len(server.mails())
    assert client.send_message(mail()) == {}
    (line,) = server.mails()[before:]
    assert (line["sender"], line["recipients"]) == (FROM, TO)
    assert "=E5=81=9C=E7=94=B5" in line["message"]
    assert json.loads((server.home / f"{ACCOUNT}.jsonl").read_text().splitlines()[-1]) == line


def test_dots_come_out_as_they_went_in(server: Running, client: smtplib.SMTP) -> None:
    client.sendmail(FROM, TO, raw(body=".\r\n..two\r\nend.\r\n"))
    assert server.mails()[-1]["message"].endswith("\r\n\r\n.\r\n..two\r\nend.\r\n")


@pytest.mark.parametrize(("user", "password"), [(ACCOUNT, "wrong"), ("nobody", None), ("", "")])
def test_who_does_not_know_the_password_hands_nothing_in(server: Running, user: str, password: str | None) -> None:
    with smtplib.SMTP("127.0.0.1", server.mail_port, local_hostname="tests", timeout=10) as one:
        with pytest.raises(smtplib.SMTPAuthenticationError) as raised:
            one.login(user, server.password if password is None else password)
        assert raised.value.smtp_code == 535
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            one.send_message(mail())


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["DATA"], 503),
        (["RCPT TO:<a@b.example>"], 503),
        (["MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"], 503),
        (["MAIL FROM:a@b.example"], 501),
        (["MAIL FROM:<>"], 501),
        (["MAIL FROM:<a@b.example> SIZE=2000000"], 552),
        (["MAIL FROM:<a@b.example> SIZE=20"], 250),
        (["MAIL FROM:<a@b.example>", "RCPT TO:<a b@c.example>"], 501),
        (["MAIL FROM:<a@b.example>", "RCPT TO:<a@b@c>"], 501),
        (["MAIL FROM:<a@b.example>", "DATA"], 503),
        (["MAIL FROM:<a@b.example>", *["RCPT TO:<a@b.example>"] * 101], 452),
        (["STARTTLS"], 502),
        (["HELP"], 500),
        (["NOOP"], 250),
        (["AUTH PLAIN AAAA"], 503),
        (["NOOP " + "x" * 600], 500),
    ],
)
def test_what_is_said_out_of_turn(client: smtplib.SMTP, commands: list[str], code: int) -> None:
    assert [client.docmd(command)[0] for command in commands][-1] == code


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (raw(body="x" * 999 + "\r\n"), "too long"),
        (raw(body="x" * 998 + "\r\n"), ""),
        (raw(body="a\nb\r\n"), "bare"),
        (raw(body="中\r\n"), "eight bits"),
        (raw(head=f"From: {FROM}\r\n"), "Date exactly once"),
        (raw(head="Date: Mon, 23 Nov 2026 09:00:00 +0800\r\n"), "From exactly once"),
        (
            raw(head=raw().partition(b"\r\n\r\n")[0].decode() + "\r\nSubject: a\r\nSubject: b\r\n"),
            "Subject at most once",
        ),
        (raw(head=f"From: {FROM}\r\nno field\r\nDate: x\r\n"), "not a header field"),
    ],
)
def test_what_a_mail_must_be(message: bytes, says: str) -> None:
    found = wrong_with(message)
    assert (says in found) if says else found == ""


def test_what_is_no_mail_is_refused_after_its_end_and_kept_as_refused(server: Running, client: smtplib.SMTP) -> None:
    before = len(server.mails())
    with pytest.raises(smtplib.SMTPDataError) as raised:
        client.sendmail(FROM, TO, raw(head="Subject: nobody's\r\n"))
    assert raised.value.smtp_code == 554
    assert len(server.mails()) == before
    assert "exactly once" in server.mails(554)[-1]["words"]


@pytest.mark.parametrize("address", ["a@b", "a.b+c@d-e.example", "o'neil@x.example"])
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize("address", ["", "a", "@b", "a@", ".a@b", "a..b@c", "a@-b", "a@b.", "a\r@b", "a" * 65 + "@b"])
def test_no_addresses(address: str) -> None:
    assert not is_address(address)


def test_on_command_it_refuses_one_recipient_and_takes_the_mail_for_the_other(
    server: Running, client: smtplib.SMTP
) -> None:
    server.misbehave(how="code", code="550", at="recipient", numbers=[TO[1]], partner=ACCOUNT)
    assert {address: reply[0] for address, reply in client.send_message(mail()).items()} == {TO[1]: 550}
    assert server.mails()[-1]["recipients"] == TO[:1]


@pytest.mark.parametrize(
    ("at", "code"), [("sender", 451), ("recipient", 452), ("data", 554), ("end", 451), (None, 552)]
)
def test_on_command_it_refuses_at_any_stage_and_keeps_nothing(
    server: Running, client: smtplib.SMTP, at: str | None, code: int
) -> None:
    before = len(server.mails())
    server.misbehave(how="code", code=str(code), at=at, times=2, partner=ACCOUNT)
    with pytest.raises(smtplib.SMTPException, match=str(code)):
        client.send_message(mail())
    assert len(server.mails()) == before
    assert server.mails(code)


@pytest.mark.parametrize("how", ["slow", "reset", "drop", "drip", "after"])
def test_on_command_it_keeps_the_mail_and_its_answer_is_never_seen(
    server: Running, client: smtplib.SMTP, how: str
) -> None:
    before = len(server.mails())
    server.misbehave(how=how, seconds=1, status=451, times=1, partner=ACCOUNT)
    assert client.sock is not None
    client.sock.settimeout(0.3)
    with pytest.raises((smtplib.SMTPException, OSError)):
        client.send_message(mail(subject=how))
    assert len(server.mails()) == before + 1


@pytest.mark.parametrize("how", ["drop", "reset"])
def test_on_command_it_hangs_up_before_the_end_and_keeps_nothing(
    server: Running, client: smtplib.SMTP, how: str
) -> None:
    before = len(server.mails())
    server.misbehave(how=how, at="data", times=1, partner=ACCOUNT)
    with pytest.raises((smtplib.SMTPException, OSError)):
        client.send_message(mail())
    assert len(server.mails()) == before


def test_on_command_it_greets_nobody(server: Running) -> None:
    server.misbehave(how="code", code="421", at="greeting", times=1, partner=ACCOUNT)
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        smtplib.SMTP("127.0.0.1", server.mail_port, local_hostname="tests", timeout=10)


def test_a_stage_that_it_does_not_have_is_no_command_for_it(server: Running) -> None:
    command = {"how": "code", "code": "550", "at": "draft/add", "partner": ACCOUNT}
    assert requests.post(f"{server.origin}/misbehave", json=command, timeout=10).status_code == 404


def test_a_line_without_an_end_is_not_read_for_ever(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.mail_port), timeout=10) as flood:
        flood.recv(100)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            flood.sendall(b"x" * 65_536 * 1_000)


def test_started_again_it_knows_what_it_took(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    file = tmp_path / f"{ACCOUNT}.jsonl"
    kept = {"at": "2026-11-23T09:00:00+08:00", "code": 250, "words": "", "sender": FROM, "recipients": TO}
    file.write_text(json.dumps(kept | {"message": "x"}) + '\n{"at": "2026')
    account = MailAccount.open(ACCOUNT, "办公室", tmp_path, keys)
    assert [line.recipients for line in account.mails] == [tuple(TO)]
    assert (keys / ACCOUNT).stat().st_mode & 0o077 == 0
    account.close()


def test_the_page_shows_the_mails_and_makes_the_server_misbehave(
    server: Running, client: smtplib.SMTP, browser_page: Page, tmp_path: Path
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.post)
    client.send_message(mail("【更正】停电", "<script>window.hurt=1</script> 明天停电。"))
    expect(page.locator("h2").first).to_have_text("【更正】停电")
    expect(page.locator("pre.letter").first).to_have_text("<script>window.hurt=1</script> 明天停电。")
    assert page.evaluate("window.hurt") is None
    page.get_by_role("button", name="451").click()
    expect(page.locator(".doing")).to_contain_text("451")
    with pytest.raises(smtplib.SMTPDataError):
        client.send_message(mail())
    expect(page.locator(".doing")).to_contain_text("正常")
    expect(page.locator(".refusals")).to_contain_text("451")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than a phone"
    assert axe(page) == []
    assert server.password not in page.content()
    files = []
    for name, url in (("index", server.origin), ("mails", server.post)):
        files.append(tmp_path / f"{name}.html")
        files[-1].write_bytes(requests.get(url, timeout=10).content)
    assert f"/mail/{ACCOUNT}" in files[0].read_text("utf-8")
    assert nu(files) == []


def test_nobody_else_has_an_account(server: Running) -> None:
    assert requests.get(f"{server.origin}/mail/nobody", timeout=10).status_code == 404
