"""What a reminder says to staff, on every channel for them."""

from config.kinds import kinds
from notices.notice import Message

KIND = "r01"
ELSEWHERE = ("stage", "by")  # fields that are no lines of it: its title says the one, texts alone the other


def facts(message: Message) -> list[tuple[str, str]]:
    """Each line of it: what it is called, what it says. Which reminder it is stands in its title."""
    said = message.version.fields
    fields = [field for field in kinds()[KIND].fields if field.name in said and field.name not in ELSEWHERE]
    return [(field.label, said[field.name]) for field in fields]
