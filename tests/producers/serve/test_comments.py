"""The public says what it thinks: taken within the window, with a receipt at once; whatever is refused goes back whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.consulted import Reader, ask_public, consulted
from tests.journeys.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with consulted(tmp_path) as here:
        yield here


def test_a_comment_is_taken_and_its_receipt_shown_at_once(town: Town) -> None:
    done = ask_public(town)
    town.settle(5)
    sent = Reader(town).say(done, "建议增加托育岗位。", name="李梅", contact="13900000000")
    print(sent.page)
    assert sent.status == 200
    assert sent.receipt
