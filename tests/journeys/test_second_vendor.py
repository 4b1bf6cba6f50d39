"""A town with two vendors: one ends in the middle, the other sends what is left, and nobody gets it twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.base import Outcome
from config.clock import wall
from producers.serve.views import Board, Reader, Status
from sandbox.misbehave import How
from streams.disable import enable
from tests.journeys.phones import CODES, NUMBERS, OTHER, Phones, phones
from tests.journeys.town import BY
from tests.producers.command.conftest import Terminal
from tests.sandbox.sms.office import tell, witness

NO_MONEY = {"aliyun": "isv.AMOUNT_NOT_ENOUGH", "tencent": "FailedOperation.InsufficientBalanceInSmsPackage"}
OTHERS = {"aliyun": "tencent", "tencent": "aliyun"}


@pytest.fixture(params=["aliyun", "tencent"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Phones]:
    with phones(tmp_path, request.param, second=OTHERS[request.param]) as found:
        yield found


def got(at: Phones, vendor: str) -> list[str]:
    """The numbers that a vendor texted for us."""
    ours = set(CODES[vendor].values())
    lines = witness(at.office.server, vendor)
    return [line["number"].removeprefix("+86") for line in lines if line["template"] in ours]


def has_no_money(at: Phones, vendor: str, **command: Any) -> None:
    at.office.server.misbehave(partner=vendor, how="code", code=NO_MONEY[vendor], at="SendSms", **command)


def states(at: Phones, done: Any) -> Counter[str]:
    return Counter(at.states(done))


def test_what_the_first_account_cannot_pay_for_goes_by_the_second(at: Phones) -> None:
    first, second = at.office.name, OTHERS[at.office.name]
    at.publish("先发的一件")
    at.town.settle()
    has_no_money(at, first, times=100)
    done = at.publish("没有钱了还要发的一件")
    at.town.settle()
    assert (got(at, first), sorted(got(at, second))) == (NUMBERS, NUMBERS)
    assert states(at, done) == {Outcome.ACCEPTED: len(NUMBERS)}
    for vendor, token in ((first, {}), (second, {"token": OTHER})):
        posted = tell(at.office.server, vendor, "receipts", to=at.address("receipts", **token), patience=20)
        assert posted["waiting"] == 0, vendor
    at.town.settle()
    assert states(at, done) == {Outcome.DELIVERED: len(NUMBERS)}


def test_which_account_has_no_money_is_told_until_it_has_again(at: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_CLOCK", str(at.town.house.home.parent / "now"))
    first, gongkai = at.office.name, Terminal(at.town.house.home)
    assert gongkai.ok("status")["ailing"] == []
    has_no_money(at, first, times=100)
    began, done = wall(at.town.clock.now()), at.publish("没有钱了还要发的一件")
    at.town.settle()
    for told in (gongkai.ok("status"), gongkai.ok("status", done.notice)):
        (one,) = told["ailing"]
        assert (one["endpoint"], one["since"]) == ("phones", began.isoformat())
        assert NO_MONEY[first] in one["why"]
    for args in (("status",), ("status", done.notice), ("check",)):
        said = gongkai(*args).out.replace("\n", "")
        assert "账户余额或套餐包不足" in said
        assert "请充值" in said
        assert "endpoints enable" not in said, "nothing is disabled"
    board = Reader(at.town.house).read(Status())
    assert isinstance(board, Board)
    (trouble,) = board.figures.outlets
    assert (trouble.endpoint, trouble.how, board.figures.is_well) == ("phones", "ails", True)
    at.office.misbehave(how=How.WELL)
    at.publish("又有钱了")
    at.town.settle()
    assert gongkai.ok("status")["ailing"] == []


def test_receipts_are_asked_for_at_the_vendor_that_sent(at: Phones) -> None:
    first, second = at.office.name, OTHERS[at.office.name]
    has_no_money(at, first, times=100)
    done = at.publish("由另一家发的一件")
    at.town.settle()
    assert (got(at, first), sorted(got(at, second))) == ([], NUMBERS)
    tell(at.office.server, second, "receipts", to="")
    at.pass_time(900)
    assert states(at, done) == {Outcome.DELIVERED: len(NUMBERS)}


def test_whoever_opts_out_at_the_second_vendor_is_texted_by_neither(at: Phones) -> None:
    first, second = at.office.name, OTHERS[at.office.name]
    has_no_money(at, first, times=3)
    at.publish("由另一家发的一件")
    at.town.settle()
    told = tell(at.office.server, second, "reply", number=NUMBERS[2], text="退订", to=at.address("replies", OTHER))
    assert told["taken"] == 1
    at.pass_time(7_200)
    at.publish("自己发的一件")
    at.town.settle()
    assert Counter(got(at, first) + got(at, second)) == {one: 1 if one == NUMBERS[2] else 2 for one in NUMBERS}


def test_an_answer_that_nobody_saw_is_looked_up_where_it_was_lost(at: Phones) -> None:
    first, second = at.office.name, OTHERS[at.office.name]
    has_no_money(at, first, times=100)
    at.office.server.misbehave(partner=second, how=How.RESET, times=1, at="SendSms")
    at.publish("答复丢了的一件")
    at.town.settle(7_200, step=60)
    assert (got(at, first), sorted(got(at, second))) == ([], NUMBERS)


def test_the_second_s_secret_is_read_from_its_file_at_the_next_request(at: Phones) -> None:
    first, second = at.office.name, OTHERS[at.office.name]
    file = at.town.house.home / "secrets" / f"sms-{second}"
    right = file.read_text("utf-8")
    has_no_money(at, first, times=100)
    file.write_text("revoked", "utf-8")
    done = at.publish("两家都发不了的一件")
    at.town.settle()
    assert at.town.outcomes(done)["phones"] == [Outcome.PARKED]
    file.write_text(right, "utf-8")
    at.pass_time(120)  # a second that has just said that it cannot send is left alone for a minute
    at.town.house.store.write(lambda tx: enable(tx, "phones", by=BY))
    at.town.settle(60)  # what waited is sent at a ramped rate
    assert (got(at, first), sorted(got(at, second))) == ([], NUMBERS)
    assert not any("revoked" in cause or right.strip() in cause for cause in at.town.causes("phones"))


def test_a_token_opens_the_address_of_its_own_vendor_only(at: Phones) -> None:
    """A stranger's word at the other's address is no receipt of it."""
    has_no_money(at, at.office.name, times=100)
    done = at.publish("由另一家发的一件")
    at.town.settle()
    wrong = tell(at.office.server, OTHERS[at.office.name], "receipts", to=at.address("receipts"), patience=20)
    assert wrong["taken"] == 0
    assert states(at, done) == {Outcome.ACCEPTED: len(NUMBERS)}
    assert requests.post(at.address("receipts", "0" * 32), json=[], timeout=10).status_code == 404
