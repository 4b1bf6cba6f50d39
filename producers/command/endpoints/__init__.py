"""``gongkai endpoints``: the outlets, one file a command."""

from producers.command.group import Group

command = Group(
    "endpoints",
    "producers.command.endpoints",
    {"commands": ("list", "add", "change", "pause", "resume", "enable", "disable", "test", "rebuild")},
)
