"""The account, and an endpoint at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.wechat import Channel
from tests.channels.wechat.account import endpoint
from tests.sandbox.wechat.platform import Platform, platform


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One account a module: every test has a notice of its own."""
    with platform(tmp_path_factory.mktemp("there")) as found:
        yield found


@pytest.fixture
def here(there: Platform, tmp_path: Path) -> Iterator[Channel]:
    there.happen("publications_end", ending={})
    there.misbehave(how="well")
    with endpoint(there, tmp_path / "here") as found:
        yield found
