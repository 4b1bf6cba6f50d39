"""What people do about a matter besides publishing: begin it, spare it the consultation, evaluate it, file it."""

from dataclasses import dataclass
from datetime import datetime

from notices.matter import Matter
from producers.house import House
from producers.remark import remark
from streams import audit
from streams.follow import replan, subject_of
from streams.matters import UnknownMatter, change_acts, open_matter
from streams.store.store import Tx

LONGEST = 40  # characters of a number: it stands in titles and tables


class MatterExists(Exception):
    """The office has a matter of this number; the text is the number."""


class BadNumber(Exception):
    """It is no number of a matter; the text is what was given."""


class NotDecided(Exception):
    """Nothing was decided in the matter yet, so there is nothing to evaluate or file; the text is its number."""


@dataclass(frozen=True)
class Signed:
    """Who answers for what becomes public by the act: sign-off and secrecy review."""

    by: str
    reviewed_by: str


def begin(house: House, office: str, number: str, *, name: str, section: str, signed: Signed, by: str) -> Matter:
    """Begin a matter. Raises ``BadNumber``, ``MatterExists`` or ``BadRemark``."""
    number, name = number.strip(), remark(name)
    if not 0 < len(number) <= LONGEST or not number.isprintable() or "|" in number:
        raise BadNumber(number)

    def act(tx: Tx) -> Matter:
        if not open_matter(tx, office, number, name=name, section=section):
            raise MatterExists(number)
        return _done(house, tx, office, number, "matter.begun", {"name": name, "section": section}, signed, by)

    return house.store.write(act)


def exempt(house: House, office: str, number: str, *, reason: str, signed: Signed, by: str) -> Matter:
    """Nobody has to be asked, and why is public. Raises ``UnknownMatter`` or ``BadRemark``."""
    why = remark(reason)

    def act(tx: Tx) -> Matter:
        change_acts(tx, office, number, exempt=why, exempt_at=tx.clock.now())
        return _done(house, tx, office, number, "matter.exempted", {"reason": why}, signed, by)

    return house.store.write(act)


def evaluate(house: House, office: str, number: str, *, text: str, signed: Signed, by: str) -> Matter:
    """What came of carrying it out is public. Raises ``UnknownMatter``, ``NotDecided`` or ``BadRemark``."""
    said = remark(text)

    def act(tx: Tx) -> Matter:
        change_acts(tx, office, number, evaluated_at=tx.clock.now(), evaluation=said)
        found = _done(house, tx, office, number, "matter.evaluated", {"text": said}, signed, by)
        return _decided(found)

    return house.store.write(act)


def put_away(house: House, office: str, number: str, *, by: str) -> Matter:
    """It is filed once: nothing more is expected of it. Raises ``UnknownMatter`` or ``NotDecided``."""

    def act(tx: Tx) -> Matter:
        before = change_acts(tx, office, number).filed_at  # what fell due since is not late
        change_acts(tx, office, number, filed_at=before or tx.clock.now())
        return _decided(_done(house, tx, office, number, "matter.filed", {}, None, by))

    return house.store.write(act)


def _done(
    house: House, tx: Tx, office: str, number: str, what: str, detail: dict[str, str], signed: Signed | None, by: str
) -> Matter:
    now: datetime = tx.clock.now()
    if signed is not None:
        change_acts(tx, office, number, signed_by=signed.by, reviewed_by=signed.reviewed_by, signed_at=now)
        detail = {**detail, "signed_by": signed.by, "reviewed_by": signed.reviewed_by}
    audit.record(tx, office=office, who=by, act=what, subject=subject_of(office, number), detail=detail)
    found = replan(tx, office, number, house.outlets)
    if found is None:
        raise UnknownMatter(number)
    return found


def _decided(found: Matter) -> Matter:
    if found.decision is None:
        raise NotDecided(found.number)
    return found
