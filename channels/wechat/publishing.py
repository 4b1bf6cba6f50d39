"""From an article to a published one, a step at a time; before one is repeated, it is looked whether it went well."""

from datetime import datetime, timedelta
from typing import Any

from channels.base import DECIDED, Accepted, Answer, Blobs, Done, NeverFound, NotYet, Refused, TryAgain, Work
from channels.wechat.answer import PerhapsTaken
from channels.wechat.client import Absent, Client, OutOfQuota
from channels.wechat.known import Known
from channels.wechat.pictures import name_of, names, placed
from channels.wechat.rendition import COVER, content_of, frame_of, pictures_of
from channels.wechat.rules import waits
from channels.wechat.shelf import Found, ours
from config.messages import say

ANEW = {DECIDED: "", "job": "", "doubted": "", "looks": 0, "resubmitted": 0}
FAILED = (2, 3, 4, 5, 6)  # publish_status: why there is no article
DELETED = 5
LONGER = 4  # times as long a draft that was submitted again is left in its box before the next time


def next_step(work: Work) -> str | None:
    """The step that is due until the article is published; None when it is."""
    scratch = work.scratch
    if scratch.get("article"):
        return None
    for name in names(content_of(work.rendition)):
        if name not in scratch.get("images", {}):
            return f"upload {name}"
    if "cover" not in scratch:
        return "cover"
    if "draft" not in scratch or scratch.get(DECIDED):
        return "draft"
    return "poll" if scratch.get("job") else "submit"


def upload(client: Client, blobs: Blobs, work: Work, name: str) -> Answer:
    """A picture of the article's inside. Done twice it is there twice, and harms nobody."""
    drawn = pictures_of(work.rendition)
    if name in drawn:
        answer = client.upload("media/uploadimg", "", name, "image/png", drawn[name])
    else:
        answer = _upload_attached(client, blobs, work, name)
    images = {**work.scratch.get("images", {}), name: _text(answer, "url")}
    return done(work, images=images)


def _upload_attached(client: Client, blobs: Blobs, work: Work, name: str) -> dict[str, Any]:
    """A picture of the body. Raises as ``call``; a refusal says which one it is."""
    file = next(file for file in work.message.version.attachments if name_of(file) == name)
    try:
        return client.upload("media/uploadimg", "", name, file.media_type, blobs.get(file.sha256))
    except Refused as refused:
        raise Refused(say("wechat.body_picture", name=file.name), final=refused.final) from refused


def cover(client: Client, work: Work) -> Answer:
    """The cover, which is kept for good; likewise."""
    picture = pictures_of(work.rendition)[COVER]
    answer = client.upload("material/add_material", "&type=image", COVER, "image/png", picture)
    return done(work, cover=_text(answer, "media_id"))


def draft(client: Client, work: Work) -> Answer:
    """The draft; on a repeat, and when a person wants it once more, the one that is there already."""
    again = bool(work.scratch.get(DECIDED))
    if is_repeat(work) or again:
        for place in ("freepublish", "draft"):
            if (found := own_of(client, work, place)) is not None:
                return _adopted(work, found, **ANEW if again else {})
    return done(work, draft=article(client, work), **ANEW if again else {})


def article(client: Client, work: Work) -> str:
    """Keep the approved article as a draft, its pictures being uploaded: the draft's media_id. Raises as ``call``."""
    said = {
        "article_type": "news",
        **vars(frame_of(work.rendition)),
        "content": placed(content_of(work.rendition), work.scratch["images"]),
        "thumb_media_id": work.scratch["cover"],
        "need_open_comment": 0,
    }
    return _text(client.call("draft/add", {"articles": [said]}), "media_id")


def submit(client: Client, known: Known, work: Work, now: datetime) -> Answer:
    """Have the draft published, unless that may be under way already: then it is looked for, and waited for.

    An answer that was never seen may have been a yes. The article is then in the list sooner or later; only a draft
    that is still in its box long after is submitted again, and each time later. That is written down before it is
    done, so that an answer which is lost again is a new doubt. When a published draft leaves its box, and how long a
    review lasts at most, the documents do not say.
    """
    known.submitted(work, now)
    if is_repeat(work) or work.scratch.get("doubted"):
        found = own_of(client, work, "freepublish")
        if found is not None:
            return _adopted(work, found)
        doubted = datetime.fromisoformat(work.scratch.get("doubted") or now.isoformat())
        before = int(work.scratch.get("resubmitted", 0))
        settled = now - doubted >= timedelta(seconds=waits().settled * LONGER**before)
        if settled and own_of(client, work, "draft") is not None:
            return done(work, doubted="", looks=0, resubmitted=before + 1)
        return _looked(work, doubted, now)
    try:
        answer = client.call("freepublish/submit", {"media_id": work.scratch["draft"]})
    except OutOfQuota as out:
        return _not_taken(known, work, now, out.seconds, str(out))
    except Absent:
        return _looked(work, now, now)  # gone from its box: published by somebody, or by us
    except PerhapsTaken:
        raise  # the repeat is a doubt
    except TryAgain as failure:
        refused, times = int(work.scratch.get("refused", 0)), waits().looks
        if refused == len(times):
            raise
        seconds = max(times[refused], failure.retry_after or 0)
        return _not_taken(known, work, now, seconds, str(failure), refused=refused + 1)
    return _ask_again(work, now, waits().poll[0], say("wechat.queued"), job=_text(answer, "publish_id"), asked=0)


def poll(client: Client, known: Known, work: Work, now: datetime) -> Answer:
    """What became of the publication. Raises ``Refused`` with its reason when there is no article."""
    asked = work.scratch["asked"] + 1
    delay = waits().poll[min(asked, len(waits().poll) - 1)]
    answer = client.call("freepublish/get", {"publish_id": work.scratch["job"]})
    status = answer.get("publish_status")
    if status in FAILED:
        known.ended(work, now)
        if status == DELETED and known.newest(work) > work.message.sequence:
            return Accepted(note=say("wechat.overtaken"))  # by what is newer
        raise Refused(say(f"wechat.failed_{status}"), final=True)
    if status != 0:
        known.submitted(work, now)
        return _ask_again(work, now, delay, say("wechat.queued"), asked=asked)
    return done(work, article=_text(answer, "article_id"), url=_url(answer))


# -- the steps' common ground ----------------------------------------------------------------------


def is_repeat(work: Work) -> bool:
    """Whether this step was tried before, however that ended: every try is counted, and a step notes its own."""
    return work.attempt != int(work.scratch.get("attempt", 0)) + 1


def done(work: Work, **scratch: Any) -> Done:
    """The step is over; the number of its try is kept for ``is_repeat``."""
    return Done({**scratch, "attempt": work.attempt})


def ask_again(work: Work, at: datetime, note: str, **scratch: Any) -> Accepted:
    """The step after this one is due at ``at``."""
    return Accepted(ask_again_at=at, note=note, scratch={**scratch, "attempt": work.attempt})


def _not_taken(known: Known, work: Work, now: datetime, seconds: float, why: str, **scratch: Any) -> NotYet:
    """It surely was not: that is written down, or a repeat would take it for a doubt and look for an article first."""
    known.ended(work, now)
    return NotYet(now + timedelta(seconds=seconds), why, {**scratch, "attempt": work.attempt})


def _ask_again(work: Work, now: datetime, seconds: float, note: str, **scratch: Any) -> Accepted:
    return ask_again(work, now + timedelta(seconds=seconds), note, **scratch)


def _looked(work: Work, doubted: datetime, now: datetime) -> Answer:
    looks, times = work.scratch.get("looks", 0), waits().looks
    if looks >= len(times):
        raise NeverFound(say("wechat.lost"))  # it may come out yet: what follows it must go there
    again = {"doubted": doubted.isoformat(), "looks": looks + 1}
    return _ask_again(work, now, times[looks], say("wechat.doubt"), **again)


def own_of(client: Client, work: Work, place: str) -> Found | None:
    """The draft or article that says this very message."""
    found = ours(client, place, work.message.address, work.released_at)
    return next((one for one in found if one.mark.sequence == work.message.sequence), None)


def _adopted(work: Work, found: Found, **more: Any) -> Done:
    """Take what is there for our own."""
    if found.place == "draft":
        return done(work, draft=found.id, **more)
    return done(work, draft=work.scratch.get("draft", ""), article=found.id, url=found.url, **more)


def _text(answer: dict[str, Any], name: str) -> str:
    """A field that must be there. Raises ``TryAgain``."""
    found = answer.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str) or not found:
        raise TryAgain(say("wechat.odd", status=200))
    return found


def _url(answer: dict[str, Any]) -> str:
    """Where readers find the article; empty when the answer does not say."""
    try:
        return str(answer["article_detail"]["item"][0]["article_url"])
    except (KeyError, TypeError, IndexError):
        return ""
