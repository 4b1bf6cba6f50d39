"""Groups of commands whose modules are imported when a command is asked for, and the entry point."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from producers.command.given import speak
from producers.command.words import about, both, short

SECTIONS: Mapping[str, Sequence[str]] = {
    "write": ("new", "tidy", "render", "publish", "correct", "withdraw"),
    "look": ("status", "verify", "check"),
    "keep": (
        "tasks",
        "triggers",
        "dossier",
        "endpoints",
        "audiences",
        "comments",
        "due",
        "calendar",
        "clock",
        "wechat",
        "unknown",
        "dead-letters",
        "resume",
        "migrate",
    ),
    "run": ("init", "up", "worker", "run", "sandbox"),
}


class Group(click.Group):
    """Commands by section; ``name`` is ``command`` of the module ``name`` in ``package``.

    There is ``_`` for ``-``, and behind what Python itself has a word for.
    """

    def __init__(
        self, name: str, package: str, sections: Mapping[str, Sequence[str]], *, otherwise: str | None = None
    ) -> None:
        super().__init__(name, help=about(name), add_help_option=True)
        self._otherwise = otherwise  # the command that is meant where none is named
        self._package = package
        self._sections = sections
        self._prefix = "" if name == "gongkai" else f"{name} "

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words; where they name no command, the one that is meant."""
        if self._otherwise and args[:1] != ["--help"] and (not args or args[0].startswith("-")):
            args = [self._otherwise, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, section by section."""
        return [name for names in self._sections.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None for a name that is not listed."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = f"{self._package}.{cmd_name.replace('-', '_')}{'_' * iskeyword(cmd_name)}"
        try:
            found: click.Command = import_module(module).command
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise click.ClickException(both("command.not_installed", name=cmd_name)) from None
        return found

    def get_help(self, ctx: click.Context) -> str:
        """The page, with what each command is for."""
        from rich.cells import cell_len
        from rich.padding import Padding

        from producers.command.help import heading, page, table

        words = {name: short(f"{self._prefix}{name}") for name in self.list_commands(ctx)}
        widths = max(map(cell_len, words)), max(cell_len(chinese) for chinese, _ in words.values())
        listed: list[Any] = []
        for section, names in self._sections.items():
            rows = [(name, *words[name]) for name in names]
            listed += [heading(section), Padding(table(rows, widths), (0, 0, 1, 2), expand=False)]
        return page(self, ctx, listed)


class Program(Group):
    """The whole of it: ends with an exit code that means something, and never with a traceback."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any) -> Any:
        """Run the command in ``args`` and end the process."""
        given = sys.argv[1:] if args is None else list(args)
        speak(given)
        try:
            code = super().main(given, prog_name or "gongkai", standalone_mode=False)
        except Exception as error:  # whatever happens, a person reads what, where, and what to do
            from producers.command.failures import tell

            code = tell(error, given)
        sys.exit(int(code or 0))


main = Program("gongkai", "producers.command", SECTIONS)
