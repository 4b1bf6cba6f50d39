"""Words of others on one line, with nothing in them that a terminal, a log or a reader's program obeys."""


def quoted(words: str, most: int) -> str:
    """The beginning of ``words`` that an outlet said, at most so many characters, for a cause."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())[:most]


def one_line(words: object) -> str:
    """``words`` without what is no character to look at: controls, marks of direction, breaks of lines."""
    return "".join(char for char in " ".join(str(words).split()) if char.isprintable())
