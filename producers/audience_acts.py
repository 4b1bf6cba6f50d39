"""What a person does with an audience: read a list in, take numbers out."""

from collections.abc import Sequence
from functools import partial

from producers.add_endpoint import NAME, BadName
from producers.house import House
from producers.persons_key import have_key
from streams import audit
from streams.audiences import ROWS, Audience, define, opt_out, read_in
from streams.store.store import Tx


def read_audience(house: House, wanted: Audience, numbers: Sequence[str], *, by: str) -> tuple[int, bool]:
    """Define the audience and make ``numbers`` its newest list: how many, and whether a key was made for them.

    Raises ``BadName``, ``OfAnotherOffice``, ``ErasedMeanwhile``, ``SettingsError`` or ``BadKey`` for the key, or
    ``StoreUnavailable``.
    """
    if NAME.fullmatch(wanted.name) is None:
        raise BadName(wanted.name)
    made = have_key(house)
    seal = house.outlets.seal()
    house.store.write(lambda tx: define(tx, wanted, by=by))
    return read_in(house.store, seal, wanted.name, numbers, by=by), made


def opt_numbers_out(house: House, office: str, numbers: Sequence[str], *, how: str, by: str) -> int:
    """Send them nothing more from this office; how many are new. Raises ``SettingsError`` or ``BadKey`` for the key."""
    seal = house.outlets.seal()

    def act(tx: Tx, *, some: Sequence[str]) -> int:
        new = opt_out(tx, office, [seal.blind(number) for number in some], how)
        detail = {"how": how, "new": new}
        audit.record(tx, office=office, who=by, act="audience.opted_out", subject=office, detail=detail)
        return new

    batches = (numbers[first : first + ROWS] for first in range(0, len(numbers), ROWS))
    return sum(house.store.write(partial(act, some=some)) for some in batches)
