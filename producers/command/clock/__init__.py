"""``gongkai clock``: whether this machine's clock is believed, one file a command; alone it shows."""

from producers.command.group import Group

command = Group("clock", "producers.command.clock", {"commands": ("show", "confirm", "forget")}, otherwise="show")
