"""``gongkai unknown``: sends that nobody can be sure of, one file a command."""

from producers.command.group import Group

command = Group("unknown", "producers.command.unknown", {"commands": ("list", "settle")})
