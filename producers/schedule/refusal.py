"""Why a trigger did not do its act: told to the person who decides what then, or there is nothing to decide."""

from config.messages import say


class Refusal(Exception):
    """Its instant came, and it must not be done; ``name`` is a message of ``schedule``."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(say(f"schedule.{name}", **values))


class LetGo(Exception):
    """Its instant came, and nobody wants it done any more; ``name`` is a message of ``schedule``."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(say(f"schedule.{name}", **values))
