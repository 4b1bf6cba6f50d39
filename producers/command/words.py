"""The words of the help pages, out of the catalogue: Chinese first, English beside."""

from config.messages import catalogue, say


def both(key: str, **values: object) -> str:
    """A message in Chinese, and on the next line in English."""
    return f"{say(key, 'zh', **values)}\n{say(key, 'en', **values)}"


def short(name: str) -> tuple[str, str]:
    """What the command ``name`` (``endpoints add``: with its group) is for, in a few words of both."""
    key = f"command.short_{_key(name)}"
    return say(key, "zh"), say(key, "en")


def about(name: str) -> str:
    """The words about the command ``name``: what it is for, and more where there is more to say."""
    more = f"command.help_{_key(name)}"
    told = both(more) if more.removeprefix("command.") in catalogue("command") else ""
    return "\n".join(filter(None, (*short(name), told)))


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")
