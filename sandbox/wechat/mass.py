"""群发: ``message/mass/sendall``, the scarce one: a subscription account has one a day."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.wechat.account import Account
from sandbox.wechat.faults import Fault

REMEMBERED = timedelta(hours=24)  # so long a clientmsgid keeps a second sending away
LONGEST = 64  # bytes of a clientmsgid


def send_all(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Send a draft to every follower. Raises ``Fault``."""
    key = str(body.get("clientmsgid") or "")
    if len(key.encode()) > LONGEST:
        raise Fault(45067)
    if body.get("msgtype") != "mpnews" or not isinstance(body.get("filter"), dict):
        raise Fault(40035)
    for msg_id, entry in account.mass.items():
        recent = account.clock.now() - datetime.fromisoformat(entry["at"]) < REMEMBERED
        if key and entry["clientmsgid"] == key and recent:
            raise Fault(45065, msg_id=int(msg_id), msg_data_id=int(msg_id))
    account.spend("mass")
    media_id = str((body.get("mpnews") or {}).get("media_id", ""))
    if media_id not in account.drafts:
        raise Fault(40007)
    msg_id = str(1_000_000_001 + len(account.mass))
    account.did("mass", msg_id=msg_id, clientmsgid=key, media_id=media_id, article=account.drafts[media_id].article)
    sent = {"errcode": 0, "errmsg": "send job submission success"}
    return {**sent, "msg_id": int(msg_id), "msg_data_id": int(msg_id)}
