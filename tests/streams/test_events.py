"""Events: CloudEvents that others read, old ones that stay readable, and anything else refused with a reason."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import from_structured, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from config.clock import DrivenClock
from streams.asyncapi import document, written
from streams.events import TOPICS, TYPES, VOCABULARY, Data, DeliveryTried, Unreadable, decode, encode, event, new_trace
from streams.kafka.binding import URGENT
from tests.parts.npm import node, node_modules
from tests.source import ROOT

RECORDED = {file.name: file.read_bytes() for file in sorted((Path(__file__).parent / "recorded_events").iterdir())}
SAMPLE = RECORDED["gongkai.delivery.tried.v1.json"].strip()


def filled(kind: type[Data], text: str = "云岭高新区𠮷") -> Data:
    """An event's data with every field filled."""
    values: dict[object, Any] = {str: text, int: 7, bool: True}
    return kind(**{name: values[field.annotation] for name, field in kind.model_fields.items()})


# -- with the makers' own SDK ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", VOCABULARY)
def test_the_sdk_reads_what_we_write(kind: type[Data]) -> None:
    made = event(filled(kind), clock=DrivenClock(), subject="公开件", key="云岭", traceparent=new_trace())
    read = JSONFormat().read(None, encode(made))
    assert isinstance(read, CloudEvent)
    assert (read.get_id(), read.get_type(), read.get_subject(), read.get_time()) == (
        made.id,
        kind.type,
        made.subject,
        made.time,
    )
    assert read.get_source().startswith("/")
    assert read.get_datacontenttype() == "application/json"
    assert (read.get_extension("traceparent"), read.get_extension("partitionkey")) == (made.traceparent, made.key)
    assert read.get_data() == made.data.model_dump()


@pytest.mark.parametrize("kind", VOCABULARY)
def test_we_read_what_the_sdk_writes(kind: type[Data]) -> None:
    data, trace, at = filled(kind), new_trace(), datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    attributes = {
        "id": "1",
        "source": "/gongkai",
        "type": kind.type,
        "time": at,
        "subject": "公开件",
        "datacontenttype": "application/json",
        "partitionkey": "云岭",
        "traceparent": trace,
    }
    read = decode(JSONFormat().write(CloudEvent(attributes, data.model_dump())))
    assert read.data == data
    assert (read.id, read.time, read.subject, read.key, read.traceparent) == ("1", at, "公开件", "云岭", trace)


def test_on_kafka_the_key_and_the_bytes_are_ours() -> None:
    """The SDK's Kafka binding takes its message key from the same attribute as we do."""
    read = from_structured(to_structured(JSONFormat().read(None, SAMPLE), JSONFormat()), JSONFormat())
    message = to_structured(read, JSONFormat())
    assert message.key == decode(SAMPLE).key
    assert decode(message.value) == decode(SAMPLE)


def test_chinese_stands_as_itself() -> None:
    body = encode(decode(SAMPLE))
    assert "对方暂时不可用".encode() in body
    assert b"\\u" not in body


@given(st.sampled_from(VOCABULARY), st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30))
def test_what_is_written_is_read_again(kind: type[Data], text: str) -> None:
    made = event(filled(kind, text), clock=DrivenClock(), subject="s", key="k", traceparent=new_trace())
    assert decode(encode(made)) == made


# -- old events stay readable ----------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_once_written_stays_readable(name: str) -> None:
    """Never change a recorded file: an event like it may still wait on a topic."""
    stood = json.loads(RECORDED[name])
    read = decode(RECORDED[name])
    assert name.startswith(read.data.type)
    assert {field: value for field, value in read.data.model_dump().items() if field in stood["data"]} == stood["data"]


@pytest.mark.parametrize("kind", VOCABULARY)
def test_every_field_of_every_event_was_recorded(kind: type[Data]) -> None:
    """A new type is recorded as ``<type>.json``; a new optional field in a further ``<type>.<name>.json``."""
    samples = [json.loads(body)["data"] for name, body in RECORDED.items() if name.startswith(f"{kind.type}.")]
    assert samples, f"no recorded sample of {kind.type}"
    assert {field for sample in samples for field in sample} == kind.model_fields.keys()


def test_a_newer_event_with_more_in_it_is_read() -> None:
    newer = json.loads(SAMPLE)
    newer |= {"dataschema": "https://example.test/2", "later": 1}
    newer["data"]["later"] = {"nested": []}
    assert decode(json.dumps(newer).encode()) == decode(SAMPLE)


# -- the document ----------------------------------------------------------------------------------


def test_the_document_is_what_the_code_says() -> None:
    assert (ROOT / "docs/asyncapi.yaml").read_text("utf-8") == written(), "see the file's first line"


def test_the_makers_parser_has_nothing_against_the_document() -> None:
    command = [node(), ROOT / "tests/parts/asyncapi.mjs", node_modules()]
    answer = subprocess.run(command, input=written(), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {"channels": [*TOPICS, URGENT], "found": []}


def test_the_makers_parser_finds_what_is_wrong() -> None:
    broken = written().replace("const: gongkai.notice.drafted.v1", "const: [", 1).replace("type: string", "type: text")
    command = [node(), ROOT / "tests/parts/asyncapi.mjs", node_modules()]
    answer = subprocess.run(command, input=broken, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["found"]


def payload(kind: type[Data]) -> Draft202012Validator:
    """The document's own schema of an event."""
    return Draft202012Validator({**document(), "$ref": f"#/components/messages/{kind.__name__}/payload"})


@pytest.mark.parametrize("name", RECORDED)
def test_the_document_describes_what_stands_on_the_topics(name: str) -> None:
    sample = json.loads(RECORDED[name])
    schema = payload(TYPES[sample["type"]])
    schema.validate(sample)
    for field in TYPES[sample["type"]].model_fields:
        lacking = {**sample, "data": {key: value for key, value in sample["data"].items() if key != field}}
        required = TYPES[sample["type"]].model_fields[field].is_required()
        assert schema.is_valid(lacking) is not required, field
    assert not schema.is_valid({**sample, "type": "gongkai.other.v1"})


# -- what is no event of ours ----------------------------------------------------------------------


def changed(**attributes: Any) -> bytes:
    """The sample with other attributes; ``None`` takes one away."""
    body = {**json.loads(SAMPLE), **attributes}
    return json.dumps({key: value for key, value in body.items() if value is not None}, ensure_ascii=False).encode()


def with_data(**fields: Any) -> bytes:
    """The sample with other fields of its data."""
    return changed(data={**json.loads(SAMPLE)["data"], **fields})


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "null": b"null",
    "a number": b"1e400",
    "a list": b"[" + SAMPLE + b"]",
    "a text": b'"' + b"a" * 100 + b'"',
    "two events": SAMPLE + SAMPLE,
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"data":' * 100_000,
    "deep in the data": SAMPLE.replace(b'"part":2', b'"part":' + b"[" * 100_000),
    "byte order mark": b"\xef\xbb\xbf" + SAMPLE,
    "UTF-16": SAMPLE.decode().encode("utf-16"),
    "GB18030": SAMPLE.decode().encode("gb18030"),
    "invalid UTF-8": SAMPLE.replace("对".encode(), b"\xff\xfe"),
    "half a character": SAMPLE.replace("对".encode(), "对".encode()[:2]),
    "lone surrogate": SAMPLE.replace("对".encode(), rb"\ud800"),
    "surrogate as bytes": SAMPLE.replace("对".encode(), b"\xed\xa0\x80"),
    "NUL byte": SAMPLE.replace("对".encode(), b"\0"),
    "NUL in the data": SAMPLE.replace("对".encode(), rb"\u0000"),
    "NUL in the id": changed(id="a\0b"),
    "control character": SAMPLE.replace("对".encode(), b"\x01"),
    "schema registry prefix": b"\0\0\0\0\x2a" + SAMPLE,
    "gzip": b"\x1f\x8b\x08\0" + SAMPLE,
    "HTML": b"<!doctype html><p>502 Bad Gateway",
    "XML": b"<event/>",
    "single quotes": SAMPLE.replace(b'"', b"'"),
    "trailing comma": SAMPLE[:-1] + b",}",
    "comment": b"// \n" + SAMPLE,
    "not a number": SAMPLE.replace(b'"part":2', b'"part":NaN'),
    "infinity": SAMPLE.replace(b'"part":2', b'"part":-Infinity'),
    "a float": SAMPLE.replace(b'"part":2', b'"part":2.5'),
    "too large a float": SAMPLE.replace(b'"part":2', b'"part":1e400'),
    "beyond 64 bits": SAMPLE.replace(b'"part":2', b'"part":' + b"9" * 40),
    "a number as text": with_data(part="2"),
    "a bool as number": with_data(part=True),
    "null in the data": with_data(endpoint=None),
    "a list in the data": with_data(endpoint=["a"]),
    "data is a list": changed(data=[]),
    "data is a text": changed(data=json.dumps(json.loads(SAMPLE)["data"])),
    "data as base64 only": changed(data=None, data_base64="e30="),
    "data as invalid base64": changed(data=None, data_base64="§"),
    "data is a type of ours": changed(data={"type": DeliveryTried.type}),
    "unknown type": changed(type="gongkai.notice.burned.v1"),
    "newer version of a type": changed(type="gongkai.delivery.tried.v99"),
    "type of another house": changed(type="com.example.order"),
    "unknown specversion": changed(specversion="0.3"),
    "specversion as number": changed(specversion=1.0),
    "empty id": changed(id=""),
    "id as number": changed(id=7),
    "id of 64 KB": changed(id="a" * 65_536),
    "id with a new line": changed(id="a\nb"),
    "empty subject": changed(subject=""),
    "key as list": changed(partitionkey=[]),
    "source as number": changed(source=1),
    "malformed traceparent": changed(traceparent="00-zz"),
    "traceparent as bytes": changed(traceparent="00-" + "0" * 32 + "-" + "0" * 16 + "-01\n"),
    "time without a zone": changed(time="2026-11-23T09:30:00"),
    "time as number": changed(time=1_795_000_000),
    "time as text": changed(time="昨天"),
    "leap second": changed(time="2026-06-30T23:59:60Z"),
    "year 0": changed(time="0000-01-01T00:00:00Z"),
    "year 10000": changed(time="10000-01-01T00:00:00Z"),
    "before year 1 in UTC": changed(time="0001-01-01T00:00:00+12:00"),
    "after year 9999 in UTC": changed(time="9999-12-31T23:59:59-12:00"),
    "day that is none": changed(time="2026-02-30T00:00:00Z"),
    "other content type": changed(datacontenttype="text/plain"),
    **{f"no {name}": changed(**{name: None}) for name in json.loads(SAMPLE)},
    **{f"no {name} in the data": with_data(**{name: None}) for name in ("delivery", "part", "endpoint", "outcome")},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_event_of_ours_is_unreadable_and_says_why(name: str) -> None:
    with pytest.raises(Unreadable, match=r"\w"):
        decode(MALFORMED[name])


def test_an_event_that_was_cut_off_anywhere_is_unreadable() -> None:
    for length in range(len(SAMPLE)):
        with pytest.raises(Unreadable):
            decode(SAMPLE[:length])


ODD: dict[str, bytes] = {
    "duplicate keys": SAMPLE.replace(b'"part":2', b'"part":1,"part":2'),
    "minus zero": SAMPLE.replace(b'"part":2', b'"part":-0'),
    "both forms of data": changed(data_base64="e30="),
    "private use and bidi overrides": SAMPLE.replace("对".encode(), "\ue000\u202e\u200b\U000e0001".encode()),
    "a text of a megabyte": SAMPLE.replace("对".encode(), "对".encode() * 350_000),
    "a time long ago": changed(time="0001-01-01T00:00:00Z"),
    "a time far off, in another zone": changed(time="9999-12-31T23:59:59+14:00"),
    "twenty digits of a second": changed(time="2026-11-23T01:30:00.12345678901234567890Z"),
    "another source": changed(source="not a URI at all"),
    "a traceparent of a later version": changed(traceparent=f"cc-{'a' * 32}-{'b' * 16}-01"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_read_to_something_that_can_be_written_or_not_at_all(name: str) -> None:
    try:
        read = decode(ODD[name])
    except Unreadable:
        return
    assert decode(encode(read)) == read


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_event_is_an_event_or_unreadable(at: int, damage: bytes) -> None:
    try:
        read = decode(SAMPLE[:at] + damage + SAMPLE[at + len(damage) :])
    except Unreadable:
        return
    assert decode(encode(read)) == read
