"""The next bulletin of an emergency, prepared from the one before."""

from dataclasses import dataclass
from datetime import timedelta

from config.clock import wall
from config.kinds import Example, kinds
from notices.bulletins import BULLETIN, SERIAL, STATUS, by_event, next_number
from notices.notice import RelationType
from notices.placeholders import FILL
from notices.prepared import Tying, as_written, next_title, prepared
from producers.house import House
from producers.lookup import find
from streams.bulletins import bulletins_of

LASTS = timedelta(hours=12)  # as in an example: after that nothing of it is sent any more


class NotABulletin(Exception):
    """The notice is no bulletin of an emergency that became public; the text is its name."""


@dataclass(frozen=True)
class NextBulletin:
    """The file's text, whose it is and its number."""

    text: str
    office: str
    number: int


def next_bulletin(house: House, name: str) -> NextBulletin:
    """Prepare the one that comes next in the event of the bulletin called ``name``.

    Raises ``NotABulletin``, or as ``producers.lookup.find``.
    """
    row = house.store.read(lambda c: find(c, name))
    events = by_event(house.store.read(lambda c: bulletins_of(c, row.office)))
    event = next((one for one in events if row.id in {said.notice for said in one}), None)
    if event is None:
        raise NotABulletin(name)
    standing = [one for one in event if not one.is_withdrawn]
    last, number, now = (standing or event)[-1], next_number(event), house.clock.now()
    kind, left = kinds()[BULLETIN], dict.fromkeys(("recovers_at", "next_at", STATUS), FILL)
    own: dict[str, Example] = {**dict(as_written(last.version, kind)), **left, SERIAL: str(number), "measures": (FILL,)}
    text = prepared(
        kind,
        house.outlets.office(row.office),
        now,
        like=last.version,
        common={
            "title": next_title(last.version.title, "号", number, now),
            "expires_at": f"{wall(now + LASTS):%Y-%m-%d %H:%M}",
        },
        own=own,
        tied=[Tying(RelationType.REPLACES, last.notice, last.version.title)] if standing else [],
        why=f"照第{last.serial}号预填的第{number}号",
    )
    return NextBulletin(text, row.office, number)
