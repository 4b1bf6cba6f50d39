"""What people do after something went wrong: run a dead letter again, let stopped stages go on. Both are on record."""

from sqlalchemy import select

from producers.house import House
from streams import audit
from streams.dead_letters import resume, retry
from streams.store.store import Tx
from streams.store.tables import dead_letter


class UnknownLetter(Exception):
    """There is no dead letter of this number that waits."""


def run_again(house: House, letter: int, *, by: str) -> None:
    """Run the stage on a dead letter again.

    Raises ``UnknownLetter``, or what goes wrong this time; then nothing was changed.
    """

    def act(tx: Tx) -> None:
        row = tx.connection.execute(select(dead_letter).where(dead_letter.c.id == letter)).first()
        if row is None or row.state != "waiting":
            raise UnknownLetter(str(letter))
        retry(tx, letter, house.outlets)
        detail = {"stage": row.stage, "event": row.event}
        audit.record(tx, office=audit.LEDGER, who=by, act="dead_letter.retried", subject=str(letter), detail=detail)

    house.store.write(act)


def go_on(house: House, *, by: str) -> list[str]:
    """Let every stopped stage go on; which they were."""

    def act(tx: Tx) -> list[str]:
        stages = resume(tx)
        for stage in stages:
            audit.record(tx, office=audit.LEDGER, who=by, act="line.resumed", subject=stage, detail={})
        return stages

    return house.store.write(act)
