"""群发: ``message/mass/sendall``, ``get``, ``delete``: every follower is alerted, and an account has few of them.

Of the result, which the platform pushes as the event MASSSENDJOBFINISH, its interface tells the state alone.
"""

from datetime import timedelta
from typing import Any

from sandbox.wechat.account import Account, Push
from sandbox.wechat.faults import Fault

REMEMBERED = timedelta(hours=24)  # so long a clientmsgid keeps a second sending away
APART = timedelta(minutes=1)  # before that a repeat is told neither yes nor no
LONGEST = 64  # bytes of a clientmsgid
TAGS = (2,)  # 星标组, which every account has


def send_all(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Send a draft to every follower, or to those of a tag. Raises ``Fault``.

    That the job was taken is all that the answer says: under 群发保护 an administrator must still confirm it, and the
    documents name no answer of its own for that. A repeat is known before anything else is looked at.
    """
    key = body.get("clientmsgid", "")
    if not isinstance(key, str) or len(key.encode()) > LONGEST:
        raise Fault(45067)
    if body.get("msgtype") != "mpnews":  # the platform sends other things too; nobody here wants them
        raise Fault(40008)
    _check_receivers(body.get("filter"))
    if body.get("send_ignore_reprint", 0) not in (0, 1):
        raise Fault(40035)
    _refuse_repeat(account, key)
    said = body.get("mpnews")
    media_id = said.get("media_id") if isinstance(said, dict) else None
    if not media_id:
        raise Fault(41006)
    account.spend("mass")
    if media_id not in account.drafts:  # a published or pushed draft has left its box
        raise Fault(40007)
    msg_id = 1_000_000_001 + len(account.pushes)
    account.did(
        "mass",
        msg_id=msg_id,
        clientmsgid=key,
        media_id=media_id,
        article=account.drafts[media_id].article,
        protected=account.is_protected,
    )
    return {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id, "msg_data_id": msg_id}


def get(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """How a push stands. Raises ``Fault``."""
    push = _found(account, body)
    return {"msg_id": push.msg_id, "msg_status": push.status(account.clock.now())}


def delete(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Take the page of a push away that was sent; its card stays where it was received. Raises ``Fault``."""
    push = _found(account, body)
    if body.get("article_idx", 0) not in (0, 1):
        raise Fault(40060)
    if push.status(account.clock.now()) != "SEND_SUCCESS":  # what is still to be confirmed cannot be stopped
        raise Fault(40059)
    account.did("unmass", msg_id=push.msg_id)
    return {"errcode": 0, "errmsg": "ok"}


def _check_receivers(given: Any) -> None:
    if not isinstance(given, dict) or not isinstance(given.get("is_to_all"), bool):
        raise Fault(40035)
    if not given["is_to_all"] and given.get("tag_id") not in TAGS:
        raise Fault(45159)


def _refuse_repeat(account: Account, key: str) -> None:
    for push in account.pushes.values():
        passed = account.clock.now() - push.at
        if key and push.clientmsgid == key and passed < APART:
            raise Fault(45066)
        if key and push.clientmsgid == key and passed < REMEMBERED:
            raise Fault(45065, msg_id=push.msg_id, msg_data_id=push.msg_id)


def _found(account: Account, body: dict[str, Any]) -> Push:
    wanted = str(body.get("msg_id", ""))
    push = account.pushes.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    if push is None:
        raise Fault(40059)
    return push
