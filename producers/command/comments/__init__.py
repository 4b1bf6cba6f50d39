"""``gongkai comments``: what the public says of a matter, from its window to the feedback, one file a command."""

from producers.command.group import Group

command = Group(
    "comments",
    "producers.command.comments",
    {
        "commands": (
            "list",
            "show",
            "accept",
            "reject",
            "import",
            "export",
            "dispose",
            "draft",
            "withdraw",
            "erase",
        )
    },
)
