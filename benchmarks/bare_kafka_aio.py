"""The same hops without Faust: plain aiokafka, one transaction with one insert per hop, one commit a batch."""

import asyncio
import time

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

NEXT = {"notices": ("deliveries", 6), "deliveries": ("outcomes", 1), "outcomes": ("", 0)}
INSERT = "insert into hop values (%s, %s, %s) on conflict do nothing"


async def run(servers: str, prefix: str, url: str, outcomes: int) -> float:
    """Carry until so many outcomes are in the database; the seconds since the first batch came."""
    consumer = AIOKafkaConsumer(
        *(prefix + name for name in NEXT), bootstrap_servers=servers, group_id=f"{prefix}bare",
        enable_auto_commit=False, auto_offset_reset="earliest",
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    done, begun = 0, 0.0
    with psycopg.connect(url) as db, db.cursor() as cursor:
        while done < outcomes:
            found = await consumer.getmany(timeout_ms=1000, max_records=200)
            rows = [
                (place.topic.removeprefix(prefix), record.key.decode(), record.value)
                for place, records in found.items()
                for record in records
            ]
            if not rows:
                continue
            begun = begun or time.perf_counter()
            await asyncio.to_thread(cursor.executemany, INSERT, rows)
            await asyncio.to_thread(db.commit)
            sent = []
            for name, key, value in rows:
                to, many = NEXT[name]
                sent += [await producer.send(prefix + to, value, f"{key}/{n}".encode()) for n in range(many)]
            await asyncio.gather(*sent)  # the broker has every copy
            await consumer.commit()
            done += sum(name == "outcomes" for name, _, _ in rows)
    seconds = time.perf_counter() - begun
    await producer.stop()
    await consumer.stop()
    return seconds
