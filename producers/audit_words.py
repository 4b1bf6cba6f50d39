"""What ``streams.audit`` found, in the words of whoever reads it."""

import re

from config.messages import say
from streams.audit import Flaw

_SAID = (
    (re.compile(r"entry missing: (?P<after>\d+) follows \d+"), "missing"),
    (re.compile(r"does not follow the entry before it"), "unlinked"),
    (re.compile(r"was altered"), "altered"),
    (re.compile(r"the attempts it sealed were altered"), "unsealed"),
    (re.compile(r"(?P<file>\S+) is missing"), "no_heads"),
    (re.compile(r"(?P<file>\S+) remembers another entry here: .*"), "cut"),
)


def told(flaw: Flaw) -> str:
    """The flaw in the reader's language; as the audit says it where this file does not know it."""
    for pattern, name in _SAID:
        if found := pattern.fullmatch(flaw.what):
            values = {**found.groupdict(), **({"number": flaw.number} if name == "missing" else {})}
            return say(f"verify.audit_{name}", None, **values)
    return flaw.what
