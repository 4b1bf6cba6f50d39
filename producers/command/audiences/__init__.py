"""``gongkai audiences``: whom outlets speak to that reach persons, one file a command."""

from producers.command.group import Group

command = Group(
    "audiences",
    "producers.command.audiences",
    {"commands": ("list", "read", "opt-out", "erase")},
)
