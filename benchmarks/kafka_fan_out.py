"""The Kafka engine: event → 6 deliveries → outcomes in PostgreSQL, beside three bare hosts of the same hops."""

import asyncio
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from tempfile import TemporaryDirectory

import psycopg
from kafka import KafkaAdminClient, KafkaProducer
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from benchmarks import bare_kafka_aio, bare_kafka_confluent, bare_kafka_faust, bare_outbox, outbox
from benchmarks.figures import Figure, seconds
from benchmarks.kafka_scene import Scene, notice, scene
from benchmarks.kafka_worker import PARTITIONS, table
from notices.notice import Message
from streams.kafka.lag import group
from streams.store.tables import delivery, message
from tests.parts.kafka import brokers
from tests.parts.postgres import server

NOTICES = 300
WARM = 80  # notices before that: every worker compiles its statements once
ROUNDS = 2  # in turn with the baselines; the best of each counts
TOTAL = NOTICES * len(bare_outbox.ENDPOINTS)
QUIET = 20.0  # seconds of a tenth of the load
BARE = {  # what it is, and what ours should come to beside it
    "faust": ("bare Faust", 0.5),
    "aiokafka": ("plain aiokafka", 0.0),
    "confluent": ("confluent, no store", 0.0),
}
HOP = "create table hop (topic text, key text, body bytea, primary key (topic, key))"


def measure() -> Iterator[Figure]:
    """Deliveries a second, by one worker, without Faust and by four; how long one takes when there is little to do."""
    said = [notice(number) for number in range(NOTICES)]
    with brokers() as servers, server() as postgres:
        bare: dict[str, list[float]] = {name: [] for name in BARE}
        ours, plain, four, spread = [], [], [], (0, 0)
        for _ in range(ROUNDS):
            with scene(servers, postgres) as made, made.workers(1):
                ours.append(run(made, said))
            with scene(servers, postgres) as made, made.workers(1, host="aiokafka"):
                plain.append(run(made, said))
            for name, times in bare.items():
                with scene(servers, postgres) as made:
                    times.append(run_bare(name, made))
            with scene(servers, postgres) as made, made.workers(4):
                spread = shares(made)
                four.append(run(made, said))
        rate = TOTAL / min(ours)
        for name, (what, aim) in BARE.items():
            rates = (rate, TOTAL / min(bare[name]))
            yield Figure(f"Kafka: event → 6 → outcomes; {what}", *rates, "deliveries/s", aim, at_least=True)
        yield Figure(
            "Kafka: hosted by Faust; by aiokafka", rate, TOTAL / min(plain), "deliveries/s", 0.0, at_least=True
        )
        yield Figure("Kafka: four workers; one", TOTAL / min(four), rate, "deliveries/s", 0.9, at_least=True)
        yield Figure("Kafka: partitions of four, most; fewest", *spread, "partitions", 1.0)
        with scene(servers, postgres) as made, made.workers(1):
            p50, p99 = latencies(made, rate / len(bare_outbox.ENDPOINTS) / 10)
        yield Figure("Kafka: accept → outcome at a tenth, p99; p50", p99, p50, "s", 1.0, of_ratio=False)
        with scene(servers, postgres) as made:
            made.accept(said)
            yield Figure(
                "Kafka: catching up after a stop; without",
                seconds(lambda: start(made)),
                min(ours),
                "s",
                60,
                of_ratio=False,
            )


def run(here: Scene, said: list[Message]) -> float:
    """Accept all of them while its workers work; the seconds until everything is settled."""
    here.accept([notice(NOTICES + number) for number in range(WARM)])
    here.wait(WARM)
    begun = time.perf_counter()
    here.accept(said)
    here.wait(NOTICES + WARM)
    return time.perf_counter() - begun


def start(here: Scene) -> None:
    """Start a worker over what was taken in meanwhile."""
    with here.workers(1):
        here.wait(NOTICES)


def latencies(here: Scene, rate: float) -> tuple[float, float]:
    """The median and the worst but one in a hundred, from a notice's acceptance to its last outcome, in seconds."""
    notices, pause, begun = int(rate * QUIET), threading.Event(), time.monotonic()
    for number in range(notices):
        pause.wait(max(0.0, begun + number / rate - time.monotonic()))
        outbox.accept(here.store, notice(number))
    here.wait(notices)
    took = (
        select(message.c.released_at, func.max(delivery.c.settled_at).label("settled_at"))
        .join(delivery, delivery.c.message == message.c.id)
        .group_by(message.c.id)
    )
    found = here.store.read(lambda c: c.execute(took).all())
    times = sorted((row.settled_at - row.released_at).total_seconds() for row in found)
    return statistics.median(times), times[int(len(times) * 0.99)]


def shares(here: Scene) -> tuple[int, int]:
    """How many partitions the busiest of the workers has, and the idlest."""
    topics = table(here.servers, here.prefix)
    with closing(KafkaAdminClient(bootstrap_servers=here.servers)) as admin:
        members = admin.describe_groups([group(topics)])[group(topics)]["members"]
    held = [
        sum(len(topic["partitions"]) for topic in member["member_assignment"]["assigned_partitions"])
        for member in members
    ]
    return max(held), min(held)


def run_bare(name: str, here: Scene) -> float:
    """The hops of as many notices that stand on the topic already."""
    with closing(KafkaAdminClient(bootstrap_servers=here.servers)) as admin:
        wanted = {
            here.prefix + topic: {"num_partitions": PARTITIONS, "replication_factor": 1}
            for topic in bare_kafka_aio.NEXT
        }
        admin.create_topics(wanted)
    producer = KafkaProducer(bootstrap_servers=here.servers, acks="all")
    for number in range(NOTICES):
        producer.send(f"{here.prefix}notices", key=f"n{number}".encode(), value=b"{" + b" " * 500 + b"}")
    producer.close()
    url = make_url(here.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as db:
        db.execute(HOP)
    if name == "confluent":
        return bare_kafka_confluent.run(here.servers, here.prefix, TOTAL)
    if name == "aiokafka":
        return asyncio.run(bare_kafka_aio.run(here.servers, here.prefix, url, TOTAL))
    with TemporaryDirectory() as folder:
        return asyncio.run(bare_kafka_faust.run(here.servers, here.prefix, url, TOTAL, folder))
