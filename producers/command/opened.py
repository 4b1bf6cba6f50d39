"""The data folder opened for one command."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from producers.command.given import Given
from producers.house import House, house


@contextmanager
def opened(given: Given) -> Iterator[House]:
    """The house of ``given.home``, with what the program logs on the standard error, and only what is wrong."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # looked up late: a live table stands in for it
    )
    with house(given.home) as found:
        yield found
