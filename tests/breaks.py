"""Marks the test that breaks one row of ``config/limits.toml``, and proves that it breaks exactly that."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import pytest

from channels.base import LimitsBroken

P = ParamSpec("P")


def breaks(channel: str, name: str) -> Callable[[Callable[P, object]], Callable[P, None]]:
    """The decorated test renders a message; it must raise ``LimitsBroken`` for this limit and no other.

    Both pieces of advice must be there, and the place. ``tests/test_house_rules.py`` finds these marks in the
    source and fails for a limit that has none, so write both names as plain strings.
    """

    def decorate(render: Callable[P, object]) -> Callable[P, None]:
        @wraps(render)
        def test(*args: P.args, **kwargs: P.kwargs) -> None:
            with pytest.raises(LimitsBroken) as caught:
                render(*args, **kwargs)
            assert [(broken.limit.channel, broken.limit.name) for broken in caught.value.broken] == [(channel, name)]
            assert all(broken.where and broken.advice and broken.advice_en for broken in caught.value.broken)

        return test

    return decorate
