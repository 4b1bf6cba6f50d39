"""Push: a person spends one of an account's few mass sends on an article that is published there (群发).

What is pushed is the newest message of a notice. That it begins is in the audit before anything is sent, what came of
it after; whoever dies in between leaves a push that the next try finds out about under the same key.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels import wechat
from channels.base import Outcome, TryAgain, Unsure, Work
from channels.wechat.pushing import Pushed
from producers.house import House
from producers.lookup import find
from producers.push_offer import NoPush, Offer, Wish, account_of, endpoint_named, offer, options_of, refuse_under_way
from producers.remark import remark
from streams import pushes
from streams.outlets import Endpoint
from streams.pushes import OPEN, Push
from streams.store.store import Tx
from streams.work import work_of

LOCK = "push"  # held by who takes a slot: two at once do not take the same


def push(house: House, wish: Wish, confirmed: Offer) -> Push:
    """Push what somebody ``confirmed``; one that went already is given, and nothing is spent.

    Raises as ``offer``, and ``NoPush`` when the offer is another one by now.
    """
    begun = house.store.write(lambda tx: _begin(tx, house, wish, confirmed))
    if isinstance(begun, Push):
        return begun
    made, work = begun
    done = _channel(house, made.found).push(work, made.push.key, made.push.tried_at, doubted=made.doubted)
    detail = {"other_try": done.other_try}
    return _end(house, made.push, done, office=made.found.office, by=wish.by, detail=detail)


def ask(house: House, found: Push, *, by: str) -> Push:
    """A push that was taken, with what the platform says of it by now."""
    if found.outcome is not Outcome.ACCEPTED or not found.reference:
        return found
    where = house.store.read(lambda c: endpoint_named(c, found.endpoint))
    if where.pretend or not where.enabled:
        return found
    try:
        said = _channel(house, where).asked(found.reference)
    except (TryAgain, Unsure):
        return found
    return found if said.outcome is found.outcome else _end(house, found, said, office=where.office, by=by, detail={})


def settle(house: House, wish: Wish, *, arrived: bool, why: str) -> Push:
    """Let a push that nobody is sure of become what a person says; the reason is on record.

    Raises ``UnknownNotice``, ``UnknownEndpoint``, ``BadRemark``, or ``NoPush`` when none is unknown.
    """
    reason = remark(why)

    def act(tx: Tx) -> Push:
        tx.alone(LOCK)
        row = find(tx.connection, wish.notice)
        where = account_of(tx.connection, row.id, wish.endpoint)
        account, every = options_of(where).appid, pushes.of_notices(tx.connection, [row.id])
        found = [one for one in every if one.account == account and one.outcome in OPEN]
        if not found:
            raise NoPush("not_unknown", notice=row.id)
        refuse_under_way(found[-1], tx.clock.now())
        outcome = Outcome.ACCEPTED if arrived else Outcome.REFUSED
        done = replace(found[-1], outcome=outcome, ended_at=tx.clock.now(), cause=reason)
        pushes.end(tx, done, office=where.office, by=wish.by, detail={"decided": True})
        return done

    return house.store.write(act)


def _begin(tx: Tx, house: House, wish: Wish, confirmed: Offer) -> tuple[Offer, Work] | Push:
    """Write down that it is tried now, unless it went already or is not what was confirmed."""
    tx.alone(LOCK)
    made = offer(tx.connection, wish, tx.clock.now())
    if isinstance(made, Push):
        return made
    if (made.push.key, made.slot, made.doubted) != (confirmed.push.key, confirmed.slot, confirmed.doubted):
        raise NoPush("changed", title=made.title)
    work = work_of(tx.connection, house.outlets, made.found, made.part)
    detail = {"title": made.title, "slot": made.slot, "again": made.doubted}
    pushes.begin(tx, made.push, office=made.found.office, detail=detail)
    return made, work


def _end(house: House, begun: Push, said: Pushed, *, office: str, by: str, detail: Mapping[str, Any]) -> Push:
    """Write down what came of it."""
    now = house.clock.now()
    reference = said.reference or begun.reference
    done = replace(begun, outcome=said.outcome, ended_at=now, reference=reference, cause=said.cause)
    house.store.write(lambda tx: pushes.end(tx, done, office=office, by=by, detail=detail))
    return done


def _channel(house: House, found: Endpoint) -> wechat.Channel:
    channel = house.outlets.channel(found)
    assert isinstance(channel, wechat.Channel)  # no other is offered, and none in rehearsal
    return channel
