"""Read a notice's file with the offices and channels of the house."""

from functools import cache
from pathlib import Path

from channels.base import load, names
from notices.document import Draft, read
from producers.house import House


def drafted(house: House, file: Path) -> Draft:
    """The draft in ``file``. Raises ``FileRefused`` with every problem, or ``OSError``."""
    offices = [house.outlets.office(name) for name in house.configuration.offices]
    return read(file, offices=offices, public_channels=_public())


@cache
def _public() -> frozenset[str]:
    return frozenset(name for name in names() if load(name).public)
