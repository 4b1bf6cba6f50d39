"""Pictures: ``media/uploadimg`` for the inside of an article, ``material/add_material`` for its cover."""

import secrets
from typing import Any

from sandbox.wechat.account import Account
from sandbox.wechat.faults import Fault

INSIDE = 1_048_576  # bytes: 1 MB, to stay below
COVER = {"image": 10 * 1_048_576, "thumb": 64 * 1024}  # bytes, by type
HOST = "https://mmbiz.qpic.cn/sz_mmbiz/"


def upload_image(account: Account, body: bytes | None) -> dict[str, Any]:
    """Take a picture in; its address. Raises ``Fault``."""
    if not body:
        raise Fault(41005)
    if len(body) >= INSIDE:
        raise Fault(40009)
    kind = kind_of(body)
    if kind is None:
        raise Fault(40137)
    name = account.keep_picture(body, kind)
    account.did("picture", file=name)
    return {"url": HOST + name, "errcode": 0, "errmsg": "ok"}


def add_material(account: Account, type_: str, body: bytes | None) -> dict[str, Any]:
    """Keep a picture for good; its media_id and address. Raises ``Fault``."""
    if type_ not in COVER:
        raise Fault(40004)
    if not body:
        raise Fault(41005)
    if len(body) > COVER[type_]:
        raise Fault(45001)
    kind = kind_of(body)
    if kind is None or (type_ == "thumb" and kind != "jpg"):
        raise Fault(40137)
    name, media_id = account.keep_picture(body, kind), secrets.token_urlsafe(48)
    account.did("material", media_id=media_id, file=name)
    return {"media_id": media_id, "url": HOST + name, "item": []}


def is_inside(account: Account, address: str) -> bool:
    """Whether ``address`` is of a picture that ``media/uploadimg`` took: a cover's own address is not enough."""
    return address.startswith(HOST) and address.removeprefix(HOST) in account.inside


def kind_of(body: bytes) -> str | None:
    """What the bytes say they are."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpg" if body.startswith(b"\xff\xd8\xff") else None
