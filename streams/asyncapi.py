"""The AsyncAPI 3 document of topics and events, generated from the code: ``python -m streams.asyncapi``.

``docs/asyncapi.yaml`` is what this prints; a test compares them, and the makers' own parser reads it.
"""

import inspect
import sys
from typing import Any, Literal

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from streams.events import TOPICS, VOCABULARY, Data, Envelope
from streams.kafka.binding import URGENT
from streams.stages import STAGES

KEYS = {
    "notices": "the notice: what is said of one notice stays in order",
    "deliveries": "the lane, `endpoint/routine` or `endpoint/urgent`: deliveries of one lane stay in order",
    "outcomes": "the delivery, or the endpoint when it is disabled",
    "dead-letters": "the stage that set the event aside",
}


def document() -> dict[str, Any]:
    """The document: a channel for each topic, a message for each event, an operation for each stage."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Gongkai 公开",
            "version": "1",
            "description": "What stands on the topics: CloudEvents 1.0, JSON in UTF-8. The store keeps it in "
            "structured mode, as described here; on Kafka it is in binary mode, attributes as headers, and topics have "
            "the installation's prefix. "
            "Evolution only adds: an optional field, or a new version of a type beside the old one.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: _channel(topic) for topic in TOPICS} | {URGENT: _urgent()},
        "operations": {
            **{f"emit_{topic}": _operation("send", topic, _on(topic)) for topic in TOPICS},
            **{stage.name: _operation("receive", stage.topic, stage.on, _first(stage.act)) for stage in STAGES},
        },
        "components": {
            "messages": {data.__name__: _message(data) for data in VOCABULARY},
            "schemas": _schemas(),
        },
    }


def written() -> str:
    """The document as it stands in ``docs/asyncapi.yaml``."""
    head = "# Generated from the code: .venv/bin/python -m streams.asyncapi > docs/asyncapi.yaml\n"
    return head + yaml.safe_dump(document(), allow_unicode=True, sort_keys=False, width=110)


def _on(topic: str) -> tuple[type[Data], ...]:
    return tuple(data for data in VOCABULARY if data.topic == topic)


def _channel(topic: str) -> dict[str, Any]:
    return {
        "address": topic,
        "description": f"Keyed by {KEYS[topic]}.",
        "messages": {data.__name__: {"$ref": f"#/components/messages/{data.__name__}"} for data in _on(topic)},
    }


def _urgent() -> dict[str, Any]:
    """Where Kafka has the deliveries of emergencies; the embedded engine needs no second topic for them."""
    return {**_channel("deliveries"), "address": URGENT, "description": "Emergencies, on Kafka; else as deliveries."}


def _operation(action: str, topic: str, on: tuple[type[Data], ...], what: str = "") -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{data.__name__}"} for data in on],
        "summary": what or f"Everything that is put on {topic}, in the transaction of what it tells of.",
    }


def _message(data: type[Data]) -> dict[str, Any]:
    return {
        "name": data.type,
        "title": data.__name__,
        "summary": _first(data),
        "correlationId": {"location": "$message.payload#/traceparent"},
        "bindings": {"kafka": {"key": {"type": "string", "description": KEYS[data.topic]}, "bindingVersion": "0.5.0"}},
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": data.type},
                        "data": {"$ref": f"#/components/schemas/{data.__name__}"},
                    },
                },
            ]
        },
    }


def _schemas() -> dict[str, Any]:
    every: tuple[type[BaseModel], ...] = (Envelope, *VOCABULARY)
    models: list[tuple[type[BaseModel], Literal["validation"]]] = [(model, "validation") for model in every]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _first(documented: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    sys.stdout.write(written())
