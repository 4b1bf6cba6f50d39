"""The thin payload: a CloudEvents 1.0 event that says what happened to which notice, and where to read it.

Documented for partners in docs/payload-webhook.md, with its schema beside it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from channels.base import Broken, LimitsBroken, Slot, fill
from channels.webhook.rules import most_superseded
from config.clock import wall
from config.kinds import kinds
from config.limits import limits
from config.matters import labelled
from config.messages import say
from notices.matter import PAGE
from notices.notice import Message, MessageKind

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
WIDEST = 10**12  # more than any sequence will be


def rendered(message: Message, source: str) -> tuple[bytes, str, int]:
    """The payload of ``message`` with its slots still open, the words in it that people read, and its size when filled.

    Raises ``LimitsBroken`` when it could be over the limit with the slots filled.
    """
    version = message.version
    event = {
        "specversion": "1.0",
        "type": type_of(message),
        "id": message.id,
        "source": source,
        "subject": message.subject,
        "datacontenttype": "application/json",
    }
    data = {
        **_words(message),
        "kind": {"id": version.kind, "name": kinds()[version.kind].name},
        "office": {"id": message.office.id, "name": message.office.name},
        "address": message.address,
        "index_number": version.index_number,
        "document_number": version.document_number,
        "issued_on": version.issued_on.isoformat(),
        "version": version.number,
        "sequence": message.sequence,
        "minor": version.minor,
        "urgency": message.urgency.value,
        "expires_at": wall(message.expires_at).isoformat() if message.expires_at else None,
        "withdrawal": _withdrawal(message),
        "matter": _matter(message),
    }
    body = b'%s,"time":"%s","data":%s,"delivery":%s}}' % (
        _without_marks(event).removesuffix(b"}"),
        Slot.PUBLISHED_AT.mark.encode(),
        _without_marks(data).removesuffix(b"}"),
        Slot.DELIVERY.mark.encode(),
    )
    size = _checked(message, body)
    read = [*_words(message).values(), version.index_number, version.document_number]
    read += [message.withdrawal.reason if message.withdrawal else None]
    return body, "\n".join(filter(None, read)), size


def filled(body: bytes, released_at: datetime, sequence: int, supersedes: Sequence[int]) -> bytes:
    """``body`` with what only sending knows."""
    delivery = {"sequence": sequence, "supersedes": list(supersedes[-most_superseded() :])}
    return fill(
        body,
        {
            Slot.PUBLISHED_AT: wall(released_at).isoformat(timespec="seconds"),
            Slot.DELIVERY: _json(delivery).decode(),
        },
    )


def trial_event(identity: str, source: str, at: datetime) -> bytes:
    """The payload of a test: nothing to publish, and it says so."""
    data = {"title": say("webhook.test_text", "zh"), "title_en": say("webhook.test_text", "en")}
    return _json(
        {
            "specversion": "1.0",
            "type": "gongkai.endpoint.test",
            "id": identity,
            "source": source,
            "time": wall(at).isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def type_of(message: Message) -> str:
    """The event's type: what happened, in the past tense."""
    if message.kind is MessageKind.WITHDRAWAL:
        return "gongkai.notice.withdrawn"
    if message.kind is MessageKind.MATTER:
        return f"gongkai.{labelled(message.version.fields['event']).type}"
    return "gongkai.notice.corrected" if message.is_correction else "gongkai.notice.released"


def _words(message: Message) -> dict[str, str | None]:
    version = message.version
    own = version.wording.get("webhook", {})
    return {
        "title": own.get("title", version.title),
        "summary": own.get("summary", version.summary),
        "public_note": version.public_note if message.is_correction else None,
    }


def _withdrawal(message: Message) -> dict[str, Any] | None:
    if message.withdrawal is None:
        return None
    return {
        "reason": message.withdrawal.reason,
        "leaves": message.withdrawal.leaves,
        "redirect": message.withdrawal.redirect,
        "at": wall(message.withdrawal.at).isoformat(),
    }


def _matter(message: Message) -> dict[str, Any] | None:
    """Which matter something is told of, and its window; None: it is a notice that somebody wrote."""
    fields = message.version.fields
    if message.version.kind != PAGE:
        return None
    return {
        "number": fields["dossier"],
        "name": fields["matter"],
        "phase": fields["phase"],
        "open_from": fields.get("open_from"),
        "open_to": fields.get("open_to"),
        "feedback_by": fields.get("feedback_by"),
    }


def _checked(message: Message, body: bytes) -> int:
    limit = limits("webhook")["payload"]
    widest = filled(body, datetime(2000, 1, 1, tzinfo=UTC), WIDEST, [WIDEST] * most_superseded())
    if len(widest) > limit.value:
        where = _longest(message)
        values = {"size": len(widest), "most": limit.value}
        advice = {
            lang: say("webhook.payload_too_large", lang, where=say(f"webhook.field_{where}", lang), **values)
            for lang in ("zh", "en")
        }
        raise LimitsBroken([Broken(limit, str(len(widest)), where, advice["zh"], advice["en"])])
    return len(widest)


def _longest(message: Message) -> str:
    """The field that takes most of the room."""
    fields = _words(message) | ({"reason": message.withdrawal.reason} if message.withdrawal else {})
    return max(fields, key=lambda name: len(fields[name] or ""))


def _without_marks(value: object) -> bytes:
    """``value`` as JSON in which nothing reads like a slot's mark, whatever an author wrote."""
    return _json(value).replace(b"@@gongkai:", rb"\u0040@gongkai:")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
