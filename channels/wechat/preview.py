"""A rendition as it can be looked at by itself: the article in a page of its own, its pictures beside it."""

from collections.abc import Mapping, Sequence

from channels.base import File, Rendition
from channels.wechat.pictures import TYPES, names, placed
from channels.wechat.rendition import content_of, pictures_of

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><body style="margin:16px auto;max-width:677px;padding:0 16px;\
font-family:sans-serif">%s</body></html>
"""


def preview(made: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
    """The files; ``attached`` has the version's attachments by their SHA-256."""
    content, drawn = content_of(made), pictures_of(made)
    inside = [name for name in names(content) if name not in drawn]
    beside = {name: _beside(number, name, attached) for number, name in enumerate(inside, 1)}
    shown = {name: name for name in drawn} | {name: file.name for name, file in beside.items()}
    page = PAGE % placed(content, shown)
    return File("article.html", "text/html; charset=utf-8", page.encode()), *made.files[1:], *beside.values()


def _beside(number: int, name: str, attached: Mapping[str, bytes]) -> File:
    """A picture of the body, under a name that can be read."""
    sha256, _, extension = name.partition(".")
    media_type = next(media_type for media_type, known in TYPES.items() if known == extension)
    return File(f"picture-{number}.{extension}", media_type, attached[sha256])
