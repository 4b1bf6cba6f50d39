"""What a person says of a duty: that it is met or falls away, stands still, goes on. The page of its matter, where it
promised what is owed, says so at once.
"""

from collections.abc import Callable
from datetime import date

import structlog

from producers.house import House
from streams.duties import Owed, done, pause, resume
from streams.explaining import EXPLAIN
from streams.follow import replan_alone
from streams.matters import numbers_of
from streams.store.store import FAILING, Tx

log = structlog.get_logger()


def close_duty(house: House, duty: str, *, how: str, by: str) -> Owed:
    """It was met, or fell away: ``how`` says which. Raises ``NotOwed``."""
    return _changed(house, lambda tx: done(tx, duty, how=how, by=by))


def pause_duty(house: House, duty: str, first: date, *, why: str, by: str) -> Owed:
    """It stands still from ``first`` on. Raises ``NotOwed`` or ``NotInThisState``."""
    return _changed(house, lambda tx: pause(tx, duty, first, why=why, by=by))


def resume_duty(house: House, duty: str, last: date, *, why: str, by: str) -> Owed:
    """It goes on after ``last``, the last day that does not count. Raises ``NotOwed`` or ``NotInThisState``."""
    return _changed(house, lambda tx: resume(tx, duty, last, why=why, by=by))


def _changed(house: House, act: Callable[[Tx], Owed]) -> Owed:
    owed = house.store.write(act)
    if owed.begun == EXPLAIN and owed.notice is not None:
        try:
            _replan(house, owed.notice)
        except FAILING as error:  # what was said stands, and the nightly recount plans anew
            log.warning("page_says_so_later", duty=owed.id, cause=str(error))
    return owed


def _replan(house: House, notice: str) -> None:
    """In transactions of their own: whoever publishes holds a matter before the audit."""
    for office, number in house.store.read(lambda c: numbers_of(c, [notice])):
        replan_alone(house.store, office, number, house.outlets)
