"""A fresh account for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.wechat.platform import Platform, platform


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path / "there") as found:
        yield found
