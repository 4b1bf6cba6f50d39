"""``gongkai dead-letters``: events that could not be handled, one file a command."""

from producers.command.group import Group

command = Group("dead-letters", "producers.command.dead_letters", {"commands": ("list", "show", "retry")})
