"""Towns to serve."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.town import Town
from tests.producers.serve.doors import empty


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town of one test's own."""
    with empty(tmp_path) as here:
        yield here


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town that the tests of a module share, with one notice of each office to begin with."""
    with empty(tmp_path_factory.mktemp("site")) as here:
        here.publish("第一件公开件")
        here.publish("医保局的公开件", of="ybj")
        here.settle(5)
        yield here


@pytest.fixture(scope="module")
def origin(site: Town) -> str:
    """Its public listener."""
    return site.house.configuration.public_url
