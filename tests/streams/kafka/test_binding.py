"""The CloudEvents Kafka binding: the makers' own SDK reads what we put on a topic, and we read what it puts there."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from config.clock import DrivenClock
from streams.events import DeliveryPlanned, Unreadable, decode, encode, event, new_trace
from streams.kafka.binding import URGENT, body_of, id_of, record_of
from tests.source import ROOT

RECORDED = sorted((ROOT / "tests/streams/recorded_events").glob("*.json"))


def row(body: bytes, topic: str = "notices", name: str = "1", key: str = "x") -> SimpleNamespace:
    """A row of the outbox."""
    return SimpleNamespace(id=name, topic=topic, key=key, body=body)


def planned(*, urgent: bool) -> bytes:
    """A delivery of a Chinese notice."""
    data = DeliveryPlanned(delivery="d", endpoint="日报", urgent=urgent, message="m", subject="公开件")
    made = event(data, clock=DrivenClock(), subject="公开件𠮷", key="日报/routine", traceparent=new_trace())
    return encode(made)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_every_event_comes_back_as_it_went(file: Path) -> None:
    said = decode(file.read_bytes())
    record = record_of(row(file.read_bytes(), said.data.topic, said.id, said.key))
    assert decode(body_of(record.headers, record.value)) == said
    assert id_of(record.headers, "place") == said.id
    assert json.loads(record.value) == json.loads(file.read_bytes())["data"], "binary mode: the value is the data"


def test_the_makers_sdk_reads_what_we_put_there() -> None:
    body = planned(urgent=False)
    record = record_of(row(body, "deliveries", key="日报/routine"))
    read = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value))
    said = decode(body)
    assert (read.get_id(), read.get_type(), read.get_subject()) == (said.id, said.data.type, said.subject)
    assert read.get_time() == said.time
    assert read.get_extension("traceparent") == said.traceparent
    assert read.get_data() == said.data.model_dump()


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event], ids=["binary", "structured"])
def test_we_read_what_the_makers_sdk_puts_there(write: object) -> None:
    body = planned(urgent=False)
    message = write(JSONFormat().read(None, body))  # type: ignore[operator]  # one of the two above
    assert decode(body_of(message.headers.items(), message.value)) == decode(body)


def test_emergencies_have_a_topic_of_their_own() -> None:
    assert record_of(row(planned(urgent=True), "deliveries")).topic == URGENT
    assert record_of(row(planned(urgent=False), "deliveries")).topic == "deliveries"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"data": 1}', b"\xff\xfe", b"null"])
def test_what_is_no_event_is_carried_as_it_is_under_its_id(body: bytes) -> None:
    record = record_of(row(body, name="bad"))
    assert record.topic == "notices"
    assert body_of(record.headers, record.value) == body
    assert id_of(record.headers, "place") == "bad"


@given(
    st.lists(st.tuples(st.sampled_from(["ce_specversion", "ce_id", "ce_data", "content-type"]), st.binary())),
    st.binary(),
)
def test_whatever_stands_on_a_topic_is_read_or_said_to_be_unreadable(
    headers: list[tuple[str, bytes]], value: bytes
) -> None:
    body = body_of(headers, value)
    assert isinstance(id_of(headers, "notices/0/7"), str)
    with pytest.raises(Unreadable):
        decode(body)


def test_a_value_cannot_speak_for_its_envelope() -> None:
    record = record_of(row(planned(urgent=False), "deliveries"))
    forged = b'{}, "id": "another"'
    with pytest.raises(Unreadable):
        decode(body_of(record.headers, forged))
