"""Phone numbers as the vendors take them."""

import hashlib
import re

_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_ABROAD = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")


def mainland(given: str) -> str | None:
    """The 11 digits of a number of the Chinese mainland: with +86, 0086, 86 or nothing before it. Else None."""
    found = _MAINLAND.fullmatch(given)
    return found[1] if found else None


def canonical(given: str) -> str | None:
    """A number in one form: 11 digits, or from elsewhere E.164 with its ``+``. None when it is none."""
    return mainland(given) or (given if _ABROAD.fullmatch(given) else None)


def e164(number: str) -> str:
    """A canonical number with its country: +86…"""
    return number if number.startswith("+") else f"+86{number}"


def masked(number: str) -> str:
    """A canonical number as it may be shown: 138****1234."""
    return f"{number[:-8]}****{number[-4:]}"


def alias(number: str) -> str:
    """What stands for a number in an address."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]
