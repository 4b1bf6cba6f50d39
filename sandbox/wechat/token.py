"""``cgi-bin/stable_token``: the one way to an access token here."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sandbox.wechat.account import Account, Token
from sandbox.wechat.faults import Fault

LIFE = 7200  # seconds
EARLY = timedelta(minutes=5)  # so long before its end a new one is given, and so long the old one is still good
APART = timedelta(seconds=30)  # between two forced refreshes; one that comes earlier refreshes nothing


def stable_token(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """The token in force, or a new one. Raises ``Fault``."""
    if body.get("grant_type") != "client_credential":
        raise Fault(40002)
    for name, missing in (("appid", 41002), ("secret", 41004)):
        if not isinstance(body.get(name), str) or not body[name]:
            raise Fault(missing)
    if body["appid"] != account.appid:
        raise Fault(40013)
    if not secrets.compare_digest(body["secret"].encode(), account.secret.encode()):
        raise Fault(40125)
    now, present = account.clock.now(), account.tokens[-1] if account.tokens else None
    if body.get("force_refresh") is True and _may_force(account, now):
        account.spend("forced")
        account.did("forced")
    if present is None or present.fault or present.ends_at - now <= EARLY:
        account.did("token", value=secrets.token_urlsafe(100), seconds=LIFE)
    present = account.tokens[-1]
    return {"access_token": present.value, "expires_in": int((present.ends_at - now).total_seconds())}


def check(account: Account, given: str) -> None:
    """Raises ``Fault`` when ``given`` is no token that is good now."""
    if not given:
        raise Fault(41001)
    found: Token | None = next((token for token in account.tokens if token.value == given), None)
    if found is None:
        raise Fault(40014)
    if found.fault:
        raise Fault(found.fault)
    if found.ends_at <= account.clock.now():
        raise Fault(42001)


def _may_force(account: Account, now: datetime) -> bool:
    before = [entry["at"] for entry in account.entries if entry["did"] == "forced"]
    return not before or now - datetime.fromisoformat(before[-1]) >= APART
