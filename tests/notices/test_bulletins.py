"""Which bulletins are of one event, and which number comes next."""

from datetime import datetime, timedelta

import pytest

from config.clock import SHANGHAI
from notices.bulletins import Bulletin, by_event, event_of, next_number
from notices.notice import Relation, RelationType, Version
from tests.factories import version

T0 = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
POWER, WATER = "大厅停电", "大厅停水"


def text(serial: int = 1, event: str = POWER, status: str = "处置中", **tied: str) -> Version:
    """The text of a bulletin, tied to others: type of the relation → its notice."""
    ties = tuple(Relation(type=RelationType(type_), title="上一号", notice=of) for type_, of in tied.items())
    fields = {"serial": str(serial), "event": event, "status": status}
    return version(kind="t09", fields=fields, relations=ties)


def said(*versions: Version | None) -> list[Bulletin]:
    """Bulletins a, b, c … an hour apart; None: what was taken back, number 1 of its event."""
    return [
        Bulletin("abcdefg"[number], T0 + timedelta(hours=number), one or text(), one is None)
        for number, one in enumerate(versions)
    ]


@pytest.mark.parametrize(
    ("before", "new", "number"),
    [
        ([], text(), None),
        ([text()], text(event=WATER), None),  # another event
        ([text()], text(), 2),  # named in the same words, while it goes on
        ([text()], text(event="大厅停电（续）", replaces="a"), 2),
        ([text()], text(event="大厅停电（续）", related="a"), 2),
        ([text(status="已恢复")], text(), None),  # it happened again
        ([text(status="已恢复")], text(related="a"), None),
        ([text(status="已撤销")], text(replaces="a"), 2),  # what was said last is corrected
        ([text(), text(2), text(3, replaces="a")], text(), 4),
        ([text(), text(1, WATER), text(2, replaces="a")], text(2, WATER), 2),
        ([None], text(), None),  # nothing stands of it
        ([None], text(replaces="a"), 2),  # a number that was taken back is not given again
        ([text(), text(2, status="已恢复"), text()], text(), 2),  # the newer event of the two
    ],
)
def test_the_next_number_is_that_of_its_event(before: list[Version | None], new: Version, number: int | None) -> None:
    event = event_of(new, by_event(said(*before)))
    assert (event and next_number(event)) == number
