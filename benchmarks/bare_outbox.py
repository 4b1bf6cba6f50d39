"""The least that leaves the same facts on the disk: one SQLite file, one thread, six null endpoints.

As durable as ours: a notice with its bytes and its event, a delivery for each endpoint, an attempt before each send,
its outcome after, an event for both. No order, retry, superseding, lease, breaker, parts or steps.
"""

import json
import sqlite3
from pathlib import Path

ENDPOINTS = [f"null-{number}" for number in range(6)]
SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE event (position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, topic TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX event_by_topic ON event (topic, position);
CREATE TABLE message (id TEXT PRIMARY KEY, content TEXT NOT NULL, rendition BLOB NOT NULL);
CREATE TABLE delivery (
    event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (event, endpoint));
CREATE INDEX delivery_waiting ON delivery (endpoint, state);
CREATE TABLE attempt (id INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, outcome TEXT);
CREATE UNIQUE INDEX attempt_of ON attempt (event, endpoint);
"""
EMIT = "INSERT OR IGNORE INTO event (id, topic, body) VALUES (?, ?, ?)"


def run(file: Path, notices: list[str], *, accepts: int, batch: int) -> int:
    """Accept every notice (``accepts`` a commit) and send each to every endpoint; how many were delivered."""
    db = sqlite3.connect(file, isolation_level="IMMEDIATE")
    db.executescript(SCHEMA)
    for first in range(0, len(notices), accepts):
        with db:
            for number in range(first, min(first + accepts, len(notices))):
                name, content = f"e{number}", notices[number]
                db.execute("INSERT INTO message VALUES (?, ?, ?)", (name, content, content.encode()))
                db.execute(EMIT, (name, "notices", json.dumps({"id": name})))
    at, done = 0, 0
    wanted = "SELECT position, id FROM event WHERE topic = 'notices' AND position > ? ORDER BY position LIMIT ?"
    while events := db.execute(wanted, (at, batch)).fetchall():
        with db:
            rows = [(event, endpoint) for _, event in events for endpoint in ENDPOINTS]
            at = events[-1][0]
            db.executemany("INSERT OR IGNORE INTO delivery VALUES (?, ?, 'planned')", rows)
            db.executemany(EMIT, [(f"{e}/{to}", "deliveries", json.dumps({"id": e, "to": to})) for e, to in rows])
    found: list[tuple[str, str]] = []
    waiting = "SELECT event, endpoint FROM delivery WHERE endpoint = ? AND state = 'planned' LIMIT 1"
    while True:
        with db:  # what came of the last turn, and what the next one is about to send: one to each endpoint
            db.executemany("UPDATE attempt SET outcome = 'delivered' WHERE event = ? AND endpoint = ?", found)
            db.executemany("UPDATE delivery SET state = 'delivered' WHERE event = ? AND endpoint = ?", found)
            db.executemany(EMIT, [(f"{e}/{to}/1", "outcomes", json.dumps({"id": e, "to": to})) for e, to in found])
            found = [row for to in ENDPOINTS for row in db.execute(waiting, (to,))]
            db.executemany("UPDATE delivery SET state = 'sending' WHERE event = ? AND endpoint = ?", found)
            db.executemany("INSERT INTO attempt (event, endpoint) VALUES (?, ?)", found)
        if not found:
            break
        done += len(found)  # the null send
    db.close()
    return done
