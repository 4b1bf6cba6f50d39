"""What the vendors post to us, as their fakes do it, and what is no post of theirs."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.vendor import Malformed, Reply, Report, Took
from tests.channels.sms.vendors import KINDS, NINE, NUMBER, OTHER, Office, office
from tests.sandbox.sms.listener import Listener, listening
from tests.sandbox.sms.office import SIGN, tell

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


@pytest.fixture(params=["aliyun", "tencent"])
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp(request.param), request.param) as found:
        yield found


@pytest.fixture
def posts() -> Iterator[Listener]:
    with listening() as found:
        yield found


def body(posts: Listener) -> bytes:
    """The last post, as it came."""
    return json.dumps(posts.bodies[-1]).encode()


def test_receipts_as_the_fake_posts_them(at: Office, posts: Listener) -> None:
    results = at.vendor().send([NUMBER, OTHER], at.text("d-1.0"))
    references = [result.reference for result in results if isinstance(result, Took)]
    at.clock.advance(61)
    kind, arrived = KINDS[at.name][0], {"aliyun": "DELIVERED", "tencent": "DELIVRD"}[at.name]
    posts.answer = kind.taken
    told = tell(at.server, at.name, "receipts", to=posts.url, outcomes={OTHER: "UNDELIV"})
    assert told == {"receipts": 2, "taken": 1, "waiting": 0}
    mark = "d-1.0" if at.name == "aliyun" else ""  # 腾讯云's posts have none
    assert kind.reports(body(posts)) == [
        Report(NUMBER, references[0], True, arrived, at.clock.now(), mark),
        Report(OTHER, references[1], False, "UNDELIV", at.clock.now(), mark),
    ]


def test_replies_as_the_fake_posts_them(at: Office, posts: Listener) -> None:
    at.vendor().send([NUMBER], at.text())
    at.clock.advance(3_600)
    tell(at.server, at.name, "reply", number=NUMBER, text="R 谢谢", to=posts.url)
    (reply,) = KINDS[at.name][0].replies(body(posts))
    assert reply == Reply(NUMBER, "R 谢谢", at.clock.now(), reply.sign)
    assert reply.sign in ("", SIGN)
    assert NUMBER not in repr(reply)
    assert "谢谢" not in repr(reply)


ALIYUN_REPORT = {
    "phone_number": NUMBER,
    "send_time": "2026-11-23 09:00:00",
    "report_time": "2026-11-23 09:00:00",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "1^1",
    "out_id": "d-1.0",
}
ALIYUN_REPLY = {
    "phone_number": NUMBER,
    "send_time": "2026-11-23 09:00:00",
    "content": "R",
    "sign_name": SIGN,
    "dest_code": "1234",
    "sequence_id": 1234567890,
}
TENCENT_REPORT = {
    "user_receive_time": "2026-11-23 09:00:00",
    "nationcode": "86",
    "mobile": NUMBER,
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5000:1",
}
TENCENT_REPLY = {
    "extend": "12",
    "mobile": NUMBER,
    "nationcode": "86",
    "sign": SIGN,
    "text": "R",
    "time": int(NINE.timestamp()),
}


def test_the_examples_of_the_documents() -> None:
    aliyun, tencent = KINDS["aliyun"][0], KINDS["tencent"][0]
    assert aliyun.reports(encoded([ALIYUN_REPORT])) == [Report(NUMBER, "1^1", True, "DELIVERED", NINE, "d-1.0")]
    assert tencent.reports(encoded([TENCENT_REPORT])) == [Report(NUMBER, "5000:1", True, "DELIVRD", NINE)]
    for kind, said in ((aliyun, [ALIYUN_REPLY]), (tencent, TENCENT_REPLY)):
        assert kind.replies(encoded(said)) == [Reply(NUMBER, "R", NINE, SIGN)]
    assert json.loads(aliyun.taken) == {"code": 0, "msg": "成功"}
    assert json.loads(tencent.taken) == {"result": 0, "errmsg": "OK"}


def encoded(found: Any) -> bytes:
    return json.dumps(found).encode()


def test_a_word_more_than_the_document_of_today_loses_nothing() -> None:
    assert len(KINDS["aliyun"][0].reports(encoded([ALIYUN_REPORT | {"new": {"deep": [NUMBER]}}]))) == 1
    without = {name: value for name, value in ALIYUN_REPORT.items() if name != "out_id"}
    assert KINDS["aliyun"][0].reports(encoded([without]))[0].mark == ""


@pytest.mark.parametrize(
    ("country", "mobile", "kept"),
    [("86", NUMBER, NUMBER), ("852", "51234567", "+85251234567"), ("1", "3912345678", "+13912345678")],
)
def test_numbers_from_elsewhere_are_not_taken_for_ours(country: str, mobile: str, kept: str) -> None:
    (report,) = KINDS["tencent"][0].reports(encoded([TENCENT_REPORT | {"nationcode": country, "mobile": mobile}]))
    assert report.number == kept


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("phone_number", 13912345678),
        ("phone_number", "139123456789012345678901"),
        ("phone_number", "139-1234-5678"),
        ("phone_number", None),
        ("report_time", "2026-02-30 09:00:00"),
        ("report_time", "2026-11-23T09:00:00"),
        ("report_time", "0001-01-01 00:00:00"),
        ("report_time", 1_763_860_000),
        ("success", "perhaps"),
        ("err_code", "x" * 201),
        ("biz_id", "x" * 201),
        ("out_id", 5),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_it_is_quoted(name: str, wrong: Any) -> None:
    with pytest.raises(Malformed, match=rf"0\.{name}") as raised:
        KINDS["aliyun"][0].reports(encoded([ALIYUN_REPORT | {name: wrong}]))
    assert NUMBER[:5] not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("time", "2026"), ("time", True), ("time", -1), ("time", 10**15), ("nationcode", "86x"), ("mobile", "")],
)
def test_a_reply_is_read_as_strictly(name: str, wrong: Any) -> None:
    with pytest.raises(Malformed, match=name):
        KINDS["tencent"][0].replies(encoded(TENCENT_REPLY | {name: wrong}))


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
@pytest.mark.parametrize(
    "wrong", [b"", b"{", b"null", b"5", b"[[]]", b"[" * 100_000, b"\xff", b'["\\ud800"]', b" " * 1_048_577]
)
def test_what_is_no_post_of_theirs(vendor: str, wrong: bytes) -> None:
    kind = KINDS[vendor][0]
    for read in (kind.reports, kind.replies):
        with pytest.raises(Malformed) as raised:
            read(wrong)
        assert str(raised.value)


@pytest.mark.parametrize(
    ("vendor", "good", "odd"),
    [
        ("aliyun", ALIYUN_REPORT, ALIYUN_REPORT | {"err_code": None}),
        ("tencent", TENCENT_REPORT, TENCENT_REPORT | {"mobile": None}),
    ],
)
def test_an_odd_entry_takes_nothing_from_the_others(
    vendor: str, good: dict[str, Any], odd: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """The vendor would give the whole post up, and the opt-outs in it would be lost."""
    kind = KINDS[vendor][0]
    assert kind.reports(encoded([good, odd, good])) == [*kind.reports(encoded([good, good]))]
    told = capfd.readouterr().out
    assert "posted_entry_unreadable" in told
    assert NUMBER[:4] not in told


def test_nor_does_an_odd_reply() -> None:
    assert len(KINDS["aliyun"][0].replies(encoded([ALIYUN_REPLY | {"content": None}, ALIYUN_REPLY]))) == 1


@given(st.sampled_from(["aliyun", "tencent"]), JSON)
def test_any_json_is_read_or_malformed(vendor: str, found: Any) -> None:
    kind = KINDS[vendor][0]
    for read in (kind.reports, kind.replies):
        with suppress(Malformed):
            assert list(read(encoded(found))) == []


@given(st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)).map(lambda when: when.replace(microsecond=0)))
def test_a_wall_time_is_the_one_here(when: datetime) -> None:
    (report,) = KINDS["aliyun"][0].reports(encoded([ALIYUN_REPORT | {"report_time": f"{when:%Y-%m-%d %H:%M:%S}"}]))
    assert (report.at.replace(tzinfo=None) - when).total_seconds() == -8 * 3_600
    assert report.at.tzinfo is UTC
