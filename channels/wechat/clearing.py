"""One article a notice: what is older goes, what is newer stays, whoever published it and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.base import Accepted, Answer, Delivered, Shared, Work
from channels.wechat.client import Absent, Client, OutOfQuota
from channels.wechat.publishing import ask_again, done
from channels.wechat.rendition import frame_of, publishes
from channels.wechat.rules import waits
from channels.wechat.shelf import Found, ours
from config.messages import say

REMEMBERED = timedelta(days=30)  # so long the account's newest message of a notice is known to all workers


class Newest:
    """The newest message of each notice that anybody began to send to one account: an older one gives way to it.

    The lists say what stands, but not what is on its way, and a withdrawal leaves nothing that could stand.
    """

    def __init__(self, shared: Shared, appid: str) -> None:
        self._shared = shared
        self._appid = appid

    def note(self, work: Work, now: datetime) -> None:
        """This message is on its way."""
        if self.of(work) < work.message.sequence:
            self._shared.put(self._key(work), str(work.message.sequence), expires_at=now + REMEMBERED)

    def of(self, work: Work) -> int:
        """The highest sequence that was noted; 0 for none."""
        return int(self._shared.get(self._key(work)) or 0)

    def _key(self, work: Work) -> str:
        return f"wechat.newest.{self._appid}.{work.message.subject}"


def look(client: Client, work: Work, newest: int, now: datetime) -> Answer:
    """Look for what has to go; when there is nothing, this message is over, or is looked after once more later."""
    stale = [
        (found.place, found.id)
        for place in ("freepublish", "draft")
        for found in ours(client, place, work.message.address, work.first_released_at)
        if _is_stale(found, work, newest)
    ]
    if stale:
        return done(work, stale=stale)
    published = bool(work.scratch.get("article"))
    if publishes(work.message) and not published and newest <= work.message.sequence:
        return done(work, cleared=True)  # a withdrawal: the way is free for what it says itself
    if _may_come_late(work) and not work.scratch.get("late"):
        note = say("wechat.checking") if published else say("wechat.withdrawn")
        return ask_again(work, now + timedelta(seconds=waits().late), note, late=True)
    if newest > work.message.sequence:
        return Accepted(note=say("wechat.overtaken"))
    note = say("wechat.published") if published else say("wechat.withdrawn")
    return Delivered(reference=work.scratch.get("url", ""), note=note)


def delete(client: Client, work: Work, now: datetime) -> Answer:
    """Delete one of those. Deletions are few a day: without one left the rest waits, and nothing behind it does."""
    (place, name), *rest = work.scratch["stale"]
    said = {"article_id": name, "index": 0} if place == "freepublish" else {"media_id": name}
    try:
        client.call(f"{place}/delete", said)
    except Absent:
        pass  # somebody did it before
    except OutOfQuota as out:
        return ask_again(work, now + timedelta(seconds=out.seconds), say("wechat.quota_delete"))
    return done(work, stale=rest)


def difference(work: Work, found: Sequence[Found]) -> str:
    """How the articles of a notice differ from the one that its newest message should have left; empty: not at all."""
    if not publishes(work.message):
        return say("wechat.still_there") if found else ""
    own = [one for one in found if one.mark.sequence == work.message.sequence]
    if not own:
        return say("wechat.not_there")
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


def _may_come_late(work: Work) -> bool:
    """Whether something was sent here that may still be under way: something older, or this itself."""
    return bool(work.supersedes or work.scratch.get("doubted")) or work.message.withdrawal is not None
