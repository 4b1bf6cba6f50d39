"""What a person writes beside a notice for its readers: the note of a correction, the reason of a withdrawal."""

from config.messages import say
from notices.front import SLOT_PREFIX, forbidden


class BadRemark(Exception):
    """Readers cannot be shown this; the text says why."""


def remark(text: str) -> str:
    """``text`` without blanks around it; the same holds for it as for a notice's file.

    Raises ``BadRemark`` when it is empty, hides or reorders text, or holds a mark of the program.
    """
    if not text.strip():
        raise BadRemark(say("notice.missing"))
    bad = next((char for char in text if forbidden(char)), None)
    if bad is not None:
        raise BadRemark(say("notice.control_character", code=f"U+{ord(bad):04X}", column=text.index(bad) + 1))
    if SLOT_PREFIX in text:
        raise BadRemark(say("notice.slot_mark", mark=SLOT_PREFIX))
    return text.strip()
