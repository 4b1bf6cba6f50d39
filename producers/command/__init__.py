"""The command line ``gongkai``: one file a command, imported when it is asked for."""

from producers.command.group import main

__all__ = ["main"]
