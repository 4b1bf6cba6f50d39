"""Numbers of persons: encrypted where they are kept, found by a keyed hash.

个人信息保护法 art. 51 asks for encryption and de-identification of what an office keeps of persons.
"""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

BLIND = b"gongkai/blind"  # what the hashing key is derived for


class BadKey(Exception):
    """The key of the numbers cannot be used; the text says why, and never the key."""


class Seal:
    """Seals and opens numbers under ``keys``: one Fernet key a line, the newest first.

    The last line also keys the hashes, so keys are changed by putting a new line on top. Raises ``BadKey``.
    """

    def __init__(self, keys: str) -> None:
        lines = keys.split()
        if not lines:
            raise BadKey("there is no key in it")
        try:
            self._boxes = MultiFernet([Fernet(line) for line in lines])
        except ValueError:
            raise BadKey("each line must be 32 bytes in URL-safe base64") from None
        self._blind = hmac.digest(lines[-1].encode(), BLIND, hashlib.sha256)

    @staticmethod
    def new_key() -> str:
        """A fresh key."""
        return Fernet.generate_key().decode()

    def close(self, number: str) -> bytes:
        """The number, sealed; never the same bytes twice."""
        return self._boxes.encrypt(number.encode())

    def open(self, sealed: bytes) -> str:
        """The number. Raises ``BadKey`` when no line of the key opens it."""
        try:
            return self._boxes.decrypt(sealed).decode()
        except InvalidToken:
            raise BadKey("it was sealed under another key") from None

    def blind(self, number: str) -> str:
        """A keyed hash that finds the number and tells nobody who has no key."""
        return hmac.digest(self._blind, number.encode(), hashlib.sha256).hex()
