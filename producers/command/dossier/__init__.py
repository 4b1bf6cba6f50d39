"""``gongkai dossier``: a matter from its start to its end, one file a command; alone it lists."""

from producers.command.group import Group

command = Group(
    "dossier",
    "producers.command.dossier",
    {"commands": ("list", "show", "open", "exempt", "report", "evaluate", "file")},
    otherwise="list",
)
