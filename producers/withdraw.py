"""Withdraw: the office takes a notice back, with a reason, wherever it went."""

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Connection

from channels.base import Rendition
from notices.notice import Message, MessageKind, State, Withdrawal
from producers.correct import NotOpen, NotPublic, Standing, advance, stand
from producers.house import House
from producers.lookup import UnknownNotice, find
from producers.publish import Published, hashes
from producers.reach import Ask, Reach, allowed, people, reach, unasked
from producers.remark import remark
from producers.rendering import render_all
from producers.say import Edition, approve, say
from producers.states import record_release
from streams.events import NoticeWithdrawn, new_trace
from streams.store.store import Tx

log = structlog.get_logger()


def withdraw(
    house: House,
    name: str,
    *,
    reason: str,
    leaves: str = "banner",
    redirect: str | None = None,
    by: str,
    over_ceiling: bool = False,
    ask: Ask = unasked,
) -> Published:
    """Withdraw the notice ``name`` when ``ask`` lets it go; its page stays under a banner, is gone, or leads to the
    notice ``redirect``.

    Raises what ``ask`` raises, ``OverCeiling``, ``UnknownNotice`` (for another office's ``redirect`` too),
    ``NotPublic`` or ``NotOpen`` (likewise), ``BadRemark``, ``Overtaken``, ``NotFit`` or ``StoreUnavailable``; then
    nothing was changed.
    """
    standing = house.store.read(lambda c: stand(c, name))
    target = None
    if leaves == "redirect":
        if redirect is None:
            raise UnknownNotice("")
        target = house.store.read(lambda c: _successor(c, standing, redirect))
    message = Message(
        id=f"{standing.row.id}.{standing.row.sequence + 1}",
        subject=standing.row.id,
        sequence=standing.row.sequence + 1,
        kind=MessageKind.WITHDRAWAL,
        office=house.outlets.office(standing.row.office),
        version=standing.newest,
        previous=standing.newest,
        withdrawal=Withdrawal(reason=remark(reason), leaves=leaves, redirect=target, at=house.clock.now()),
        address=standing.address,
        urgency=standing.newest.urgency,
    )
    renditions = render_all(house, message, standing.endpoints)
    reaches = reach(house, message, standing.endpoints, renditions)
    passed = allowed(reaches, over_ceiling=over_ceiling)
    ask(reaches)

    def act(tx: Tx) -> None:
        advance(tx, standing, state=State.WITHDRAWN, version=standing.newest.number)
        said = NoticeWithdrawn(
            notice=message.subject,
            message=message.id,
            sequence=message.sequence,
            office=message.office.id,
            version=standing.newest.number,
            reason=reason,
        )
        approve(tx, message.id, renditions)
        say(tx, message, said, new_trace())
        detail = {"reason": reason, "leaves": leaves, "redirect": target, "renditions": hashes(renditions), **passed}
        record_release(tx, standing.newest, act="notice.withdrawn", by=by, detail=detail)

    house.store.write(act)
    return Published(
        message.subject,
        standing.newest.number,
        standing.row.index_number,
        message.address,
        message.id,
        withdrawn=True,
        people=people(_reached_by_now(house, message, standing, renditions) or reaches),
    )


def _reached_by_now(
    house: House, message: Message, standing: Standing, renditions: Mapping[Edition, Rendition]
) -> Sequence[Reach]:
    """Some may have been sent to meanwhile. Nothing when that cannot be read: the withdrawal stands."""
    try:
        return reach(house, message, standing.endpoints, renditions)
    except Exception as error:
        log.warning("reached_unread", notice=message.subject, cause=f"{type(error).__name__}: {error}")
        return ()


def _successor(connection: Connection, standing: Standing, name: str) -> str:
    """The notice that takes its place: of the same office, and open."""
    row = find(connection, name)
    if row.office != standing.row.office:  # another office's notice is not there for this one
        raise UnknownNotice(name)
    if row.state == State.APPROVED:
        raise NotPublic(row.id)
    if row.state != State.RELEASED or row.id == standing.row.id:
        raise NotOpen(row.id)
    return str(row.id)
