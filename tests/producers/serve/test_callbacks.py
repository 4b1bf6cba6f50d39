"""What vendors post to the public listener: taken from whoever knows the address, and told to nobody."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import structlog
from sqlalchemy import insert, select

from channels.base import Outcome
from channels.sms.aliyun import Aliyun
from channels.sms.options import SmsOptions
from channels.sms.tencent import Tencent
from config.clock import DrivenClock, wall
from config.serve import most_posted
from producers.audience_acts import read_audience
from producers.posted import box_at
from producers.serve.callbacks import CallBacks
from streams.audiences import Audience
from streams.store.tables import delivery, opted_out, reached
from tests.channels.contract import options
from tests.journeys.town import Outlet, Town, opened, prepared
from tests.producers.serve.doors import away, behind

TOKEN = "0f9d3c5be1a27468-0f9d3c5be1a27468"
NUMBERS = [f"1391234{number:04}" for number in range(4)]
STRANGER = "13811112222"
EVERY = {"callbacks": "huidiao"}
WELL = options("sms") | EVERY
OUTLETS = [
    Outlet("site", "website"),
    Outlet("phones", "sms", options=WELL),
    Outlet("tencent", "sms", options=WELL | {"vendor": "tencent", "app": "1400006666"}),
    Outlet("others", "sms", options=WELL | {"key_id": "LTAI5t9876543210"}),
    Outlet("rehearsed", "sms", options=WELL, pretend=True),
    Outlet("silent", "sms", options=options("sms")),
    Outlet("weak", "sms", options=WELL | {"callbacks": "weak"}),
    Outlet("unset", "sms", options=WELL | {"callbacks": "unset"}),
    Outlet("near", "sms", options=WELL | {"callbacks_from": ["198.51.100.0/24", "127.0.0.0/8"]}),
    Outlet("far", "sms", options=WELL | {"callbacks_from": ["198.51.100.0/24", "2001:db8::/32"]}),
]


@dataclass
class Door:
    """The town's public listener."""

    town: Town

    def __call__(self, path: str, said: Any = b"", method: str = "POST") -> requests.Response:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return requests.request(method, f"{self.town.house.configuration.public_url}{path}", data=body, timeout=20)

    def states(self) -> str:
        """Of each text by place, one letter."""
        wanted = select(reached.c.state).order_by(reached.c.place)
        return "".join(one[0] for one in self.town.house.store.read(lambda c: c.execute(wanted).scalars().all()))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """An office that has sent a text to four."""
    clock = DrivenClock()
    with prepared(tmp_path / "home", clock, OUTLETS) as ground:
        (ground.home / "secrets").mkdir()
        for name, text in {"huidiao": TOKEN, "weak": "0f9d3c5be1a2746"}.items():
            (ground.home / "secrets" / name).write_text(f"{text}\n")
        with opened(ground) as town:
            read_audience(town.house, Audience("pensioners", "rsj", "甲", "第四条", 30), NUMBERS, by="测试")
            sent(town)
            yield Door(town)


def sent(town: Town) -> None:
    """As it stands in the store after sending."""
    now = town.clock.now()
    one = {"id": "d", "endpoint": "phones", "audience": "pensioners", "edition": 1, "each": 4, "parts": 1} | {
        "urgent": False, "sequence": 1, "message": "m", "subject": "s", "subject_sequence": 1, "rendition": "",
        "state": "accepted", "cause": "", "planned_at": now,
    }  # fmt: skip
    texts = [
        {"delivery": "d", "place": n, "state": Outcome.ACCEPTED, "reference": "b^1", "cause": "", "at": now}
        for n in range(4)
    ]
    for table, rows in ((delivery, [one]), (reached, texts)):
        town.house.store.write(lambda tx, to=table, of=rows: tx.connection.execute(insert(to), of))  # type: ignore[misc]  # of this round


def report(town: Town, number: str = NUMBERS[0], **changes: Any) -> dict[str, Any]:
    """A receipt of 阿里云's, of now."""
    at = f"{wall(town.clock.now()):%Y-%m-%d %H:%M:%S}"
    said = {"phone_number": number, "report_time": at, "success": True, "err_code": "DELIVERED", "biz_id": "b^1"}
    return said | changes


def reply(town: Town, text: str, number: str = NUMBERS[0]) -> dict[str, Any]:
    """A reply as 阿里云 posts it."""
    return {"phone_number": number, "content": text, "send_time": f"{wall(town.clock.now()):%Y-%m-%d %H:%M:%S}"}


def test_receipts_are_taken_and_answered_as_the_vendor_wants(door: Door) -> None:
    path = f"/sms/phones/{TOKEN}/receipts"
    answer = door(path, [report(door.town), report(door.town, NUMBERS[2], success=False, err_code="MOBILE_OFF")])
    assert (answer.status_code, answer.content) == (200, Aliyun.taken)
    assert answer.headers["content-type"] == "application/json"
    assert door.states() == "dafa"
    assert door(path, []).status_code == 200
    answer = door(f"/sms/tencent/{TOKEN}/receipts", [])
    assert (answer.status_code, answer.content) == (200, Tencent.taken)


def test_an_account_has_one_address_for_all_that_send_from_it(door: Door) -> None:
    assert door(f"/sms/near/{TOKEN}/receipts", [report(door.town)]).status_code == 200, "of the same account"
    assert door.states() == "daaa"
    assert door(f"/sms/others/{TOKEN}/receipts", [report(door.town, NUMBERS[1])]).status_code == 503
    assert door.states() == "daaa"


def test_what_may_yet_be_ours_is_not_taken_and_comes_again(door: Door) -> None:
    path, said = f"/sms/phones/{TOKEN}/receipts", [report(door.town), report(door.town, STRANGER)]
    assert door(path, said).status_code == 503
    assert door.states() == "daaa", "what is ours stands all the same"
    door.town.clock.advance(300)
    assert door(path, said).status_code == 200
    assert door.states() == "daaa"


def test_an_opt_out_is_heard_and_other_words_are_counted(door: Door) -> None:
    answer = door(f"/sms/phones/{TOKEN}/replies", [reply(door.town, "TD"), reply(door.town, "收到", NUMBERS[1])])
    assert (answer.status_code, answer.content) == (200, Aliyun.taken)
    store = door.town.house.store
    assert store.read(lambda c: c.execute(select(opted_out.c.how)).scalars().all()) == ["reply"]
    said = {"nationcode": "86", "mobile": NUMBERS[1], "text": "退订", "time": int(door.town.clock.now().timestamp())}
    assert door(f"/sms/tencent/{TOKEN}/replies", said).content == Tencent.taken
    assert len(store.read(lambda c: c.execute(select(opted_out)).all())) == 2


NOWHERE = [
    f"/sms/phones/{TOKEN[:-1]}/receipts",
    f"/sms/phones/{TOKEN}0/receipts",
    "/sms/phones//receipts",
    "/sms/phones/%E5%8F%A3%E4%BB%A4/receipts",
    f"/sms/nobody/{TOKEN}/receipts",
    f"/sms/%00/{TOKEN}/receipts",
    f"/sms/site/{TOKEN}/receipts",
    f"/sms/rehearsed/{TOKEN}/receipts",
    f"/sms/silent/{TOKEN}/receipts",
    "/sms/silent//receipts",
    "/sms/weak/0f9d3c5be1a2746/receipts",
    f"/sms/unset/{TOKEN}/receipts",
    f"/sms/far/{TOKEN}/receipts",
    f"/sms/phones/{TOKEN}/report",
    f"/sms/phones/{TOKEN}/receipts/",
    f"/sms/phones/{TOKEN}",
    f"/sms//phones/{TOKEN}/receipts",
    "/sms/" + "a/" * 5_000,
]


def test_whatever_is_wrong_with_an_address_it_is_told_the_same(door: Door) -> None:
    nowhere = door("/sms/a/b/receipts", b"x" * most_posted())
    same = ("content-type", "cache-control", "connection", "content-length")
    for path in NOWHERE:
        answer = door(path, [report(door.town)])
        assert (answer.status_code, answer.content) == (404, nowhere.content), path
        assert [answer.headers[name] for name in same] == [nowhere.headers[name] for name in same], path
    assert door.states() == "aaaa"


def test_only_posts_are_answered(door: Door) -> None:
    path = f"/sms/phones/{TOKEN}/receipts"
    assert door(path, method="GET").status_code == 404
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert door(path, method=method).status_code == 405
    assert door(f"/sm/phones/{TOKEN}/receipts", []).status_code == 405


@pytest.mark.parametrize(
    ("client", "may"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::1", True),
        ("198.51.101.7", False),
        (None, False),
    ],
)
def test_an_endpoint_may_name_the_networks_that_post(door: Door, client: str | None, may: bool) -> None:
    found = box_at(door.town.house, f"/sms/far/{TOKEN}/receipts", client)
    assert (found is not None) is may
    assert door(f"/sms/near/{TOKEN}/receipts", []).status_code == 200, "from here"
    assert box_at(door.town.house, f"/sms/phones/{TOKEN}/receipts", client) is not None, "from anywhere"


@pytest.mark.parametrize("wrong", ["198.51.100.7/24", "aliyun", "", "198.51.100.0/33"])
def test_what_is_no_network_is_said_so(wrong: str) -> None:
    with pytest.raises(ValueError, match="callbacks_from"):
        SmsOptions.model_validate(WELL | {"callbacks_from": [wrong]})


def test_a_token_is_changed_without_a_restart(door: Door) -> None:
    (door.town.house.home / "secrets" / "huidiao").write_text("another-token-that-nobody-knows")
    assert door(f"/sms/phones/{TOKEN}/receipts", []).status_code == 404
    assert door("/sms/phones/another-token-that-nobody-knows/receipts", []).status_code == 200


def test_a_body_is_taken_up_to_its_bound(door: Door) -> None:
    path, said = f"/sms/phones/{TOKEN}/receipts", json.dumps([report(door.town)]).encode()
    assert door(path, said + b" " * (most_posted() - len(said))).status_code == 200
    assert door.states() == "daaa"
    assert door(path, said + b" " * (most_posted() - len(said) + 1)).status_code == 413
    url = f"{door.town.house.configuration.public_url}{path}"
    pieces = (b" " * 20_000 for _ in range(14))
    assert requests.post(url, data=pieces, timeout=20).status_code == 413, "without a length beforehand"


async def told(callbacks: CallBacks, path: str, body: bytes, *, whole: bool = True) -> list[Any]:
    """What is answered to a post; one that is not ``whole`` breaks off."""
    came = [{"type": "http.request", "body": body, "more_body": not whole}, {"type": "http.disconnect"}]
    answered: list[Any] = []

    async def receive() -> Any:
        return came.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": [], "client": None}
    await callbacks(scope, receive, send)
    return answered


def test_who_leaves_in_the_middle_harms_nothing(door: Door) -> None:
    callbacks = CallBacks(door.town.house)
    said = json.dumps([report(door.town)]).encode()
    assert asyncio.run(told(callbacks, f"/sms/phones/{TOKEN}/receipts", said, whole=False)) == []
    assert door.states() == "aaaa"


@pytest.mark.parametrize("said", [b"", b"{", [{"phone_number": NUMBERS[0]}], {"mobile": NUMBERS[0]}])
def test_what_is_no_post_of_the_vendors_is_told_so(door: Door, said: Any) -> None:
    for what in ("receipts", "replies"):
        answer = door(f"/sms/phones/{TOKEN}/{what}", said)
        assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.logs_errors
def test_while_the_store_is_away_nothing_is_taken(door: Door) -> None:
    path = f"/sms/phones/{TOKEN}/receipts"
    for table in ("endpoint", "reached"):
        with away(door.town, table):
            assert door(path, [report(door.town)]).status_code == 503
    assert door(path, [report(door.town)]).status_code == 200
    assert door.states() == "daaa"


@pytest.mark.logs_errors
def test_without_the_key_to_the_numbers_nothing_is_taken(door: Door) -> None:
    key = door.town.house.home / "secrets" / "numbers"
    was = key.read_text()
    key.unlink()
    assert door(f"/sms/phones/{TOKEN}/receipts", [report(door.town)]).status_code == 503
    assert door(f"/sms/phones/{TOKEN}/replies", [reply(door.town, "T")]).status_code == 503
    key.write_text(was)
    assert door(f"/sms/phones/{TOKEN}/receipts", [report(door.town)]).status_code == 200


def test_no_log_has_a_number_a_word_or_the_token(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    town = door.town
    with structlog.testing.capture_logs() as logged:
        receipts, replies = (f"/sms/phones/{TOKEN}/{what}" for what in ("receipts", "replies"))
        door(receipts, [report(town), report(town, STRANGER)])
        door(receipts, [report(town, NUMBERS[1], err_code=5)])
        door(receipts, [report(town, f"{NUMBERS[1]}王小明")])
        door(replies, [reply(town, "我叫王小明"), reply(town, "退订")])
        door(replies, [reply(town, "我叫王小明", "王小明")])
        door(receipts, json.dumps([report(town)]).encode() * 9_000)
        for table in ("endpoint", "reached", "opted_out"):
            with away(town, table):
                door(receipts, [report(town)])
                door(replies, [reply(town, "退订")])
        town.clock.advance(300)
        door(receipts, [report(town, STRANGER, report_time="2026-01-01 00:00:00")])
        door(f"/sms/phones/{TOKEN[:-1]}/receipts", [report(town)])
    events = {one["event"] for one in logged}
    assert events == {"receipts_early", "receipts_dropped", "sms_post_malformed", "sms_post_failed", "sms_post_unread"}
    whole = repr(logged) + "".join(capfd.readouterr())
    for word in (*NUMBERS, STRANGER, "王小明", "退订", TOKEN[:-1]):
        assert word not in whole


def test_what_was_dropped_and_heard_is_counted(door: Door) -> None:
    old = report(door.town, STRANGER, report_time="2026-01-01 00:00:00")
    with behind(door.town) as (origin, inner):
        for what, said in {"receipts": [old] * 3, "replies": [reply(door.town, text) for text in "T好谢"]}.items():
            asyncio.run(told(inner.public.callbacks, f"/sms/phones/{TOKEN}/{what}", json.dumps(said).encode()))
        shown = requests.get(f"{origin}/metrics", timeout=20).text
    assert 'gongkai_receipts_dropped_total{endpoint="phones",vendor="aliyun"} 3.0' in shown
    assert 'gongkai_replies_total{endpoint="phones",what="opt-out"} 1.0' in shown
    assert 'gongkai_replies_total{endpoint="phones",what="other"} 2.0' in shown
