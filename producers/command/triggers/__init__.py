"""``gongkai triggers``: what waits for its instant, one file a command; alone it lists."""

from producers.command.group import Group

command = Group("triggers", "producers.command.triggers", {"commands": ("list", "cancel", "retry")}, otherwise="list")
