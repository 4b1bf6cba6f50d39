"""The embedded engine of a house, for tests that drive it by hand."""

from producers.house import House
from streams.embedded import Embedded


def embedded(house: House) -> Embedded:
    """Its engine, which its configuration says is the embedded one."""
    engine = house.engine()
    assert isinstance(engine, Embedded)
    return engine
