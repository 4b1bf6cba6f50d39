"""What a reminder says to staff, on every channel for them."""

from config.kinds import kinds
from notices.notice import Message

KIND = "r01"


def facts(message: Message) -> list[tuple[str, str]]:
    """Each line of it: what it is called, what it says. Which reminder it is stands in its title."""
    said = message.version.fields
    fields = [field for field in kinds()[KIND].fields if field.name in said and field.name != "stage"]
    return [(field.label, said[field.name]) for field in fields]
