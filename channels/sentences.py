"""The sentence of a finished text that a limit is broken in: whoever mends it reads it as readers would."""

import re

# A signature stands by itself; any other sentence ends behind its marks, or with its line.
_SENTENCE = re.compile(r"【[^】\n]*】|[^。！？!?\n]*[。！？!?]+[”’》）」』]*|[^。！？!?\n]+")


def sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, without the space around them."""
    return [one for _, _, one in _found(text)]


def at(text: str, place: int) -> str:
    """The sentence that holds the character ``place`` of ``text``; empty when none does."""
    return next((one for _, end, one in _found(text) if place < end), "")


def around(text: str, words: str) -> str:
    """The sentence in which ``words`` stand first; where they are several themselves, all of these. Empty when they
    stand nowhere."""
    begins = text.find(words)
    if begins < 0 or not words:
        return ""
    ends = begins + len(words)
    return "".join(one for begin, end, one in _found(text) if begin < ends and end > begins)


def _found(text: str) -> list[tuple[int, int, str]]:
    """Where each begins and ends, and itself."""
    return [(one.start(), one.end(), one[0].strip()) for one in _SENTENCE.finditer(text) if one[0].strip()]
