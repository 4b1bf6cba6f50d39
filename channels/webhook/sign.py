"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over ``id.timestamp.body``, one for each secret in force."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret, as the standard has it


class BadSecret(Exception):
    """What should be a secret is none. Carries nothing of it."""


def new_secret() -> str:
    """A fresh secret of 32 random bytes, as both sides write it down. It is shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def keys(text: str) -> tuple[bytes, ...]:
    """The keys in ``text``: one ``whsec_…``, or during a rotation several with blanks between them.

    Raises ``BadSecret`` when any of them is malformed or there is none.
    """
    found = tuple(_key(word) for word in text.split())
    if not found:
        raise BadSecret
    return found


def signed_headers(identity: str, at: datetime, body: bytes, under: Sequence[bytes]) -> dict[str, str]:
    """The three headers that prove ``body``; the instant is that of the attempt, in whole seconds.

    ``identity`` has no full stop in it: the standard puts one between the signed pieces.
    """
    if "." in identity or not under:
        raise ValueError(identity)
    timestamp = str(int(at.timestamp()))
    content = f"{identity}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in under)
    return {
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _key(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret from None
    if not word.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise BadSecret
    return key
