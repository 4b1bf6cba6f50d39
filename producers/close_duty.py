"""Close a duty by a person's word, and let the page of its matter say so where it promised what was owed."""

from functools import partial

from producers.house import House
from streams.duties import Owed, done
from streams.explaining import EXPLAIN
from streams.follow import replan_alone
from streams.matters import numbers_of


def close_duty(house: House, duty: str, *, how: str, by: str) -> Owed:
    """It was met, or fell away: ``how`` says which. Raises ``NotOwed``."""
    closed = house.store.write(partial(done, name=duty, how=how, by=by))
    if closed.begun == EXPLAIN and closed.notice is not None:
        # in transactions of their own: whoever publishes holds a matter before the audit
        for office, number in house.store.read(partial(numbers_of, notices=[closed.notice])):
            replan_alone(house.store, office, number, house.outlets)
    return closed
