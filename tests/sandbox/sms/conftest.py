"""A sandbox with both vendors, of one module; well and as registered again after each test."""

from collections.abc import Iterator

import pytest

from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import register


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("sandbox")
    register(home)
    with running(home) as found:
        yield found


@pytest.fixture
def well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")
    register(server.home)
