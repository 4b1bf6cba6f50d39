"""A quarter's figures in a reminder: what it is about, and as many sections as a message holds."""

from config.messages import say
from streams.duties import Owed
from streams.quarters import told_by

MOST = 240  # characters: a message to a chat holds 2048 bytes, of which the rest of a reminder takes half


def told_in(about: str) -> tuple[str, str]:
    """Of which quarter a duty tells, and its figures; what would be too long ends behind a whole section."""
    quarter, _, what = about.partition("：")
    between, more = say("due.quarter_between", "zh"), say("remind.quarter_more", "zh")
    if len(what) <= MOST:
        return quarter, what
    whole = what[: MOST - len(more) - len(between)].rpartition(between)[0]
    return quarter, f"{whole}{between}{more}" if whole else more


def command_of(owed: Owed, *, several: bool) -> str:
    """What shows all of them; it names the office where there are ``several``."""
    asked = f"gongkai due --quarter {told_by(owed.office, owed.id, owed.start)}"
    return f"{asked} --office {owed.office}" if several else asked
