"""A mail as it goes out, and against the sandbox's server: once, and what an answer that never came means."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from channels.base import Accepted, Done, Gone, TryAgain, Unsure
from channels.mail import Channel
from channels.smtp.letter import Reply, SmtpAnswer, Stage
from config.clock import DrivenClock
from sandbox.mail.letter import wrong_with
from tests import factories
from tests.channels.contract import follow
from tests.channels.mail.post import SENDER, TO, Told, before, channel, parsed, work
from tests.sandbox.process import ACCOUNT, Running, running

TAKEN = SmtpAnswer(Stage.END, Reply(250, "2.0.0 ok"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")


def post(server: Running, **options: Any) -> Channel:
    """The channel to the sandbox's account."""
    options = {"secret": ACCOUNT, "user": ACCOUNT} | options
    password = options.pop("password", server.password)
    return channel(server.mail_port, known=lambda name: password, **options)


def test_what_goes_out_is_a_header_and_the_approved_bytes() -> None:
    told, todo = Told(TAKEN), work()
    one = before(told)
    one.send("hand in", todo)
    (letter,) = told.letters
    assert (letter.sender, tuple(letter.recipients)) == (SENDER, TO)
    assert letter.message.endswith(todo.rendition.main.body)
    assert wrong_with(letter.message) == ""
    assert all(len(line) <= 78 for line in letter.message.split(b"\r\n"))
    mail = parsed(letter.message)
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert mail["From"].addresses[0].display_name == "云岭高新区人力资源和社会保障局"
    assert [one.addr_spec for one in mail["To"].addresses] == list(TO)
    assert parsedate_to_datetime(mail["Date"]) == one.tools.clock.now().replace(microsecond=0)
    assert str(mail["Date"]).endswith("+0800")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_its_mark_is_the_same_at_each_try_and_anothers_is_another() -> None:
    told = Told(TAKEN, TAKEN, TAKEN)
    one = before(told)
    for todo in (work(), work(attempt=2), work(key="another")):
        assert isinstance(one.tools.clock, DrivenClock)
        one.tools.clock.advance(60)
        one.send("hand in", todo)
    marks = [str(parsed(letter.message)["Message-ID"]) for letter in told.letters]
    assert (marks[0] == marks[1], marks[0] == marks[2]) == (True, False)
    assert all(mark.endswith("@yunling.example>") for mark in marks)


def test_all_mails_about_one_notice_stand_in_one_thread_and_no_others() -> None:
    told = Told(*[TAKEN] * 5)
    one, first = before(told), factories.version()
    other = factories.message(factories.version(notice="202611-zzzzzzzz"))
    for said in (factories.message(first), follow(first, "corrected"), follow(first, "banner"), other):
        one.send("hand in", work(said))
    one.send("hand in", replace(work(), endpoint="else"))
    threads = [str(parsed(letter.message)["References"]) for letter in told.letters]
    assert threads[0] == threads[1] == threads[2]
    assert len({*threads}) == 3


def test_a_name_of_an_office_is_never_a_header() -> None:
    told = Told(TAKEN)
    hostile = factories.message().model_copy(update={"office": factories.office(name='局"\r\nBcc: x@y.example <a@b>')})
    before(told).send("hand in", work(hostile))
    mail = parsed(told.letters[0].message)
    assert "Bcc" not in mail
    assert [one.addr_spec for one in mail["From"].addresses] == [SENDER]


def test_one_step_and_the_server_has_it(server: Running) -> None:
    todo = work()
    done = post(server).send(post(server).next_step(todo), todo)
    assert isinstance(done, Accepted)
    kept = server.mails()[-1]
    assert (kept["sender"], kept["recipients"]) == (SENDER, list(TO))
    assert kept["message"].encode().endswith(todo.rendition.main.body)
    assert parsed(kept["message"].encode())["Subject"] == factories.version().title


@pytest.mark.parametrize(
    "command",
    [{"how": "slow", "seconds": 30}, {"how": "reset"}, {"how": "drop"}, {"how": "drip", "seconds": 0.2}],
    ids=lambda command: command["how"],
)
def test_once_the_whole_mail_has_left_nothing_but_an_answer_makes_it_sure(
    server: Running, command: dict[str, Any]
) -> None:
    before = len(server.mails())
    server.misbehave(**command, times=1, partner=ACCOUNT)
    with pytest.raises(Unsure, match="看一看"):
        post(server, total=0.5).send("hand in", work())
    assert len(server.mails()) == before + 1


@pytest.mark.parametrize("at", ["greeting", "hello", "auth", "sender", "recipient", "data"])
@pytest.mark.parametrize("how", ["drop", "reset", "slow"])
def test_before_that_it_is_surely_not_taken(server: Running, at: str, how: str) -> None:
    before = len(server.mails())
    server.misbehave(how=how, seconds=30, at=at, times=1, partner=ACCOUNT)
    with pytest.raises(TryAgain):
        post(server, total=0.5).send("hand in", work())
    assert len(server.mails()) == before


def test_a_wrong_password_disables_the_endpoint_and_is_nowhere(
    server: Running, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Gone, match="535") as raised:
        post(server, password="canary-wrong").send("hand in", work())
    told = capfd.readouterr()
    assert not any("canary" in words for words in (str(raised.value), caplog.text, told.out, told.err))


def test_one_recipient_is_refused_and_told_by_place(server: Running) -> None:
    server.misbehave(how="code", code="550", at="recipient", numbers=[TO[1]], partner=ACCOUNT)
    done = post(server).send("hand in", work())
    assert "第2个收件人（w***@yunling.example）没有收下（550）" in done.note
    assert server.mails()[-1]["recipients"] == [TO[0], TO[2]]


def test_what_is_refused_later_takes_nothing_from_whoever_had_it() -> None:
    """The second of two was put off, and then the server will not have the mail: the first hears of what follows."""
    put_off = SmtpAnswer(Stage.END, Reply(250, "ok"), {1: Reply(450, "greylisted")})
    one, todo = before(Told(put_off, SmtpAnswer(Stage.END, Reply(550, "content rejected")))), work()
    again = one.send("hand in", todo)
    assert isinstance(again, Done)
    end = one.send("hand in", replace(todo, scratch=again.scratch))
    assert isinstance(end, Accepted)
    assert "content rejected" in end.note


def test_a_test_says_that_it_is_one(server: Running) -> None:
    assert "收件人 3 个" in post(server).test()
    mail = parsed(server.mails()[-1]["message"].encode())
    assert mail["Subject"] == "测试邮件"
    assert parsedate_to_datetime(mail["Date"]) <= datetime.now(UTC)
    assert "References" not in mail
