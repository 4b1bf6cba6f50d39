"""Say again, in the reader's language, what was written down in another: notes and causes of attempts are texts."""

import re
from functools import cache
from string import Formatter

from config.messages import Language, catalogue, language, say

# What attempts and triggers say:
AREAS = (
    "website",
    "feed",
    "webhook",
    "wecom",
    "mail",
    "wechat",
    "sms",
    "smsvendor",
    "poster",
    "pretend",
    "reading",
    "http",
    "smtp",
    "outcome",
    "schedule",
)
LEAST = 4  # characters of its own before a message is known by them


def said_again(text: str, lang: Language | None = None) -> str:
    """``text`` in ``lang`` (default: the reader's) where it is one of our messages; else, an outlet's own words say, as
    it is."""
    wanted = lang or language()
    for key, pattern in _patterns("en" if wanted == "zh" else "zh"):
        if found := pattern.fullmatch(text):
            return say(key, wanted, **{name: said_again(said, wanted) for name, said in found.groupdict().items()})
    return text


@cache
def _patterns(lang: Language) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every message of ``lang`` as a pattern, those with most words of their own first."""
    found = []
    for area in AREAS:
        for name, texts in catalogue(area).items():
            pattern, own = "", 0
            seen: set[str] = set()
            for literal, blank, _, conversion in Formatter().parse(texts[lang]):
                pattern, own = pattern + re.escape(literal), own + len(literal)
                if blank is not None:
                    again = f"(?P={blank})" if blank in seen else f"(?P<{blank}>.*?)"
                    pattern += f"'?{again}'?" if conversion == "r" else again
                    seen.add(blank)
            if own >= LEAST and all(blank.isidentifier() for blank in seen):
                found.append((own, f"{area}.{name}", re.compile(pattern, re.DOTALL)))
    return tuple((key, pattern) for _, key, pattern in sorted(found, key=lambda one: -one[0]))
