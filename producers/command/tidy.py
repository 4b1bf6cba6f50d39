"""``gongkai tidy``: a text copied from an old page becomes a notice's file, and a list of what a person must decide."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from notices.tidy import tidy
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.show import aside
from producers.command.words import both
from producers.command.write import written


@named("tidy")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help=both("command.option_out"))
def command(given: Given, file: Path, out: Path | None) -> Exit:
    """Clean ``file``; the decisions go to the standard error."""
    raw = file.read_text("utf-8-sig")
    if raw.lstrip().startswith("---"):
        raise Failed(Exit.WRONG, "already_notice", file=str(file))
    tidied = tidy(raw)
    decisions = [{"line": one.line, "key": one.key, "given": one.given, "text": one.text()} for one in tidied.decisions]
    written(given, tidied.text, out, {"decisions": decisions})
    if not given.json and decisions:
        err = aside()
        err.print(Text(say("command.decisions", count=len(decisions)), style="bold"))
        for one in tidied.decisions:
            err.print(Text.assemble(("? ", "yellow"), one.text()), soft_wrap=True)
    return Exit.DONE
