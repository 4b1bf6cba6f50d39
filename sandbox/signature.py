"""The receiver's half of Standard Webhooks 1.0.0, written from the text of the standard."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

TOLERANCE = 300  # seconds, both ways


class Forged(Exception):
    """The request does not prove where it comes from; the argument is a message of ``sandbox.toml``."""


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """The id of a request that is genuine under one of the secrets in ``secret``. Raises ``Forged``.

    ``headers`` by lower-case name; ``secret`` is ``whsec_…``, several with blanks between them.
    """
    identity, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    if not identity or not timestamp or not given:
        raise Forged("unsigned")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise Forged("bad_timestamp")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise Forged("stale")
    signed = b".".join((identity.encode("latin-1"), timestamp.encode(), body))
    expected = [
        b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in map(_key, secret.split())
    ]
    if not any(hmac.compare_digest(mine, theirs.encode("latin-1")) for mine in expected for theirs in given):
        raise Forged("forged")
    return identity


def new_secret() -> str:
    """A fresh secret of 32 bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise Forged("bad_secret") from None
