"""What every command is given: the data folder, the shape of its answer, the language, who acts."""

import getpass
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from producers.command.exits import Exit
from producers.command.words import about, both

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Given:
    """The options that every command has."""

    home: Path  # the data folder
    json: bool  # the answer is one JSON document
    by: str  # who acts


class Command(click.Command):
    """A command whose help is laid out by us."""

    def get_help(self, ctx: click.Context) -> str:
        """The page, for a terminal as wide as this one."""
        from producers.command.help import page

        return page(self, ctx)


def named(name: str) -> Callable[[Callable[..., Exit | None]], click.Command]:
    """Make a function over ``Given`` and its own options the command ``name`` (``endpoints add``: with its group).

    Every module of a command holds it under the name ``command``. Its words are ``command.short_NAME`` and
    ``command.help_NAME`` of the catalogue; those of its options are ``both(key)`` of any.
    """

    def make(act: Callable[..., Exit | None]) -> click.Command:
        def called(home: Path, as_json: bool, lang: str | None, by: str, **own: Any) -> Exit | None:
            return act(Given(home, as_json, by), **own)

        own = list(reversed(getattr(act, "__click_params__", [])))
        return Command(name.rpartition(" ")[2], callback=called, params=[*own, *_common()], help=about(name))

    return make


def speak(args: Sequence[str]) -> None:
    """From here on this process speaks the language that ``args`` ask for, also about mistakes in them."""
    for one, following in pairwise([*args, ""]):
        name, _, value = one.partition("=")
        if name == "--lang" and (value or following) in LANGUAGES:
            os.environ["GONGKAI_LANG"] = value or following


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--home"],
            metavar="DIR",
            type=click.Path(file_okay=False, path_type=Path),
            envvar="GONGKAI_HOME",
            default=Path("var"),
            help=both("command.option_home"),
        ),
        click.Option(["--json", "as_json"], is_flag=True, help=both("command.option_json")),
        click.Option(["--lang"], type=click.Choice(LANGUAGES), help=both("command.option_lang")),
        click.Option(["--by"], metavar="NAME", envvar="GONGKAI_USER", default=_user, help=both("command.option_by")),
    ]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a user that has no name
        return f"uid-{os.getuid()}"
