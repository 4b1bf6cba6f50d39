"""The rendition: the article's content, its cover and code, and what stands beside them in ``draft/add``."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import segno

from channels.base import Broken, File, LimitsBroken, Rendition
from channels.sentences import at
from channels.wechat.article import article, taken, visible
from channels.wechat.cover import CORRECTED, WITHDRAWN, cover, drawn, words
from channels.wechat.mark import marked
from channels.wechat.pictures import PICTURE, attached
from channels.wechat.pictures import broken as broken_pictures
from config.limits import limits
from config.messages import say
from notices.notice import Message

CONTENT, FRAME, COVER, CODE = "article.html", "article.json", "cover.png", "qr.png"
HTML = "text/html; charset=utf-8"
ADDRESS = 300  # characters that the address of an uploaded picture may take, more than any that was seen


@dataclass(frozen=True)
class Frame:
    """What ``draft/add`` is told besides the content and the cover."""

    title: str
    author: str
    digest: str
    content_source_url: str


def rendition(message: Message, author: str) -> Rendition:
    """What is published of ``message``. Raises ``LimitsBroken``."""
    if not publishes(message):
        content = taken(message)
        return Rendition((File(CONTENT, HTML, content.encode()),), visible(content))
    frame, content = _frame(message, author), article(message)
    laid = cover(message, frame.title)
    broken = [*_broken(frame, content), *broken_pictures(content, message.version)]
    try:
        picture = drawn(laid, message.version.issued_on)
    except LimitsBroken as found:
        raise LimitsBroken([*broken, *found.broken]) from found
    if broken:
        raise LimitsBroken(broken)
    largest = max((file.size for file in attached(content, message.version)), default=0)
    text = "\n".join(filter(None, (frame.title, frame.author, frame.digest, *words(laid), visible(content))))
    return Rendition(
        (
            File(CONTENT, HTML, content.encode()),
            File(FRAME, "application/json", json.dumps(vars(frame), ensure_ascii=False).encode()),
            File(COVER, "image/png", picture),
            File(CODE, "image/png", _code(message.address)),
        ),
        text,
        {**_used(frame, content), "cover_text": len(laid.lines), "picture_size": largest},
    )


def publishes(message: Message) -> bool:
    """Whether an article is published: of every version, and of a withdrawal that leaves a page under its banner."""
    return message.withdrawal is None or message.withdrawal.leaves == "banner"


def frame_of(made: Rendition) -> Frame:
    """The frame in a rendition that publishes."""
    return Frame(**json.loads(_body(made, FRAME)))


def content_of(made: Rendition) -> str:
    """The content in a rendition, its pictures' places still open."""
    return _body(made, CONTENT).decode()


def pictures_of(made: Rendition) -> dict[str, bytes]:
    """The pictures that were drawn for it, by their names."""
    return {file.name: file.body for file in made.files if file.media_type == "image/png"}


def _body(made: Rendition, name: str) -> bytes:
    return next(file.body for file in made.files if file.name == name)


def _frame(message: Message, author: str) -> Frame:
    """The title and digest: the author's own for this channel, else the notice's.

    What became of the notice stands before its title where there is room for both. A withdrawal must not wait for
    anybody to shorten a title, and a correction need not: cover and text say what it is.
    """
    version = message.version
    own = version.wording.get("wechat", {})
    title = own.get("title", version.title)
    digest = own.get("summary", version.summary)
    if message.withdrawal:
        title = _headed(WITHDRAWN, title) or WITHDRAWN
        digest = WITHDRAWN  # the reason stands in the article, as long as it may be
    elif message.is_correction and not version.minor:
        title = _headed(CORRECTED, title) or title
    return Frame(title, author or message.office.short, digest, marked(message))


def _headed(what: str, title: str) -> str:
    """``title`` with ``what`` before it; empty where there is no room for both."""
    whole = f"{what}：{title}"
    return whole if len(whole) <= limits("wechat")["title"].value else ""


def _used(frame: Frame, content: str) -> dict[str, int]:
    return {
        "title": len(frame.title),
        "author": len(frame.author),
        "digest": len(frame.digest),
        "content": len(content) + content.count(PICTURE) * ADDRESS,
        "source_url": len(frame.content_source_url.encode()),
    }


PLACES = {
    "title": "渠道用语—公众号—标题",
    "author": "投放点—author",
    "digest": "渠道用语—公众号—摘要",
    "content": "正文",
    "source_url": "公开网址",
}


def _broken(frame: Frame, content: str) -> Iterator[Broken]:
    """Every limit of the platform that the article breaks."""
    for name, actual in _used(frame, content).items():
        limit = limits("wechat")[name]
        if actual > limit.value:
            zh, en = (say(f"wechat.{name}", lang, actual=actual, most=limit.value) for lang in ("zh", "en"))
            said = vars(frame).get(name, "")  # of the content it is the markup that counts: no sentence is too long
            yield Broken(limit, str(actual), PLACES[name], zh, en, at(said, limit.value))


def _code(address: str) -> bytes:
    """The QR code of the notice, for a thumb on a phone's own screen."""
    made = BytesIO()
    segno.make(address, error="m", micro=False).save(made, kind="png", scale=8, border=4)
    return made.getvalue()
