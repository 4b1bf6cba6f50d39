"""How long a term is, in words."""

from config.messages import say
from notices.calendar.term import Rule


def length(rule: Rule) -> str:
    """20个工作日, 24小时."""
    return say(f"calendar.unit_{rule.unit.replace('-', '_')}", length=rule.length)
