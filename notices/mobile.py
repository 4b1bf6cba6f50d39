"""Mobile numbers of the mainland: one way of writing each (工信部《电信网编号计划》: eleven digits from 13 to 19)."""

import re

_WRITTEN = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_BETWEEN = str.maketrans("", "", " \t\u3000-‐‑–—()（）.")
_WIDE = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("＋"): ord("+")}


def mobile(written: str) -> str | None:
    """The eleven digits of a number as people write it; None when it is no mobile number of the mainland."""
    found = _WRITTEN.fullmatch(written.translate(_WIDE).translate(_BETWEEN))
    return found[1] if found else None
