"""What a reply means: what was surely not taken is tried again, what nobody knows goes to a person."""

from collections.abc import Mapping

import pytest

from channels.base import Accepted, Done, Gone, Refused, TryAgain, Unsure
from channels.smtp.letter import Reply, SmtpAnswer, Stage
from tests.channels.mail.post import PASSWORD, TO, Told, before, work


def answer(stage: Stage, code: int, text: str = "", **refused: int) -> SmtpAnswer:
    """An answer; ``refused`` is ``p1=550``: by the place in the mail that was handed in, from 0."""
    rest = {int(place[1:]): Reply(code, f"{code} no {TO[0]}") for place, code in refused.items()}
    return SmtpAnswer(stage, Reply(code, text), rest)


TAKEN = answer(Stage.END, 250, "2.0.0 Ok: queued as 4XYZ")
EARLY = [stage for stage in Stage if stage is not Stage.END]


@pytest.mark.parametrize(
    ("stage", "code", "means"),
    [
        *((stage, code, TryAgain) for stage in Stage for code in (421, 450, 451, 452, 454)),
        *((stage, code, TryAgain) for stage in EARLY for code in (0, 150, 334, 999) if stage is not Stage.RECIPIENT),
        *((Stage.END, code, Unsure) for code in (0, 150, 354, 600, 999)),
        (Stage.GREETING, 554, Gone),
        (Stage.HELLO, 502, Gone),
        (Stage.TLS, 501, TryAgain),
        (Stage.AUTH, 535, Gone),
        (Stage.AUTH, 534, Gone),
        (Stage.AUTH, 454, TryAgain),
        (Stage.SENDER, 530, Gone),
        (Stage.SENDER, 553, Gone),
        (Stage.SENDER, 552, Refused),
        (Stage.DATA, 554, Refused),
        (Stage.END, 552, Refused),
        (Stage.END, 554, Refused),
        (Stage.END, 550, Refused),
    ],
)
def test_each_reply_means_what_the_table_says(stage: Stage, code: int, means: type[Exception]) -> None:
    with pytest.raises(means, match=rf"（{code}）.*so it says") as raised:
        before(Told(answer(stage, code, "so it says"))).send("hand in", work())
    assert getattr(raised.value, "final", True)
    assert getattr(raised.value, "throttled", True), "the lane waits"


def test_taken_is_accepted_and_no_more_with_the_mark_that_a_person_can_look_for() -> None:
    told = Told(TAKEN)
    done = before(told).send("hand in", work())
    assert isinstance(done, Accepted)
    assert done.ask_again_at is None
    assert "queued as 4XYZ" in done.note
    assert f"Message-ID: {done.reference}\r\n".encode() in told.letters[0].message


def test_who_is_refused_for_good_is_told_by_place_and_masked_and_the_others_have_it() -> None:
    done = before(Told(answer(Stage.END, 250, p1=550))).send("hand in", work())
    assert isinstance(done, Accepted)
    assert "第2个收件人（w***@yunling.example）没有收下（550）" in done.note
    assert not any(address in done.note for address in TO)


def test_nobody_was_taken_for_good() -> None:
    with pytest.raises(Refused) as raised:
        before(Told(answer(Stage.RECIPIENT, 550, p0=550, p1=551, p2=553))).send("hand in", work())
    assert raised.value.final
    assert [f"第{place}个" in str(raised.value) for place in (1, 2, 3)] == [True] * 3


def test_nobody_was_taken_and_some_may_be_later() -> None:
    with pytest.raises(TryAgain, match="第2个"):
        before(Told(answer(Stage.RECIPIENT, 550, p0=550, p1=450, p2=553))).send("hand in", work())


@pytest.mark.parametrize("others", [{}, {"p1": 550}, {"p1": 450}])
def test_a_server_that_wants_a_login_at_the_recipients_keeps_the_mail_for_a_person(others: dict[str, int]) -> None:
    told = answer(Stage.RECIPIENT, 530, "", **{"p0": 550, "p1": 530, "p2": 530} | others)
    with pytest.raises(Gone, match="不让登录（530）：核对用户名和密码") as raised:
        before(Told(told)).send("hand in", work())
    assert "530 no l***@yunling.example" in str(raised.value), "its words, with no address that can be read"


def test_who_was_put_off_gets_it_later_and_nobody_gets_it_twice() -> None:
    told = Told(answer(Stage.END, 250, p0=550, p2=451), TAKEN)
    one = before(told)
    first = one.send("hand in", work())
    assert isinstance(first, Done)
    again = work(scratch=first.scratch, attempt=2)
    assert one.next_step(again)
    last = one.send("hand in", again)
    assert isinstance(last, Accepted)
    assert "第1个收件人" in last.note
    assert [list(letter.recipients) for letter in told.letters] == [list(TO), [TO[2]]]
    marks = {line for letter in told.letters for line in letter.message.split(b"\r\n") if line[:10] == b"Message-ID"}
    assert len(marks) == 1


def test_who_was_put_off_and_then_refused_does_not_undo_that_others_have_it() -> None:
    told = Told(answer(Stage.END, 250, p2=451), answer(Stage.RECIPIENT, 550, p0=550))
    one = before(told)
    first = one.send("hand in", work())
    assert isinstance(first, Done)
    last = one.send("hand in", work(scratch=first.scratch))
    assert isinstance(last, Accepted)
    assert "第3个收件人" in last.note


def test_a_list_that_was_changed_meanwhile_mails_nobody_twice() -> None:
    scratch: Mapping[str, object] = {"had": [TO[0]], "refused": {TO[1]: "没有收下"}}
    told = Told(TAKEN)
    before(told, to=("neu@yunling.example", *TO[:2])).send("hand in", work(scratch=scratch))
    assert list(told.letters[0].recipients) == ["neu@yunling.example"]
    assert isinstance(before(Told(), to=TO[:2]).send("hand in", work(scratch=scratch)), Accepted)


def test_password_addresses_and_what_terminals_obey_stay_out_of_every_cause() -> None:
    said = f"5.7.8 {PASSWORD} of {TO[1]}\x1b[31m\n is wrong" + "x" * 900
    with pytest.raises(Gone) as raised:
        before(Told(answer(Stage.AUTH, 535, said))).send("hand in", work())
    cause = str(raised.value)
    assert "5.7.8 … of w***@yunling.example [31m is wrong" in cause
    assert PASSWORD not in cause
    assert cause.isprintable()
    assert len(cause) < 300
