"""One article a notice: what is older goes, what is newer stays, whoever published it and when."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from channels.base import Accepted, Answer, Delivered, Work
from channels.wechat.client import Absent, Client, OutOfQuota
from channels.wechat.known import Known
from channels.wechat.publishing import ask_again, done
from channels.wechat.pushing import SENDING, state
from channels.wechat.rendition import frame_of, publishes
from channels.wechat.rules import waits
from channels.wechat.shelf import Found, ours
from config.messages import say


def look(client: Client, known: Known, work: Work, now: datetime) -> Answer:
    """Look for what has to go; when there is nothing, this message is over, or is looked after again later."""
    newest, published = known.newest(work), bool(work.scratch.get("article"))
    stale = [
        (found.place, found.id)
        for place in ("freepublish", "draft")
        for found in ours(client, place, work.message.address, work.first_released_at)
        if _is_stale(found, work, newest)
    ]
    before = max(newest, work.message.sequence)
    stale += [("mass", name) for name, said in known.pushes(work).items() if said < before]
    if stale:
        return done(work, stale=stale)
    overtaken = newest > work.message.sequence
    if publishes(work.message) and not published and not overtaken:
        return done(work, cleared=True)  # a withdrawal: the way is free for what it says itself
    wait = _wait(known, work)
    if overtaken:
        note = say("wechat.overtaken")
    elif not published:
        note = say("wechat.withdrawn")
    else:
        note = say("wechat.published") if wait is None else say("wechat.checking")
    if wait is not None:
        return ask_again(work, now + timedelta(seconds=wait), note, late=_looks(work) + 1)
    return Accepted(note=note) if overtaken else Delivered(reference=work.scratch.get("url", ""), note=note)


def delete(client: Client, known: Known, work: Work, now: datetime) -> Answer:
    """Delete one of those. Deletions are few a day: without one left the rest waits, and nothing behind it does."""
    (place, name), *rest = work.scratch["stale"]
    if place == "mass":
        return _delete_push(client, known, work, name, now)
    said = {"article_id": name, "index": 0} if place == "freepublish" else {"media_id": name}
    try:
        client.call(f"{place}/delete", said)
    except Absent:
        pass  # somebody did it before
    except OutOfQuota as out:
        return ask_again(work, now + timedelta(seconds=out.seconds), say("wechat.quota_delete"))
    return done(work, stale=rest)


def _delete_push(client: Client, known: Known, work: Work, name: str, now: datetime) -> Answer:
    """Take a push's page away. One that is still under way cannot be stopped: it is waited for."""
    rest = [[place, of] for place, of in work.scratch["stale"] if of != name]
    if state(client, name) == SENDING:
        return ask_again(work, now + timedelta(seconds=waits().late[0]), say("wechat.push_under_way"))
    with suppress(Absent):  # somebody did it before, or it failed
        client.call("message/mass/delete", {"msg_id": int(name), "article_idx": 0})
    known.taken_away(work, name, now)
    return done(work, stale=rest)


def difference(work: Work, found: Sequence[Found]) -> str | None:
    """How the articles of a notice differ from the one that its newest message should have left; empty: not at all.

    By title and digest: the list tells no more, and the content comes back otherwise than it was sent. None when nobody
    knows yet.
    """
    if not publishes(work.message):
        return say("wechat.still_there") if found else ""
    own = [one for one in found if one.mark.sequence == work.message.sequence]
    if not own:
        return say("wechat.not_there") if work.scratch.get("article") else None  # it may be under way
    frame = frame_of(work.rendition)
    if (own[0].title, own[0].digest) != (frame.title, frame.digest):
        return say("wechat.differs", what=own[0].title)
    return say("wechat.twice", count=len(found)) if len(found) > 1 else ""


def _is_stale(found: Found, work: Work, newest: int) -> bool:
    """Whether it has to go: all of a withdrawal but its own, all that is older, and a second one of the same."""
    own = found.id in (work.scratch.get("article"), work.scratch.get("draft"))
    if found.mark.sequence > work.message.sequence:
        return False
    if found.mark.sequence < work.message.sequence:
        return True
    return newest > work.message.sequence or (bool(work.scratch.get("article")) and not own)


def _wait(known: Known, work: Work) -> float | None:
    """Seconds until it is looked again; None: never. Once after everything older, then while an article may come."""
    times, older = waits().late, bool(work.supersedes) or work.message.withdrawal is not None
    if known.may_come(work) or (older and not _looks(work)):
        return times[min(_looks(work), len(times) - 1)]
    return None


def _looks(work: Work) -> int:
    """How often it was looked again already."""
    return int(work.scratch.get("late", 0))
