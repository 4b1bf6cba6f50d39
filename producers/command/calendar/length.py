"""How long a term is, in words."""

from config.messages import say
from notices.calendar.term import Rule


def length(rule: Rule) -> str:
    """20个工作日, 24小时, 7日以前."""
    name = "unit_days_before" if rule.before else f"unit_{rule.unit.replace('-', '_')}"
    return say(f"calendar.{name}", length=rule.length)
