"""The payload: as documented, as approved, small, and whatever an author writes it stays what it is."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from channels.base import LimitsBroken, Rendition, Slot
from channels.webhook.payload import CONTENT_TYPE, filled, trial_event
from config.limits import limits
from config.matters import tellings
from notices.notice import Message, MessageKind, Urgency
from tests import factories
from tests.breaks import breaks
from tests.channels.webhook.partners import channel

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "payload-webhook.schema.json").read_text("utf-8"))
EXPIRES = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

SECOND = factories.version(number=2, public_note="补缴截止日期更正为10月30日。", minor=True)
MESSAGES = {
    "released": factories.message(),
    "corrected": factories.message(SECOND, previous=factories.version()),
    "withdrawn": factories.message(SECOND, withdrawal=factories.withdrawal(redirect="202611-abcdefgh"), sequence=3),
    "matter": factories.message(
        factories.version(
            kind="d01",
            fields={
                "dossier": "JC-2026-01",
                "matter": "制定办法",
                "event": "开始征求意见",
                "phase": "正在征求意见",
                "open_from": "2026-11-24",
                "open_to": "2026-12-24",
                "feedback_by": "2027-01-15",
            },
        ),
        kind=MessageKind.MATTER,
    ),
    "emergency": factories.message(
        factories.version(urgency=Urgency.EMERGENCY, expires_at=EXPIRES, document_number=None)
    ),
}


def sent(said: Message, sequence: int = 12, supersedes: tuple[int, ...] = ()) -> bytes:
    """The bytes that go out."""
    return filled(channel().render(said).main.body, factories.RELEASED, sequence, supersedes)


def event(said: Message, **changes: Any) -> dict[str, Any]:
    """The same, read."""
    found: dict[str, Any] = json.loads(sent(said, **changes))
    return found


@pytest.mark.parametrize("what", MESSAGES)
def test_it_is_what_the_schema_says_and_nothing_besides(what: str) -> None:
    found = event(MESSAGES[what], supersedes=(1, 2))
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
    assert found.keys() == SCHEMA["properties"].keys()
    assert found["data"].keys() == SCHEMA["$defs"]["notice"]["properties"].keys()


def test_every_type_that_is_sent_is_documented() -> None:
    sent_ = {"gongkai.notice." + what for what in ("released", "corrected", "withdrawn")} | {"gongkai.endpoint.test"}
    sent_ |= {f"gongkai.{one.type}" for one in tellings().values()}
    assert set(SCHEMA["properties"]["type"]["enum"]) == sent_
    for page in ("payload-webhook.md", "payload-webhook.en.md"):
        text = (DOCS / page).read_text("utf-8")
        assert all(f"`gongkai.{one.type}`" in text for one in tellings().values())


def test_a_test_event_is_what_the_schema_says() -> None:
    found = json.loads(trial_event("test_1", "https://www.example.gov.cn/", factories.RELEASED))
    Draft202012Validator(SCHEMA).validate(found)
    assert found["type"] == "gongkai.endpoint.test"


def test_the_schema_refuses_what_is_missing() -> None:
    for name in SCHEMA["$defs"]["notice"]["required"]:
        found = event(MESSAGES["released"])
        del found["data"][name]
        assert not Draft202012Validator(SCHEMA).is_valid(found), name


@pytest.mark.parametrize("name", ["payload-webhook.md", "payload-webhook.en.md"])
def test_the_pages_for_partners_show_a_payload_of_this_shape_and_name_every_member(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example
    shown = json.loads(example[1])
    Draft202012Validator(SCHEMA).validate(shown)
    assert shown["data"].keys() == SCHEMA["$defs"]["notice"]["properties"].keys()
    for member in (*SCHEMA["$defs"]["notice"]["properties"], "reason", "leaves", "redirect", "at", "supersedes"):
        assert re.search(rf"[`.]{member}[`.]", page), member
    assert f"{limits('webhook')['payload'].value:,} bytes" in page


def test_it_says_what_happened() -> None:
    released, corrected, withdrawn = (event(MESSAGES[what]) for what in ("released", "corrected", "withdrawn"))
    assert released["type"] == "gongkai.notice.released"
    assert released["subject"] == corrected["subject"] == withdrawn["subject"] == "202611-7k3q9d2m"
    assert released["time"] == "2026-11-23T09:30:00+08:00"
    assert released["source"] == f"{factories.PUBLIC_URL}/"
    assert released["data"]["public_note"] is None
    assert released["data"]["address"] == MESSAGES["released"].address
    assert corrected["type"] == "gongkai.notice.corrected"
    assert (corrected["data"]["version"], corrected["data"]["minor"]) == (2, True)
    assert corrected["data"]["public_note"] == SECOND.public_note
    assert withdrawn["type"] == "gongkai.notice.withdrawn"
    assert withdrawn["data"]["withdrawal"]["redirect"] == "202611-abcdefgh"
    assert withdrawn["data"]["public_note"] is None
    assert event(MESSAGES["emergency"])["data"]["expires_at"] == "2026-11-24T12:00:00+08:00"


def test_the_sdk_of_cloudevents_reads_it() -> None:
    read = from_structured_event(HTTPMessage({"content-type": CONTENT_TYPE}, sent(MESSAGES["released"])))
    assert read.get_type() == "gongkai.notice.released"
    assert read.get_subject() == "202611-7k3q9d2m"


def test_chinese_is_written_as_such() -> None:
    body = sent(MESSAGES["corrected"])
    assert b"\\u" not in body
    assert "社会保险缴费基数".encode() in body


def test_equal_input_gives_equal_bytes_and_every_partner_the_same() -> None:
    one, other = channel(), channel("https://other.example.org/hook", supersede=False)
    assert one.render(MESSAGES["released"]) == other.render(MESSAGES["released"])
    assert one.edition == other.edition


def test_only_the_named_slots_are_open() -> None:
    body = channel().render(MESSAGES["corrected"]).main.body
    assert re.findall(rb"@@gongkai:\w+@@", body) == [mark.mark.encode() for mark in (Slot.PUBLISHED_AT, Slot.DELIVERY)]
    before, after = sent(MESSAGES["corrected"], 1), sent(MESSAGES["corrected"], 2, (1,))
    assert before[: before.index(b'"delivery"')] == after[: after.index(b'"delivery"')]


def test_the_words_are_for_the_check_of_figures() -> None:
    text = channel().render(MESSAGES["corrected"]).text
    for word in (SECOND.title, SECOND.summary, SECOND.public_note, SECOND.index_number, SECOND.document_number):
        assert word is not None
        assert word in text
    assert "上级调整" in channel().render(MESSAGES["withdrawn"]).text


def test_a_wording_of_its_own_goes_first() -> None:
    said = factories.message(factories.version(wording={"webhook": {"title": "短题", "summary": "短述"}}))
    assert (event(said)["data"]["title"], event(said)["data"]["summary"]) == ("短题", "短述")
    assert "短题" in channel().render(said).text


def test_the_newest_fifty_of_what_it_supersedes_are_named() -> None:
    found = event(MESSAGES["corrected"], supersedes=tuple(range(1, 101)))
    assert found["data"]["delivery"] == {"sequence": 12, "supersedes": list(range(51, 101))}


@breaks("webhook", "payload")
def test_a_payload_that_is_too_large() -> Rendition:
    return channel().render(factories.message(factories.version(summary="长" * 6_500)))


@given(st.integers(5_000, 7_000), st.integers(1, 10**9), st.lists(st.integers(1, 10**9), max_size=80))
def test_what_passed_the_limit_never_goes_out_larger(length: int, sequence: int, supersedes: list[int]) -> None:
    said = factories.message(factories.version(summary="长" * length))
    try:
        body = channel().render(said).main.body
    except LimitsBroken:
        return
    assert len(filled(body, factories.RELEASED, sequence, supersedes)) <= limits("webhook")["payload"].value


MARKS = st.sampled_from(
    [slot.mark for slot in Slot] + ["@@gongkai:", "\\u0040", '"', "\\", "</script>", "\n", "\u2028"]
)
TEXT = st.lists(MARKS | st.text(st.characters(codec="utf-8"), max_size=5)).map("".join)


@given(TEXT, TEXT, TEXT)
def test_no_text_of_an_author_becomes_anything_but_text(title: str, summary: str, reason: str) -> None:
    said = factories.message(
        factories.version(title=title, summary=summary), withdrawal=factories.withdrawal(reason=reason)
    )
    found = event(said)["data"]
    assert (found["title"], found["summary"], found["withdrawal"]["reason"]) == (title, summary, reason)
    assert found["delivery"] == {"sequence": 12, "supersedes": []}
