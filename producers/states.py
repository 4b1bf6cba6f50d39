"""A version on its way from draft to released: each state with its event and its entry in the audit log."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert

from notices.notice import State, Version
from streams import audit
from streams.events import Data, NoticeApproved, NoticeDrafted, NoticeSubmitted, event
from streams.store.store import Tx
from streams.store.tables import version


def write_version(tx: Tx, content: Version, digest: str, *, by: str, trace: str, released: bool = True) -> None:
    """Draft, hand in and sign off ``content``, and release it unless its instant is yet to come, as one transaction.

    What the file says of the sign-off and the secrecy review is recorded beside the person who acts.
    """
    assert content.approval is not None  # required of every file
    assert content.secrecy is not None  # likewise
    text, now = content.model_dump_json(), tx.clock.now()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    tx.connection.execute(
        insert(version).values(
            notice=content.notice,
            number=content.number,
            state=State.RELEASED if released else State.APPROVED,
            title=content.title,
            content=text,
            sha256=sha256,
            digest=digest,
            drafted_at=now,
            approved_at=now,
            released_at=now if released else None,
        )
    )
    of = {"notice": content.notice, "version": content.number, "office": content.office, "by": by}
    _say(tx, content, NoticeDrafted(**of, kind=content.kind), by, {"sha256": sha256, "title": content.title}, trace)
    review = {
        "reviewed_by": content.secrecy.by,
        "reviewed_at": _text(content.secrecy.at),
        "result": content.secrecy.result,
    }
    _say(tx, content, NoticeSubmitted(**of), by, {"secrecy": review}, trace)
    signed = {"signed_by": content.approval.by, "signed_at": _text(content.approval.at), "sha256": sha256}
    _say(tx, content, NoticeApproved(**of, content_sha256=sha256), by, {"sign_off": signed}, trace)


def record_release(tx: Tx, content: Version, *, act: str, by: str, detail: Mapping[str, object]) -> None:
    """The audit's entry of what became public, or stopped being it."""
    named = {"version": content.number, "index_number": content.index_number, **detail}
    audit.record(tx, office=content.office, who=by, act=act, subject=content.notice, detail=named)


def _say(tx: Tx, content: Version, data: Data, by: str, detail: dict[str, object], trace: str) -> None:
    known_as = f"{content.notice}.{content.number}.{data.type}"
    tx.emit(
        event(data, clock=tx.clock, subject=content.notice, key=content.notice, traceparent=trace, known_as=known_as)
    )
    act = data.type.removeprefix("gongkai.").removesuffix(".v1")
    audit.record(
        tx,
        office=content.office,
        who=by,
        act=act,
        subject=content.notice,
        detail={"version": content.number, **detail},
    )


def _text(instant: datetime) -> str:
    return instant.isoformat()
