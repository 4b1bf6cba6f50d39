"""Dead letters: what a stage could not read or act on is kept with its cause, and the good ones behind it move on.

Too many in a row look like a bad deploy, not like bad events: then the line stops and nothing more is set
aside, until a person lets it go on.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from streams.events import EventSetAside, Unreadable, decode, event, new_trace
from streams.outlets import Outlets
from streams.stages import STAGES, Stage, run
from streams.store.store import FAILING, Tx
from streams.store.tables import dead_letter, line

STOPPED = select(line.c.stopped_at).where(line.c.stage == bindparam("of"))
SOUND = update(line).where(line.c.stage == bindparam("of"), line.c.dead_in_row > 0).values(dead_in_row=0)

LONGEST = 2_000  # characters of a cause that are kept

Carried = tuple[str | None, bytes]  # an event as a topic hands it over: its id where that is known, and its body


def handle_all(tx: Tx, stage: Stage, carried: Sequence[Carried], outlets: Outlets, limit: int) -> int:
    """Run ``stage`` on a batch of events, in order, setting aside what it cannot; how many were dealt with.

    Fewer than all when ``limit`` dead letters in a row stopped the line. Raises what the database raises: a store
    that fails is no fault of an event.
    """
    try:
        with tx.savepoint():
            events = [decode(body) for _, body in carried]
            run(stage, events, tx, outlets)
    except FAILING:
        raise
    except Exception:  # one of them is bad: one by one, then
        return _one_by_one(tx, stage, carried, outlets, limit)
    if any(isinstance(event.data, stage.on) for event in events):
        tx.connection.execute(SOUND, {"of": stage.name})
    return len(carried)


def _one_by_one(tx: Tx, stage: Stage, carried: Sequence[Carried], outlets: Outlets, limit: int) -> int:
    for number, one in enumerate(carried, start=1):
        if handle(tx, stage, one, outlets, limit):
            return number
    return len(carried)


def handle(tx: Tx, stage: Stage, carried: Carried, outlets: Outlets, limit: int) -> bool:
    """Run ``stage`` on one event, or set it aside; True when it was one dead letter in a row too many.

    What is none of the stage's business says nothing of its health: only what it acts on counts.
    """
    name, body = carried
    try:
        read = decode(body)
        name = read.id
        with tx.savepoint():
            run(stage, [read], tx, outlets)
    except FAILING:
        raise
    except Unreadable as error:
        return _set_aside(tx, stage, (name, body), str(error), limit)
    except Exception as error:  # whatever a stage does, the events behind must move on
        return _set_aside(tx, stage, (name, body), f"{type(error).__name__}: {error}", limit)
    if isinstance(read.data, stage.on):
        tx.connection.execute(SOUND, {"of": stage.name})
    return False


def _set_aside(tx: Tx, stage: Stage, carried: Carried, cause: str, limit: int) -> bool:
    """Keep it once, however often it is carried; True when that stopped the line."""
    name, body = carried
    cause = cause[:LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")  # which no database takes
    letter = {
        "stage": stage.name,
        "topic": stage.topic,
        "event": name,
        "body": body,
        "cause": cause,
        "at": tx.clock.now(),
        "state": "waiting",
    }
    if tx.connection.execute(tx.insert_or_ignore(dead_letter), letter).rowcount == 0:
        return False
    said = EventSetAside(stage=stage.name, event=name or "", cause=cause)
    tx.emit(event(said, clock=tx.clock, subject=stage.name, key=stage.name, traceparent=new_trace()))
    return _count(tx, stage, limit)


def is_stopped(tx: Tx, stage: Stage) -> bool:
    """True while the stage's line stands still."""
    return tx.connection.execute(STOPPED, {"of": stage.name}).scalar() is not None


def _count(tx: Tx, stage: Stage, limit: int) -> bool:
    """Count one more dead letter in a row; True when that stopped the line."""
    tx.connection.execute(tx.insert_or_ignore(line), {"stage": stage.name, "dead_in_row": 0})
    in_row = tx.connection.execute(
        update(line)
        .where(line.c.stage == stage.name)
        .values(dead_in_row=line.c.dead_in_row + 1)
        .returning(line.c.dead_in_row)
    ).scalar_one()
    if in_row < limit:
        return False
    why = f"{in_row} dead letters in a row"
    tx.connection.execute(update(line).where(line.c.stage == stage.name).values(stopped_at=tx.clock.now(), why=why))
    return True


def resume(tx: Tx) -> list[str]:
    """Let every stopped line go on; their stages."""
    stopped = list(tx.connection.execute(select(line.c.stage).where(line.c.stopped_at.is_not(None))).scalars())
    tx.connection.execute(update(line).values(stopped_at=None, why=None, dead_in_row=0))
    return stopped


def retry(tx: Tx, letter: int, outlets: Outlets) -> None:
    """Run the stage on a dead letter again. Raises what goes wrong this time, and then changes nothing."""
    row = tx.connection.execute(select(dead_letter).where(dead_letter.c.id == letter)).one()
    stage = next(stage for stage in STAGES if stage.name == row.stage)
    run(stage, [decode(bytes(row.body))], tx, outlets)
    tx.connection.execute(update(dead_letter).where(dead_letter.c.id == letter).values(state="retried"))
