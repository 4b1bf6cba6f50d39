"""The pictures inside an article: each has a mark of its own, where the address stands that uploading it gives.

Those of the notice's body are attachments of it, called by what they hold: the approved bytes name the very picture.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from channels.base import Broken, Slot
from config.limits import limits
from config.messages import say
from notices.notice import Attachment, Version
from notices.problem import megabytes

PICTURE = f"{Slot.UPLOADED_IMAGE.mark}#"  # and the picture's name
TYPES = {"image/png": "png", "image/jpeg": "jpg"}  # all that the platform takes
_OPEN = re.compile(rf"{re.escape(PICTURE)}([a-z0-9.]+)")


def name_of(file: Attachment) -> str:
    """What an attached picture is called behind its mark."""
    return f"{file.sha256}.{TYPES.get(file.media_type, 'other')}"


def marks(version: Version) -> dict[str, str]:
    """The mark of each attachment, by its name; those of pictures in the body are used."""
    return {file.name: f"{PICTURE}{name_of(file)}" for file in version.attachments}


def names(content: str) -> list[str]:
    """The pictures of an article whose places are open, each once, in their order."""
    return list(dict.fromkeys(_OPEN.findall(content)))


def placed(content: str, addresses: Mapping[str, str]) -> str:
    """The content with the address of each picture in its place. Raises ``KeyError`` when one has none."""
    return _OPEN.sub(lambda found: escape(addresses[found[1]]), content)


def attached(content: str, version: Version) -> list[Attachment]:
    """The attachments that are shown in the content."""
    return [file for file in version.attachments if f"{PICTURE}{name_of(file)}" in content]


def broken(content: str, version: Version) -> Iterator[Broken]:
    """Each picture that the platform would not take."""
    for file in attached(content, version):
        if file.media_type not in TYPES:
            yield _broken("picture_type", file.name, name=file.name)
        elif file.size > (most := limits("wechat")["picture_size"].value):
            values = {"size": megabytes(file.size), "most": megabytes(most + 1)}
            yield _broken("picture_size", str(file.size), name=file.name, **values)


def _broken(limit: str, actual: str, **values: str) -> Broken:
    advice = (say(f"wechat.{limit}", lang, **values) for lang in ("zh", "en"))
    return Broken(limits("wechat")[limit], actual, f"正文—图片“{values['name']}”", *advice)
