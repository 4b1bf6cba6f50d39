"""One duty, as a person reads it and as a program does."""

from rich.text import Text

from config.messages import language, say
from producers.command.show import minute
from producers.nearness import Near
from streams.duties import Owed

STYLES = {"late": "bold red", "soon": "yellow", "calm": "", "over": "dim"}


def as_data(one: Owed) -> dict[str, object]:
    """For the JSON answer."""
    return {
        "duty": one.id,
        "office": one.office,
        "section": one.section,
        "about": one.about,
        "rule": one.rule.id,
        "source": one.rule.source,
        "start": one.start,
        "last": one.last,
        "ends_at": one.ends_at,
        "provisional": one.provisional,
        "standing": one.stands,
        "done_at": one.done_at,
        "how": one.how,
    }


def name_of(one: Owed) -> str:
    """What is owed: 主动公开."""
    return one.rule.name_en if language() == "en" else one.rule.name


def urgency(one: Owed, near: Near) -> Text:
    """How near it is, in its colour."""
    told = say(f"due.{near.name}", count=near.count, at=minute(one.done_at), how=one.how)
    return Text(told, style=STYLES[near.level])
