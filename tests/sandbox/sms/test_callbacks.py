"""Receipts and replies as the vendors post them: by the clock, on command, late, twice and out of order."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from config.clock import DrivenClock
from sandbox.sms.callbacks import CallBacks
from sandbox.sms.numbers import alias
from sandbox.sms.routes import Sms
from tests.sandbox.process import Running, running
from tests.sandbox.sms.listener import Listener, listening
from tests.sandbox.sms.office import register, send, send_tencent, tell, witness

NUMBERS = [f"1390000000{each}" for each in range(5)]


@pytest.fixture
def office() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    register(tmp_path)
    with running(tmp_path) as found:
        yield found


def test_aliyuns_receipts_are_those_of_its_document(server: Running, office: Listener) -> None:
    sent = send(server, ",".join(NUMBERS[:2]), mark="d-1")
    told = tell(server, "aliyun", "receipts", to=office.url, outcomes={NUMBERS[1]: "MOBILE_NOT_ON_SERVICE"})
    assert told == {"receipts": 2, "taken": 1, "waiting": 0}
    (body,) = office.bodies
    assert [(each["phone_number"], each["success"], each["err_code"]) for each in body] == [
        (NUMBERS[0], True, "DELIVERED"),
        (NUMBERS[1], False, "MOBILE_NOT_ON_SERVICE"),
    ]
    assert {(each["biz_id"], each["out_id"], each["sms_size"]) for each in body} == {(sent.biz_id, "d-1", "1")}
    for name in ("send_time", "report_time"):
        datetime.strptime(body[0][name], "%Y-%m-%d %H:%M:%S")
    assert body[0].keys() == {
        *("phone_number", "send_time", "report_time", "success", "err_code", "err_msg", "sms_size", "biz_id", "out_id")
    }


def test_tencents_receipts_are_those_of_its_document(server: Running, office: Listener) -> None:
    sent = send_tencent(server, NUMBERS[:2])
    tell(server, "tencent", "receipts", to=office.url, outcomes={NUMBERS[1]: "UNDELIV"})
    (body,) = office.bodies
    assert [(each["mobile"], each["report_status"], each["errmsg"], each["sid"]) for each in body] == [
        (NUMBERS[0], "SUCCESS", "DELIVRD", sent[0].SerialNo),
        (NUMBERS[1], "FAIL", "UNDELIV", sent[1].SerialNo),
    ]
    assert body[0].keys() == {
        *("user_receive_time", "nationcode", "mobile", "report_status", "errmsg", "description", "sid")
    }


@pytest.mark.parametrize(("order", "expected"), [("sent", "01234"), ("reversed", "43210"), ("mixed", "13024")])
def test_receipts_come_twice_and_out_of_order(server: Running, office: Listener, order: str, expected: str) -> None:
    send(server, ",".join(NUMBERS))
    tell(server, "aliyun", "receipts", to=office.url, order=order, times=2, batch=1)
    came = [body[0]["phone_number"][-1] for body in office.bodies]
    assert "".join(came) == "".join(each * 2 for each in expected)


def test_a_number_may_never_be_reported(server: Running, office: Listener) -> None:
    send(server, ",".join(NUMBERS))
    told = tell(server, "aliyun", "receipts", to=office.url, outcomes={NUMBERS[2]: ""})
    assert told["receipts"] == 4
    assert NUMBERS[2] not in {each["phone_number"] for each in office.bodies[0]}


def test_by_the_clock_receipts_come_late_and_are_posted_again_when_nobody_took_them(
    tmp_path: Path, office: Listener
) -> None:
    now = datetime.now(UTC)  # the vendor's SDK signs with the machine's clock
    clock = DrivenClock(now, file=tmp_path / "now")
    tables = f'report_to = "{office.url}"\nreceipts = {{ after = 30.0, outcomes = {{ "{NUMBERS[1]}" = "" }} }}'
    register(tmp_path, aliyun=tables)
    with office.came:
        office.status = 503
    with running(tmp_path, clock=tmp_path / "now") as server:
        send(server, f"{NUMBERS[0]},{NUMBERS[1]}")
        assert witness(server, "aliyun", "receipt") == []
        clock.advance(29)
        send(server, NUMBERS[2])  # its own half minute begins
        clock.advance(1)
        office.wait_for(1)
        assert [each["phone_number"] for each in office.bodies[0]] == [NUMBERS[0]]
        with office.came:
            office.status = 200
        clock.advance(60)
        office.wait_for(3)
        assert [body[0]["phone_number"] for body in office.bodies[1:]] == [NUMBERS[0], NUMBERS[2]]
        clock.advance(3_600)
        send_again = tell(server, "aliyun", "receipts", to=office.url)
    assert send_again == {"receipts": 0, "taken": 0, "waiting": 0}
    assert office.bodies[0] == office.bodies[1]
    assert len(witness(server, "aliyun", "receipt")) == 2


@pytest.mark.parametrize(
    ("status", "answer", "aliyun", "tencent"),
    [
        (200, b'{"code": 0, "msg": "OK"}', 1, 0),
        (200, b'{"code": 5}', 1, 0),  # only whether it is a number is looked at
        (200, b'{"code": "0"}', 0, 0),
        (200, b'{"code": true}', 0, 0),
        (200, b'{"result": 0, "errmsg": "OK"}', 0, 1),
        (200, b'{"result": 1, "errmsg": "busy"}', 0, 0),
        (200, b'{"result": 0}', 0, 0),
        (200, b"", 0, 0),
        (200, b"OK", 0, 0),
        (200, b"[" * 9_000, 0, 0),
        (500, b'{"code": 0, "result": 0, "errmsg": "OK"}', 0, 0),
    ],
)
def test_a_post_is_taken_when_its_answer_is_the_vendors(
    server: Running, office: Listener, status: int, answer: bytes, aliyun: int, tencent: int
) -> None:
    office.status, office.answer = status, answer
    send(server, NUMBERS[0])
    send_tencent(server, NUMBERS[:1])
    for vendor, taken in (("aliyun", aliyun), ("tencent", tencent)):
        told = tell(server, vendor, "receipts", to=office.url)
        assert told == {"receipts": 1, "taken": taken, "waiting": 1 - taken}


def test_aliyun_waits_700_milliseconds_for_an_answer(server: Running, office: Listener) -> None:
    office.answering.clear()
    send(server, NUMBERS[0])
    began = time.monotonic()
    assert tell(server, "aliyun", "receipts", to=office.url) == {"receipts": 1, "taken": 0, "waiting": 1}
    assert 0.7 <= time.monotonic() - began < 5


def test_tencent_tries_three_times(tmp_path: Path, office: Listener) -> None:
    clock = DrivenClock(datetime.now(UTC), file=tmp_path / "now")
    register(tmp_path)
    office.status = 503
    with running(tmp_path, clock=tmp_path / "now") as server:
        send_tencent(server, NUMBERS[:1])
        assert tell(server, "tencent", "receipts", to=office.url) == {"receipts": 1, "taken": 0, "waiting": 1}
        for count in (2, 3):
            clock.advance(300)
            office.wait_for(count)
        clock.advance(3_600)
        assert tell(server, "tencent", "receipts", to=office.url) == {"receipts": 0, "taken": 0, "waiting": 0}
    assert len(office.bodies) == 3


def test_of_whom_nothing_is_heard_nothing_is_heard_after_a_restart(tmp_path: Path) -> None:
    register(tmp_path)
    with running(tmp_path) as server:
        send(server, ",".join(NUMBERS[:2]))
        assert tell(server, "aliyun", "receipts", outcomes={NUMBERS[1]: ""})["receipts"] == 1
    with running(tmp_path) as server:
        assert tell(server, "aliyun", "receipts")["receipts"] == 0


@pytest.mark.parametrize("to", ["nowhere", "http://[", "http://127.0.0.1:99999/", "ftp://127.0.0.1/", "http://a..b/"])
def test_an_address_that_is_none_ends_nothing(server: Running, office: Listener, to: str) -> None:
    send(server, NUMBERS[0])
    assert tell(server, "aliyun", "receipts", to=to)["waiting"] == 1
    send(server, NUMBERS[0])
    assert tell(server, "aliyun", "receipts", to=office.url)["taken"] == 1


def test_call_backs_that_ended_do_not_spoil_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: CallBacks) -> None:
        raise OSError

    async def serve() -> None:
        vendors.start()
        await asyncio.sleep(0)
        await vendors.leave()

    monkeypatch.setattr(CallBacks, "run", fails)
    vendors = Sms(tmp_path, tmp_path / "sms", tmp_path / "secrets", DrivenClock(datetime.now(UTC)))
    asyncio.run(serve())
    for vendor in vendors.vendors.values():
        vendor.close()


def phone_has(server: Running) -> int:
    """How many texts the only phone shows."""
    page = requests.get(f"{server.origin}/phones/{alias(NUMBERS[0])}", timeout=10).text
    return page.count('class="theirs"')


def test_a_reply_is_posted_and_opts_out_of_what_comes_after_it(server: Running, office: Listener) -> None:
    send(server, NUMBERS[0])
    tell(server, "aliyun", "reply", number=NUMBERS[0], text="R", to=office.url, times=2)
    body: list[dict[str, Any]] = office.bodies[0]
    assert office.bodies == [body, body]
    assert (body[0]["phone_number"], body[0]["content"]) == (NUMBERS[0], "R")
    assert body[0].keys() == {"phone_number", "content", "send_time", "dest_code", "sequence_id"}  # no signature
    send(server, NUMBERS[0])
    assert phone_has(server) == 1
    tell(server, "aliyun", "receipts", to=office.url)
    assert [each["err_code"] for each in office.bodies[-1]] == ["DELIVERED", "MOBILE_IN_BLACK"]
    assert phone_has(server) == 1
    send_tencent(server, [NUMBERS[0]])
    tell(server, "tencent", "reply", number=f"+86{NUMBERS[0]}", text="收到", to=office.url)
    assert office.bodies[-1].keys() == {"extend", "mobile", "nationcode", "sign", "text", "time"}
    assert office.bodies[-1]["text"] == "收到"


def test_a_command_it_does_not_know_changes_nothing(server: Running) -> None:
    for path, command, status in (
        ("aliyun/receipts", {"order": "any"}, 400),
        ("aliyun/reply", {"number": "13900000001"}, 404),
        ("other/receipts", {}, 404),
        ("aliyun/receipts", {"after": 1e300}, 400),
        ("aliyun/receipts", {"times": 101}, 400),
        ("aliyun/reply", {"number": "13900000001", "times": 101}, 400),
        ("aliyun/receipts", {"outcome": "x" * 1_048_576}, 413),
    ):
        answer = requests.post(f"{server.origin}/sms/{path}", json=command, timeout=10)
        assert (answer.status_code, bool(answer.text)) == (status, True)


@pytest.mark.parametrize(
    ("path", "command"), [("", {}), ("sms/aliyun/receipts", {}), ("sms/aliyun/reply", {"number": NUMBERS[0]})]
)
def test_a_wrong_registration_is_said_to_whoever_asks(server: Running, path: str, command: dict[str, str]) -> None:
    send(server, NUMBERS[0])
    register(server.home, aliyun="limits = { notice_daily = 1 }")
    asked = {"x-acs-action": "SendSms"}
    answer = requests.post(f"{server.origin}/{path}", json=command, headers=asked, timeout=10)
    assert (answer.status_code, "notice_daily" in answer.text) == (409, True)
