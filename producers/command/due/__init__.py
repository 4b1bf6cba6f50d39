"""``gongkai due``: what the office owes by which day, one file a command; alone it lists."""

from producers.command.group import Group

command = Group(
    "due",
    "producers.command.due",
    {"commands": ("list", "show", "add", "pause", "resume", "remind", "done")},
    otherwise="list",
)
