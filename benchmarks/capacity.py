"""What docs/capacity.md reckons with, measured here: ``python -m benchmarks.capacity``.

Apache Kafka, PostgreSQL, one worker and null outlets, which take no time: what a turn takes is all ours.
"""

from sqlalchemy import Connection, func, select, text

from benchmarks import bare_outbox, outbox
from benchmarks.figures import seconds
from benchmarks.kafka_fan_out import NOTICES, WARM
from benchmarks.kafka_scene import Scene, channel_of, notice, scene
from streams.store.tables import attempt, delivery
from tests.parts.kafka import brokers
from tests.parts.postgres import server

SIZE = text(
    "select sum(pg_total_relation_size(relid)) from pg_stat_user_tables"  # with its indexes
)
IN_ROW = 200  # notices to the same six outlets: every lane has one waiting behind the other


def measure() -> tuple[float, float, float]:
    """Deliveries a second; seconds of a turn besides the sending; bytes of a delivery, indexes and all."""
    with brokers() as servers, server() as postgres:
        with scene(servers, postgres) as made, made.workers(1):
            made.accept([notice(NOTICES + number) for number in range(WARM)])
            made.wait(WARM)
            before = made.store.read(_size)
            rate = NOTICES * len(bare_outbox.ENDPOINTS) / seconds(lambda: _run(made))
            each = (made.store.read(_size) - before) / NOTICES / len(bare_outbox.ENDPOINTS)
        with scene(servers, postgres) as made:
            made.accept([outbox.made(number, channel_of(0)) for number in range(IN_ROW)])
            with made.workers(1):
                made.wait(IN_ROW)
            turn = made.store.read(_turn)
    return rate, turn, each


def _run(here: Scene) -> None:
    here.accept([notice(number) for number in range(NOTICES)])
    here.wait(NOTICES + WARM)


def _size(connection: Connection) -> int:
    return int(connection.execute(SIZE).scalar_one())


def _turn(connection: Connection) -> float:
    """From one attempt's begin to that of the next in the same lane, on average."""
    lanes = (
        select(func.min(attempt.c.started_at), func.max(attempt.c.started_at), func.count())
        .join(delivery, delivery.c.id == attempt.c.delivery)
        .group_by(delivery.c.endpoint)
    )
    turns: list[float] = [
        (last - first).total_seconds() / (many - 1) for first, last, many in connection.execute(lanes)
    ]
    return sum(turns) / len(turns)


if __name__ == "__main__":
    rate, turn, each = measure()
    print(f"{rate:.0f} deliveries a second by one worker")
    print(f"{turn:.3f} s of a turn besides the sending, six lanes at work")
    print(f"{each / 1000:.1f} kB in PostgreSQL for each delivery, indexes and all, in a fresh database")
