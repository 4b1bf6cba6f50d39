"""The same hops in confluent-kafka (C) and without a database: how fast the broker and this machine are at all."""

import time

from confluent_kafka import Consumer, Producer

NEXT = {"notices": ("deliveries", 6), "deliveries": ("outcomes", 1), "outcomes": ("", 0)}


def run(servers: str, prefix: str, outcomes: int) -> float:
    """Carry until so many outcomes were seen; the seconds since the first batch came."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"{prefix}bare",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    consumer.subscribe([prefix + name for name in NEXT])
    done, begun = 0, 0.0
    while done < outcomes:
        found = consumer.consume(200, timeout=0.05)
        if found:
            begun = begun or time.perf_counter()
        for record in found:
            name, key = str(record.topic()).removeprefix(prefix), bytes(record.key() or b"").decode()
            to, many = NEXT[name]
            for number in range(many):
                producer.produce(prefix + to, record.value(), f"{key}/{number}".encode())
            done += name == "outcomes"
        producer.flush()  # the broker has every copy
        if found:
            consumer.commit(asynchronous=False)
    seconds = time.perf_counter() - begun
    consumer.close()
    return seconds
