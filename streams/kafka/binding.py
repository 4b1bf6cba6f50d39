"""CloudEvents on Kafka, binary mode: the attributes are headers, the data is the value, the partition key the key.

Source: Kafka Protocol Binding for CloudEvents 1.0.2, §3.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "partitionkey", "traceparent")
URGENT = "deliveries-urgent"  # emergencies pass what is routine on a topic of their own
LONGEST = 256  # characters of an id, see ``streams.events.Attribute``
STRUCTURED = b"application/cloudevents"

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Record:
    """What goes on a topic."""

    topic: str  # without the installation's prefix
    key: bytes
    value: bytes
    headers: Headers


def record_of(row: Any) -> Record:
    """The record of a row of ``event``. What is no event of ours goes as it is, under its id, for the dead letters."""
    key = row.key.encode()
    try:
        envelope = json.loads(bytes(row.body))
        data = envelope["data"]
        headers = [(f"ce_{name}", envelope[name].encode()) for name in ATTRIBUTES]
        headers.append(("content-type", envelope["datacontenttype"].encode()))
        topic = URGENT if row.topic == "deliveries" and data["urgent"] else row.topic
    except (ValueError, LookupError, TypeError, AttributeError):
        return Record(row.topic, key, bytes(row.body), [("ce_id", row.id.encode())])
    return Record(topic, key, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), headers)


def body_of(headers: Iterable[tuple[str, bytes]], value: bytes) -> bytes:
    """The event as ``streams.events.decode`` reads it; the value itself when it is not in binary mode, or broken."""
    found = dict(headers)
    if "ce_specversion" not in found or found.get("content-type", b"").startswith(STRUCTURED):
        return value
    try:
        envelope = {name.removeprefix("ce_"): text.decode() for name, text in found.items() if name.startswith("ce_")}
        envelope["datacontenttype"] = found.get("content-type", b"").decode()
        return json.dumps({**envelope, "data": json.loads(value)}, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # the value is no JSON, or nested without end; or a header is no UTF-8
        return value


def id_of(headers: Iterable[tuple[str, bytes]], place: str) -> str:
    """What an event is known by when it cannot be read: its id where it has one, else its ``place`` on the broker."""
    name = dict(headers).get("ce_id", b"").decode("utf-8", "replace")
    return name if name.isprintable() and 0 < len(name) <= LONGEST else place
