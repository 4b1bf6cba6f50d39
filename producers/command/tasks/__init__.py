"""``gongkai tasks``: what a person is to do by hand, one file a command."""

from producers.command.group import Group

command = Group("tasks", "producers.command.tasks", {"commands": ("list", "done")})
