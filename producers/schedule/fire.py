"""Fire what is due: in the order of their instants, each trigger once, its act and its end in one transaction."""

from collections.abc import Callable
from datetime import datetime

import structlog

from producers.house import House
from producers.schedule.acts import ACTS
from producers.schedule.give_way import GivesWay
from producers.schedule.overtaken import Overtaken
from producers.schedule.refusal import LetGo, Refusal
from streams import triggers
from streams.clock_trust import look
from streams.store.store import FAILING, Tx
from streams.triggers import Trigger

MOST = 100  # triggers between two looks at the clock
MANY = 10_000  # of those that a doubted clock holds, looked through for what goes even so

log = structlog.get_logger()


def fire_due(house: House, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Fire every trigger that is due, as long as ``goes_on`` says so; how many did something.

    Raises ``StoreUnavailable``; what was fired stays so.
    """
    done = 0
    while found := _due(house):
        for one in found:
            if not goes_on():
                return done
            done += _fire(house, one)
    return done


def _due(house: House) -> list[Trigger]:
    """Those that may fire now: while the clock is doubted, none that cannot be called back.

    Now is the instant that was judged: a clock that is put on right after that makes nothing due.
    """
    mark = look(house.store, house.station)
    doubted = mark.doubted_at is not None
    now = house.clock.now() if doubted else mark.seen_at
    acts = [name for name, act in ACTS.items() if not (doubted and act.by_a_true_clock)]
    found = house.store.read(lambda c: triggers.due(c, now, acts, MOST))
    return found or (_although_doubted(house, now) if doubted else [])


def _although_doubted(house: House, now: datetime) -> list[Trigger]:
    """Of acts that wait for a clock that is believed, the triggers that go by any."""
    goes = {name: act.waits_for_none for name, act in ACTS.items() if act.by_a_true_clock and act.waits_for_none}
    due = house.store.read(lambda c: triggers.due(c, now, list(goes), MANY))
    return [one for one in due if goes[one.act](one)]


def _fire(house: House, one: Trigger) -> bool:
    """False when it has to wait, gives way to the others, or another scheduler had it."""
    try:
        return house.store.write(_ending(one, ACTS[one.act].prepare(house, one)))
    except Refusal as refusal:
        cause = str(refusal)
        log.warning("trigger_refused", trigger=one.id, cause=cause)
        return house.store.write(lambda tx: _refuse(tx, one, cause))
    except Overtaken:
        return True  # it is still due, and looked at again at once
    except GivesWay:
        return False  # it is still due: those that fell due meanwhile are found with it
    except LetGo as why:
        cause = str(why)
        log.info("trigger_let_go", trigger=one.id, cause=cause)
        house.store.write(lambda tx: _let_go(tx, one, cause))
        return False
    except FAILING:
        raise
    except Exception as error:  # of our own making: the others must not wait for it
        cause = f"{type(error).__name__}: {error}"[:2_000]
        log.error("trigger_failed", trigger=one.id, cause=cause)
        until = house.clock.now() + triggers.AGAIN
        house.store.write(lambda tx: triggers.wait(tx, one.id, until, cause))
        return False


def _ending(one: Trigger, act: Callable[[Tx], None]) -> Callable[[Tx], bool]:
    def end(tx: Tx) -> bool:
        if triggers.claim(tx, one.id) is None:
            return False
        act(tx)
        triggers.fired(tx, one.id)
        return True

    return end


def _let_go(tx: Tx, one: Trigger, cause: str) -> None:
    if triggers.claim(tx, one.id) is not None:
        triggers.dropped(tx, one, cause)


def _refuse(tx: Tx, one: Trigger, cause: str) -> bool:
    if triggers.claim(tx, one.id) is None:
        return False
    triggers.refused(tx, one, cause)
    return True
