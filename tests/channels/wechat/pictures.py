"""Two pictures in the body of a notice, one alone and one among words, as its author puts them there."""

import hashlib
import re
from io import BytesIO
from typing import Any

from PIL import Image

from channels.base import Work
from notices.attachments import described
from notices.notice import Message, Version
from tests import factories
from tests.sandbox.wechat.platform import Platform


def picture(kind: str, colour: str, size: tuple[int, int] = (60, 40)) -> bytes:
    """A real picture of one colour."""
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


PICTURES = {"流程图.png": picture("PNG", "#14508c"), "窗口 位置.jpg": picture("JPEG", "#b8141c")}
ALT = ("申报、核定、缴费三步", "大厅平面图")
BODY = f"""{factories.BODY}
![{ALT[0]}](流程图.png)

窗口在这里：![{ALT[1]}](<窗口 位置.jpg>)，进门右手。
"""
BLOBS = {hashlib.sha256(body).hexdigest(): body for body in PICTURES.values()}


def illustrated(**changes: Any) -> Version:
    """A sound version with both."""
    files = tuple(described(name, body) for name, body in PICTURES.items())
    return factories.version(**{"body": BODY, "attachments": files, **changes})


def approved(todo: Work) -> list[str]:
    """SHA-256 of each picture of the article as it was approved, in its order: cover, those of the body, code."""
    cover, code = (_sha256(file.body) for file in todo.rendition.files if file.media_type == "image/png")
    return [cover, *BLOBS, code]


def shown(there: Platform, said: Message) -> list[str]:
    """SHA-256 of each picture in the notice's last draft as the account keeps it, by the bytes it was given."""
    drafts = [entry["article"] for entry in there.did("draft")]
    kept = next(one for one in reversed(drafts) if one["content_source_url"] == f"{said.address}?wx={said.sequence}")
    sources = re.findall(r'<img src="https://mmbiz\.qpic\.cn/sz_mmbiz/([^"]+)"', kept["content"])
    assert len(sources) == kept["content"].count("<img")
    return [_sha256((there.home / "wechat" / "pictures" / name).read_bytes()) for name in sources]


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
