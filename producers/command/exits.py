"""What an exit code of ``gongkai`` means; docs/command-line.md holds the same list."""

from enum import IntEnum


class Exit(IntEnum):
    """One number for each way a command may end. With several files, the worst: see ``worst``."""

    DONE = 0
    WRONG = 1  # something is wrong with what was asked, or was found to be wrong
    USAGE = 2  # the command line itself
    LIMITS = 3  # a channel's limit, an unapproved figure, a scope that the channel may not have
    CONFIGURATION = 4
    STORE = 5  # the database cannot be used; nothing was changed
    RUNNING = 6  # another process works on this data folder, or none does that should
    WAITING = 7  # deliveries still wait after --timeout, or how far they are could not be read
    FAILED = 8  # a delivery was refused, failed, is unknown, or waits for a person
    STOPPED = 9  # a stage stands still, or set an event aside
    PROGRAM = 70  # an error of the program
    INTERRUPTED = 130  # Ctrl-C, or a question answered with no


_WORST_FIRST = (
    Exit.PROGRAM,
    Exit.STORE,
    Exit.CONFIGURATION,
    Exit.RUNNING,
    Exit.STOPPED,
    Exit.LIMITS,
    Exit.WRONG,
    Exit.FAILED,
    Exit.WAITING,
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.DONE,
)


def worst(*codes: Exit) -> Exit:
    """The code that tells most of several; ``DONE`` of none."""
    return min(codes, key=_WORST_FIRST.index, default=Exit.DONE)
