"""``gongkai render``: what a channel would make of a file, and every limit that the file breaks there."""

from pathlib import Path

import click
from rich.text import Text

from config.channels import channel_tables
from config.messages import say
from producers.command.drafts import drafted
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.preview import preview


@named("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--channel", type=click.Choice(list(channel_tables())), required=True, help=both("command.option_channel")
)
@click.option(
    "-o", "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help=both("command.option_folder")
)
def command(given: Given, file: Path, channel: str, out: Path | None) -> Exit:
    """Write it into a folder."""
    folder = out or Path(f"{file.stem}.{channel}")
    with opened(given) as house:
        written = preview(house, drafted(house, file), channel, folder)
    files = [{"file": one.path, "media_type": one.media_type, "size": one.size} for one in written]
    lines = (
        Text.assemble(("✓ ", "green"), str(one.path), (f"  {say('command.bytes', size=f'{one.size:,}')}", "dim"))
        for one in written
    )
    answer(given, {"exit": Exit.DONE, "channel": channel, "files": files}, *lines)
    return Exit.DONE
