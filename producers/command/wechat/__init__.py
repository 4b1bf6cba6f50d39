"""``gongkai wechat``: what people decide about official accounts, one file a command."""

from producers.command.group import Group

command = Group("wechat", "producers.command.wechat", {"commands": ("push", "slots", "settle")})
