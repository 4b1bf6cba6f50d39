"""Numbers of persons: encrypted where they are kept, found by a keyed hash.

个人信息保护法 art. 51 asks for encryption and de-identification of what an office keeps of persons.
"""

import hashlib
import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLIND = b"gongkai/blind"  # what the hashing key is derived for
KEY = 32  # bytes: AES-256
NONCE = 12  # bytes, drawn anew for each seal (NIST SP 800-38D §8.2.2: a key is good for 2³² of them)


class BadKey(Exception):
    """The key of the numbers cannot be used; the text says why, and never the key."""


class Seal:
    """Seals and opens numbers under ``keys``, AES-256-GCM: one key a line, the newest first.

    The last line also keys the hashes, so keys are changed by putting a new line on top. Raises ``BadKey``.
    """

    def __init__(self, keys: str) -> None:
        lines = keys.split()
        if not lines:
            raise BadKey("there is no key in it")
        self._boxes = [AESGCM(one) for one in _raw(lines)]
        self._blind = hmac.digest(lines[-1].encode(), BLIND, hashlib.sha256)

    @staticmethod
    def new_key() -> str:
        """A fresh key."""
        return urlsafe_b64encode(AESGCM.generate_key(KEY * 8)).decode()

    def close(self, number: str) -> bytes:
        """The number, sealed; never the same bytes twice."""
        nonce = os.urandom(NONCE)
        return nonce + self._boxes[0].encrypt(nonce, number.encode(), None)

    def open(self, sealed: bytes) -> str:
        """The number. Raises ``BadKey`` when no line of the key opens it, or it was altered."""
        nonce, rest = sealed[:NONCE], sealed[NONCE:]
        for box in self._boxes:
            try:
                return box.decrypt(nonce, rest, None).decode()
            except (InvalidTag, ValueError):  # the latter for what is too short to be one
                continue
        raise BadKey("it was sealed under another key")

    def blind(self, number: str) -> str:
        """A keyed hash that finds the number and tells nobody who has no key."""
        return hmac.digest(self._blind, number.encode(), hashlib.sha256).hex()


def _raw(lines: list[str]) -> Iterator[bytes]:
    """The bytes of each key."""
    for line in lines:
        try:
            raw = b64decode(line, altchars="-_", validate=True)
        except ValueError:
            raw = b""
        if len(raw) != KEY:
            raise BadKey(f"each line must be {KEY} bytes in URL-safe base64")
        yield raw
