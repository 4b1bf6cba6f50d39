"""Somebody else changed what a trigger was about to change."""


class Overtaken(Exception):
    """What was prepared is not so any more: it is looked at again at once, and nothing was changed."""
