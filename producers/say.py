"""Approve a message's renditions, and put it on the wire: its text, its ties and its event, in one transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert

from channels.base import Rendition
from notices.notice import Message, Urgency
from producers.in_turn import refuse_out_of_turn
from streams.events import Data, event
from streams.outlets import manifest
from streams.store.store import Tx, put_blob
from streams.store.tables import message, rendition
from streams.ties import keep_ties


@dataclass(frozen=True, order=True)
class Edition:
    """What of a channel a rendition was made for."""

    channel: str
    edition: str


def approve(tx: Tx, name: str, renditions: Mapping[Edition, Rendition]) -> None:
    """Keep what was approved for the message ``name``: those bytes are what is sent."""
    for of, made in renditions.items():
        row = {"message": name, "channel": of.channel, "edition": of.edition}
        tx.connection.execute(insert(rendition), row | {"sha256": made.sha256, "manifest": manifest(made)})
        for file in made.files:
            put_blob(tx, hashlib.sha256(file.body).hexdigest(), file.body)


def say(tx: Tx, said: Message, data: Data, traceparent: str) -> None:
    """Write ``said`` down, for which renditions are approved, and emit ``data`` about it.

    Raises ``OutOfTurn`` where its matter does not allow it now.
    """
    refuse_out_of_turn(tx, said)
    tx.connection.execute(
        insert(message),
        {
            "id": said.id,
            "subject": said.subject,
            "sequence": said.sequence,
            "kind": said.kind,
            "office": said.office.id,
            "content": said.model_dump_json(),
            "urgent": said.urgency is Urgency.EMERGENCY,
            "minor": said.version.minor and said.is_correction,
            "expires_at": said.expires_at,
            "released_at": tx.clock.now(),
            "trace": traceparent,
        },
    )
    keep_ties(tx, said)
    tx.emit(
        event(
            data,
            clock=tx.clock,
            subject=said.subject,
            key=said.subject,
            traceparent=traceparent,
            known_as=f"{said.id}.{data.type}",
        )
    )
