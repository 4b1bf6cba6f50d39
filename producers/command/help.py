"""Help pages, laid out by the width of the characters: a Chinese one takes two columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from config.messages import say
from producers.command.words import both

if TYPE_CHECKING:
    from rich.console import RenderableType

COMMON = ("home", "as_json", "lang", "by")


def page(of: click.Command, ctx: click.Context, listed: "Iterable[RenderableType]" = ()) -> str:
    """The help of ``of`` for a terminal as wide as this one; ``listed`` stands between its words and its options."""
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.text import Text

    usage = " ".join([ctx.command_path, *of.collect_usage_pieces(ctx)])
    words = (of.help or "").split("\n")
    told = Group(*(Text(line, style="dim" if place % 2 else "") for place, line in enumerate(words)))
    options = [param for param in of.get_params(ctx) if isinstance(param, click.Option) and not param.hidden]
    console = Console(force_terminal=True, highlight=False, markup=False)
    with console.capture() as written:
        console.print(heading("usage"), Text(f" {usage}\n"), sep="")
        console.print(Padding(told, (0, 0, 1, 2), expand=False), *listed)
        rows = {option.name or "": _row(option, ctx) for option in options}
        widths = (max(len(name) for name, _ in rows.values()),)
        for title, here in _parted(rows):
            console.print(heading(title))
            console.print(Padding(table(here, widths), (0, 0, 1, 2), expand=False))
    return written.get().rstrip()


def heading(name: str) -> "RenderableType":
    """A heading of the page in both languages."""
    from rich.text import Text

    key = f"command.heading_{name}"
    return Text.assemble((say(key, "zh"), "bold"), " ", (say(key, "en"), "dim"))


def table(rows: Sequence[tuple[str, ...]], widths: Sequence[int] = ()) -> "RenderableType":
    """Names in front, behind each what it means; from the second column of words on, dim.

    ``widths`` are those of the columns, of the first at least so much, where several tables stand below each other.
    """
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="cyan", min_width=widths[0] if widths else None)
    for place, _ in enumerate(rows[0][1:] if rows else (), 1):  # a Chinese sentence is one word: it is folded, not cut
        grid.add_column(overflow="fold", width=widths[place] if place < len(widths) else None)
    for name, *words in rows:
        grid.add_row(name, *(Text(word, style="dim" if place else "") for place, word in enumerate(words)))
    return grid


def _parted(rows: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A command's own options, then those that every command has."""
    common = [row for name, row in rows.items() if name in COMMON]
    own = [row for name, row in rows.items() if name not in COMMON]
    if len(common) < len(COMMON):  # a group has none
        yield "options", [*own, *common]
        return
    if own[:-1]:  # the last one is --help
        yield "options", own[:-1]
    yield "common", [*common, own[-1]]


def _row(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    words = both("command.option_help") if "--help" in option.opts else option.help
    spec, _ = option.get_help_record(ctx) or ("", "")
    return spec, words or ""
