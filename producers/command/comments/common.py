"""What the commands share: a comment as data and in words, faults of a table in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.command.opened import opened
from producers.command.which import only_office
from producers.command.words import both
from producers.comments.table import NoTable, WrongRows
from producers.house import House
from streams.comments.comment import Comment

OFFICE = click.option("--office", metavar="ID", help=both("command.option_office"))
SHORT = 40  # characters of a text in a row


@contextmanager
def of_office(given: Given, office: str | None) -> Iterator[tuple[House, str]]:
    """The house, and which office is meant."""
    with opened(given) as house:
        yield house, only_office(tuple(house.configuration.offices), office)


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """What is wrong with the table ``file`` is told with its lines; then nothing was changed."""
    try:
        yield
    except NoTable as error:
        raise Failed(Exit.WRONG, f"table_{error.reason}", file=file, **error.values) from None
    except WrongRows as error:
        lines = [
            say("comments.line", line=one.line, what=say(f"comments.row_{one.reason}", **one.values))
            for one in error.faults
        ]
        raise Failed(Exit.WRONG, "table_rows", lines, file=file, count=len(lines)) from None


def as_data(one: Comment) -> dict[str, Any]:
    """For the JSON answer."""
    return {
        "comment": one.id,
        "number": one.dossier,
        "text": one.text,
        "way": one.way,
        "people": one.people,
        "received_at": one.received_at,
        "entered_at": one.entered_at,
        "entered_by": one.entered_by,
        "person": one.has_person,
        "erased_at": one.erased_at,
        "state": one.state,
        "state_why": one.state_why,
        "withdrawn_at": one.withdrawn_at,
        "disposition": one.disposition,
        "reason": one.reason,
        "category": one.category,
        "clause": one.clause,
        "decided_at": one.decided_at,
        "decided_by": one.decided_by,
    }


def standing(one: Comment) -> str:
    """How it stands, in a word or two."""
    if one.withdrawn_at is not None:
        return say("comment.stand_withdrawn")
    if one.disposition is not None:
        return say(f"comment.result_{one.disposition}")
    return say(f"comments.state_{one.state}")


def short(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"
