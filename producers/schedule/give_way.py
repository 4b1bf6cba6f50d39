"""A long act gives way to what falls due meanwhile."""


class GivesWay(Exception):
    """It is not done yet, and goes on at the next look, behind nobody: how far it came is on record."""
