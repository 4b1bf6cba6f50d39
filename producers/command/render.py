"""``gongkai render``: what a channel would make of a file, and every limit that the file breaks there."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import indent

import click
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from config.channels import channel_tables
from config.messages import say
from producers.command import used
from producers.command.drafts import drafted
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.preview import Preview, preview


@named("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--channel",
    type=click.Choice([name for name, table in channel_tables().items() if not table.get("staff")]),
    required=True,
    help=both("command.option_channel"),
)
@click.option(
    "-o", "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help=both("command.option_folder")
)
def command(given: Given, file: Path, channel: str, out: Path | None) -> Exit:
    """Write it into a folder."""
    folder = out or Path(f"{file.stem}.{channel}")
    with opened(given) as house:
        found = preview(house, drafted(house, file), channel, folder)
    files = [{"file": one.path, "media_type": one.media_type, "size": one.size} for one in found.files]
    reaches = [
        {"endpoint": one.endpoint.id, "title": one.endpoint.title, "people": one.people, "price": one.price}
        for one in found.reaches
    ]
    taken = tuple(used.uses([channel], found.made))
    told = {"channel": channel, "files": files, "reaches": reaches, "limits": used.as_data(taken)}
    answer(given, {"exit": Exit.DONE, **told}, *_lines(found, taken))
    return Exit.DONE


def _lines(found: Preview, taken: Sequence[used.Use]) -> Iterator[RenderableType]:
    for one in found.files:
        yield Text.assemble(("✓ ", "green"), str(one.path), (f"  {say('command.bytes', size=f'{one.size:,}')}", "dim"))
        if one.media_type.startswith("text/plain"):  # short enough to be read here
            yield Text(indent(one.path.read_text("utf-8").rstrip(), "  "))
    for reach in found.reaches:
        people, price = f"{reach.people or 0:,}", f"{reach.price:,.2f}"
        yield Text(say("command.reaching", title=reach.endpoint.title, people=people, price=price))
    if taken:
        yield Padding(used.as_table(taken), (1, 0, 0, 2), expand=False)
