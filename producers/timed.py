"""A notice that is approved now and public later: planned here, released at its instant, cancelled until then.

Its renditions are approved with it and stored; those bytes are what is sent. Until the instant nobody has anything.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from config.clock import wall
from notices.notice import Message, State
from producers.house import House
from producers.lookup import UnknownNotice, find
from producers.remark import remark
from producers.states import record_release
from streams import triggers
from streams.owe import await_release, cancelled, hold_owed
from streams.store.store import Tx
from streams.store.tables import notice, version
from streams.triggers import Trigger

RELEASE = "release"  # the act's name
OVER_CEILING = "over_ceiling"  # stands in its detail when a person lets it cost more than a ceiling


class NoTrigger(Exception):
    """Nothing is planned under this name; the text is the name."""


def name_of(message: str) -> str:
    """The name of the trigger that releases ``message``."""
    return f"{RELEASE}/{message}"


def time_release(tx: Tx, message: Message, at: datetime, *, by: str, trace: str, detail: Mapping[str, object]) -> None:
    """Let the scheduler release ``message`` at ``at``; what ``detail`` says goes into the audit now and then.

    The notice is held already (``streams.owe.hold_owed``).
    """
    said = {"message": message.model_dump_json(), "by": by, "trace": trace, "audit": dict(detail)}
    await_release(tx, message)
    triggers.plan(tx, Trigger(name_of(message.id), message.office.id, RELEASE, message.subject, at, said))
    record_release(
        tx,
        message.version,
        act="notice.timed",
        by=by,
        detail={"release_at": wall(at).isoformat(" ", "minutes"), **detail},
    )


def named(connection: Connection, name: str) -> Trigger:
    """The trigger that a person means by its own name, or by its notice's. Raises ``NoTrigger``."""
    if name.startswith(f"{RELEASE}/"):
        subject, wanted = name.removeprefix(f"{RELEASE}/").rpartition(".")[0], name
    else:
        try:
            subject, wanted = find(connection, name).id, ""
        except UnknownNotice:
            raise NoTrigger(name) from None
    for one in triggers.of_subjects(connection, [subject]):
        if wanted in ("", one.id):
            return one
    raise NoTrigger(name)


def cancel(house: House, name: str, *, why: str, by: str) -> Message:
    """Take back what waits for its instant: nobody ever has it. Raises ``BadRemark``, ``NoTrigger``, ``NotPlanned``."""
    reason, one = remark(why), house.store.read(lambda c: named(c, name))
    message = Message.model_validate_json(one.detail["message"])

    def act(tx: Tx) -> None:
        held = hold_owed(tx, message.subject)
        triggers.cancel(tx, one.id, by=by, why=reason)
        cancelled(tx, held, message.id)
        _mark_cancelled(tx, message, by=by, why=reason)

    house.store.write(act)
    return message


def retry(house: House, name: str, *, over_ceiling: bool, by: str) -> Message:
    """Let it be looked at again, at its instant or at once. Raises ``NoTrigger`` or ``NotPlanned``."""
    one = house.store.read(lambda c: named(c, name))
    more = {OVER_CEILING: by} if over_ceiling else {}
    house.store.write(lambda tx: triggers.retry(tx, one.id, by=by, more=more))
    return Message.model_validate_json(one.detail["message"])


def mark_released(tx: Tx, content_of: Message) -> bool:
    """Let the notice be public from now on; False when it does not wait for that any more."""
    now, of = tx.clock.now(), content_of.version
    moved = tx.connection.execute(
        update(notice)
        .where(notice.c.id == of.notice, notice.c.state == State.APPROVED)
        .values(state=State.RELEASED, sequence=content_of.sequence, released_at=now)
    )
    if moved.rowcount != 1:
        return False
    same = (version.c.notice == of.notice, version.c.number == of.number)
    tx.connection.execute(update(version).where(*same).values(state=State.RELEASED, released_at=now))
    return True


def _mark_cancelled(tx: Tx, content_of: Message, *, by: str, why: str) -> None:
    """Nobody will have it; the same file may be published again."""
    of = content_of.version
    tx.connection.execute(update(notice).where(notice.c.id == of.notice).values(state=State.CANCELLED))
    tx.connection.execute(update(version).where(version.c.notice == of.notice).values(state=State.CANCELLED))
    record_release(tx, of, act="notice.cancelled", by=by, detail={"reason": why})
