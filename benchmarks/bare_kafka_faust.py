"""The bare host of a durable transaction per batch on Faust: notices → 6 deliveries → outcomes, one insert per hop.

As durable as ours (PostgreSQL's and Kafka's defaults: fsync, every copy), and as many hops. Acknowledging is switched
off; one task makes what came one transaction, sends what follows from it, acknowledges and commits. It has no order,
lease, intent, retry or outbox: what it sends after its transaction, a death in between loses.
"""

import asyncio
import time
from typing import Any

import faust
import psycopg
from faust.transport.drivers.aiokafka import Producer

IDEMPOTENT = {"acks": "all", "enable_idempotence": True}
setattr(Producer, "_settings_extra", lambda _: IDEMPOTENT)  # noqa: B010  # for mypy: a method is replaced
NEXT = {"notices": ("deliveries", 6), "deliveries": ("outcomes", 1), "outcomes": ("", 0)}
INSERT = "insert into hop values (%s, %s, %s) on conflict do nothing"


async def run(servers: str, prefix: str, url: str, outcomes: int, datadir: str) -> float:
    """Carry until so many outcomes are in the database; the seconds since the first batch came."""
    queue: asyncio.Queue[tuple[str, Any, Any]] = asyncio.Queue(400)
    app = faust.App(f"{prefix}bare", broker=f"kafka://{servers}", web_enabled=False, topic_allow_declare=False,
                    topic_disable_leader=True, consumer_auto_offset_reset="earliest", datadir=datadir)  # fmt: skip
    raw: Any = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    topics = {name: app.topic(prefix + name, **raw) for name in NEXT}

    def agent(name: str) -> Any:
        async def take(stream: Any) -> None:
            stream.enable_acks = False
            async for event in stream.events():
                await queue.put((name, stream, event))

        return take

    for name, topic in topics.items():
        app.agent(topic, name=name, concurrency=1)(agent(name))
    await app.start()
    done, begun = 0, 0.0
    with psycopg.connect(url) as db, db.cursor() as cursor:
        while done < outcomes:
            batch = [await queue.get()]
            begun = begun or time.perf_counter()
            batch += [queue.get_nowait() for _ in range(min(199, queue.qsize()))]
            rows = [(name, event.message.key.decode(), event.message.value) for name, _, event in batch]
            await asyncio.to_thread(cursor.executemany, INSERT, rows)
            await asyncio.to_thread(db.commit)
            follow = [(NEXT[name][0], f"{key}/{n}", value) for name, key, value in rows for n in range(NEXT[name][1])]
            sent = [await topics[to].send(key=key.encode(), value=value) for to, key, value in follow]
            await asyncio.gather(*sent)  # the broker has every copy
            for _, stream, event in batch:
                await stream.ack(event)
            await app.consumer.commit()
            done += sum(name == "outcomes" for name, _, _ in rows)
    seconds = time.perf_counter() - begun
    await asyncio.wait([asyncio.create_task(app.stop())], timeout=8)
    return seconds
