"""``gongkai calendar``: working days and the terms counted by them, one file a command."""

from producers.command.group import Group

command = Group("calendar", "producers.command.calendar", {"commands": ("show", "import", "rules", "count")})
