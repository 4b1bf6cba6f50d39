"""What an outlet said, in a cause: on one line, with nothing in it that a terminal or log obeys."""


def quoted(words: str, most: int) -> str:
    """The beginning of ``words``, at most so many characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())[:most]
