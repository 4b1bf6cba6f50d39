"""Handing a mail in: over TLS or not at all, to where it may go, and what is sure of one whose answer never came."""

import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels.base import Refused, TryAgain, Unsure
from channels.http import AllowEntry
from channels.smtp.client import GuardedSmtp
from channels.smtp.letter import MailServer, Stage, Tls
from config.clock import SystemClock
from sandbox.misbehave import How, Misbehaviour
from tests.channels.http.conftest import NAME, Certificates
from tests.channels.http.listeners import Seen, behind_tls, drop_by_drop, listening, silent
from tests.channels.smtp.servers import LETTER, MESSAGE, USER, client, office, server, talking

TOTAL = 0.5
SLACK = 0.5  # a busy machine's; a drip a byte would go on for ever
PASSWORD = "canary-Pass word"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is inside ends by then."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds + SLACK


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_over_tls_with_user_and_password_the_mail_arrives_as_it_is(
    tls: Tls, certificates: Certificates, tmp_path: Path
) -> None:
    with office(tmp_path, certificates, starttls=tls is Tls.STARTTLS) as (account, port):
        at = server(port, tls, USER, account.secret_file.read_text().strip())
        answer = client(port, tls, certificates).send(at, LETTER)
        assert (answer.stage, answer.reply.code, answer.refused) == (Stage.END, 250, {})
        (kept,) = account.mails
    assert kept.message.encode() == MESSAGE, "dots too"
    assert (kept.sender, kept.recipients) == (LETTER.sender, LETTER.recipients)


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
@pytest.mark.parametrize("context", ["other_name", "nobody", "old"])
def test_to_whom_shows_no_good_certificate_nothing_is_said(
    tls: Tls, context: str, certificates: Certificates, tmp_path: Path
) -> None:
    with office(tmp_path, certificates, starttls=tls is Tls.STARTTLS, context=context) as (account, port):
        at = server(port, tls, USER, PASSWORD)
        with pytest.raises(TryAgain, match=r"证书|加密连接"):
            client(port, tls, certificates).send(at, LETTER)
        assert account.lines == []


def test_a_public_name_is_dialled_at_the_address_that_was_checked_and_shown_a_certificate_for_itself(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up once, by the guard."""

    def nobody(*_: object, **__: object) -> list[object]:
        raise AssertionError("somebody else looked a name up")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    monkeypatch.setattr(socket, "getfqdn", nobody)
    with office(tmp_path, certificates) as (account, port):
        at = server(port, Tls.IMPLICIT, USER, account.secret_file.read_text().strip())
        one = client(port, Tls.IMPLICIT, certificates, addresses=("127.0.0.9", "127.0.0.1"))
        assert one.send(at, LETTER).stage is Stage.END


def test_a_server_without_starttls_gets_neither_the_password_nor_the_mail() -> None:
    """Also where somebody on the way has taken the offer out."""
    with listening(talking({})) as seen, pytest.raises(TryAgain, match="STARTTLS"):
        client(seen.port, Tls.STARTTLS).send(server(seen.port, Tls.STARTTLS, USER, PASSWORD), LETTER)
    assert [line.split()[0] for line in seen.requests] == [b"ehlo"]


def test_what_was_slipped_in_before_tls_is_not_listened_to(certificates: Certificates) -> None:
    """RFC 3207 §4.2: a reply that came with the answer to STARTTLS is not one that came over TLS."""

    def answer_hello(connection: socket.socket, seen: Seen) -> None:
        connection.recv(1_000)
        connection.sendall(b"550 over TLS\r\n")

    def handle(connection: socket.socket, seen: Seen) -> None:
        with connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            lines.readline()
            connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
            lines.readline()
            connection.sendall(b"220 go on\r\n250 slipped in\r\n")
        behind_tls(answer_hello, certificates.good)(connection, seen)

    with listening(handle) as seen:
        answer = client(seen.port, Tls.STARTTLS, certificates).send(server(seen.port, Tls.STARTTLS), LETTER)
    assert (answer.stage, answer.reply.text) == (Stage.HELLO, "over TLS")


@pytest.mark.parametrize(
    ("host", "port", "tls", "says"),
    [
        ("127.0.0.1", 465, Tls.IMPLICIT, "IP"),
        ("10.0.0.1", 465, Tls.IMPLICIT, "IP"),
        ("2130706433", 465, Tls.IMPLICIT, "IP"),
        ("localhost", 465, Tls.IMPLICIT, "内部"),
        ("mail", 465, Tls.IMPLICIT, "内部"),
        ("mail.internal", 587, Tls.STARTTLS, "内部"),
        ("mail.yunling.example", 25, Tls.STARTTLS, "端口"),
        ("mail.yunling.example", 22, Tls.IMPLICIT, "端口"),
        ("mail.yunling.example", 587, Tls.IMPLICIT, "端口"),
        ("mail.yunling.example", 587, Tls.NONE, "加密"),
        ("mail.yunling.example/x@127.0.0.1", 465, Tls.IMPLICIT, "写法"),
        ("mail.yunling.example\r\nx", 465, Tls.IMPLICIT, "写法"),
    ],
)
def test_where_mails_never_go(host: str, port: int, tls: Tls, says: str) -> None:
    one = GuardedSmtp(clock=SystemClock(), look_up=lambda host, port: ("127.0.0.1",))
    for act in (lambda: one.check(MailServer(host, port, tls)), lambda: one.send(MailServer(host, port, tls), LETTER)):
        with pytest.raises(Refused, match=says) as refused:
            act()
        assert refused.value.final


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "100.100.100.200"])
def test_a_public_name_that_leads_inside_is_refused(address: str) -> None:
    one = GuardedSmtp(clock=SystemClock(), look_up=lambda host, port: ("203.0.114.5", address))
    with pytest.raises(Refused, match=re.escape(address)):
        one.send(MailServer("mail.yunling.example", 465, Tls.IMPLICIT), LETTER)


def test_the_allow_list_of_requests_lets_no_mail_through_and_the_other_way_round() -> None:
    allow = (AllowEntry("https://127.0.0.1:465", "测试"),)
    with pytest.raises(Refused):
        GuardedSmtp(clock=SystemClock(), allow=allow).check(MailServer("127.0.0.1", 465, Tls.IMPLICIT))
    for wrong in ("smtp://127.0.0.1:25/", "smtp://u@127.0.0.1:25", "imap://127.0.0.1:25"):
        with pytest.raises(ValueError, match="smtps://"):
            AllowEntry(wrong, "测试")


# -- what is sure ----------------------------------------------------------------------------------

BEFORE = ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("at", [*BEFORE, "."])
def test_who_hangs_up_before_the_end_has_no_mail_and_after_it_nobody_knows(at: str) -> None:
    with (
        listening(talking({at: None})) as seen,
        pytest.raises(TryAgain if at in BEFORE else Unsure, match="中断") as failed,
    ):
        client(seen.port).send(server(seen.port, user=USER, password=PASSWORD), LETTER)
    assert seen.connections == 1, "it was sent again"
    assert (b".\r\n" in seen.requests) is (at == ".")
    assert PASSWORD not in str(failed.value)


@pytest.mark.parametrize("at", [*BEFORE, "."])
def test_a_byte_now_and_then_outlives_no_deadline(at: str) -> None:
    with (
        listening(talking({}, drips=at)) as seen,
        within(TOTAL),
        pytest.raises(TryAgain if at in BEFORE else Unsure, match=r"0\.5 秒"),
    ):
        client(seen.port, total=TOTAL).send(server(seen.port, user=USER, password=PASSWORD), LETTER)


def test_a_slow_goodbye_changes_nothing_and_ends_by_the_deadline() -> None:
    with listening(talking({}, drips="QUIT")) as seen, within(TOTAL):
        assert client(seen.port, total=TOTAL).send(server(seen.port), LETTER).stage is Stage.END


def test_a_handshake_in_drips_is_cut_off(certificates: Certificates) -> None:
    def drips(connection: socket.socket, seen: Seen) -> None:
        connection.recv(65_536)
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
        drop_by_drop(connection, seen, b"\x00")

    def after_starttls(connection: socket.socket, seen: Seen) -> None:
        for words in (b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n", b"220 go on\r\n"):
            connection.sendall(words)
            connection.recv(1_000)
        drips(connection, seen)

    for handler, tls in ((drips, Tls.IMPLICIT), (after_starttls, Tls.STARTTLS)):
        with listening(handler) as seen, within(TOTAL), pytest.raises(TryAgain, match=r"0\.5 秒"):
            client(seen.port, tls, certificates, total=TOTAL).send(server(seen.port, tls), LETTER)


def test_who_says_nothing_at_all_is_given_up() -> None:
    with listening(silent) as seen, within(TOTAL), pytest.raises(TryAgain):
        client(seen.port, total=TOTAL).send(server(seen.port), LETTER)


@pytest.mark.parametrize("flood", ["250-x\r\n" * 20_000 + "250 x", "250 " + "x" * 100_000])
@pytest.mark.parametrize("at", ["MAIL", "."])
def test_answers_without_end_are_not_read(at: str, flood: str) -> None:
    with listening(talking({at: flood})) as seen, pytest.raises(Unsure if at == "." else TryAgain, match=r"太长|中断"):
        client(seen.port).send(server(seen.port), LETTER)


def test_nobody_there_is_surely_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TryAgain, match="拒绝连接"):
        client(port).send(server(port), LETTER)


# -- what it answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "stage", "code"),
    [
        ({"": "554 nobody is served"}, Stage.GREETING, 554),
        ({"": "421 come back"}, Stage.GREETING, 421),
        ({"": "SSH-2.0-OpenSSH_9.2"}, Stage.GREETING, 0),
        ({"EHLO": "502 what"}, Stage.HELLO, 502),
        ({"AUTH": "535 5.7.8 wrong"}, Stage.AUTH, 535),
        ({"MAIL": "451 later"}, Stage.SENDER, 451),
        ({"RCPT": "550 5.1.1 who"}, Stage.RECIPIENT, 550),
        ({"RCPT": "421 closing"}, Stage.RECIPIENT, 421),
        ({"DATA": "554 no"}, Stage.DATA, 554),
        ({"DATA": "250 odd"}, Stage.DATA, 250),
        ({".": "552 5.3.4 too large"}, Stage.END, 552),
        ({".": "250 taken"}, Stage.END, 250),
    ],
)
def test_how_far_it_came_and_what_was_said_there(answers: dict[str, str | None], stage: Stage, code: int) -> None:
    with listening(talking(answers)) as seen:
        answer = client(seen.port).send(server(seen.port, user=USER, password=PASSWORD), LETTER)
    assert (answer.stage, answer.reply.code) == (stage, code)
    assert (b".\r\n" in seen.requests) is (stage is Stage.END)
    assert seen.requests == [] or seen.requests[-1] == b"QUIT\r\n"


def test_who_is_not_taken_is_told_by_place_and_the_others_have_it(tmp_path: Path) -> None:
    with office(tmp_path) as (account, port):
        told = Misbehaviour(how=How.CODE, code="550", at="recipient", numbers=frozenset({LETTER.recipients[1]}))
        account.conduct.tell(told)
        at = server(port, user=USER, password=account.secret_file.read_text().strip())
        answer = client(port).send(at, LETTER)
        assert answer.stage is Stage.END
        assert {place: reply.code for place, reply in answer.refused.items()} == {1: 550}
        assert account.mails[0].recipients == LETTER.recipients[:1]


def test_without_a_way_to_sign_in_nothing_is_sent() -> None:
    with listening(talking({"EHLO": "250-here\r\n250 AUTH GSSAPI"})) as seen, pytest.raises(TryAgain, match="登录"):
        client(seen.port).send(server(seen.port, user=USER, password=PASSWORD), LETTER)


def test_the_password_is_in_no_error_log_or_picture_of_an_object(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    at = MailServer(NAME, 465, Tls.IMPLICIT, USER, PASSWORD)
    assert PASSWORD not in repr(at)
    with listening(talking({"MAIL": None})) as seen, pytest.raises(TryAgain) as failed:
        client(seen.port).send(server(seen.port, user=USER, password=PASSWORD), LETTER)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert PASSWORD not in caplog.text
