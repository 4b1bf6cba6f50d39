"""The least that is durable: an outbox in one SQLite file, six null endpoints, an intent before each send."""

import sqlite3
from pathlib import Path

ENDPOINTS = [f"null-{number}" for number in range(6)]
SCHEMA = """
CREATE TABLE event (position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, body BLOB NOT NULL);
CREATE TABLE progress (position INTEGER NOT NULL);
INSERT INTO progress VALUES (0);
CREATE TABLE delivery (
    event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (event, endpoint));
CREATE INDEX waiting ON delivery (endpoint, state);
"""


def run(file: Path, bodies: list[bytes], *, accepts: int, batch: int, turn: int) -> int:
    """Accept every body (``accepts`` a commit) and send each to every endpoint; how many were delivered."""
    db = sqlite3.connect(file, isolation_level="IMMEDIATE")
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SCHEMA)
    for first in range(0, len(bodies), accepts):
        rows = [(f"e{number}", bodies[number]) for number in range(first, min(first + accepts, len(bodies)))]
        with db:
            db.executemany("INSERT OR IGNORE INTO event (id, body) VALUES (?, ?)", rows)
    while plan(db, batch):
        pass
    done = 0
    for endpoint in ENDPOINTS:
        while events := intend(db, endpoint, turn):
            sent = [("delivered", event, endpoint) for event in events]  # the null send
            with db:
                db.executemany("UPDATE delivery SET state = ? WHERE event = ? AND endpoint = ?", sent)
            done += len(sent)
    db.close()
    return done


def plan(db: sqlite3.Connection, batch: int) -> int:
    at = db.execute("SELECT position FROM progress").fetchone()[0]
    events = db.execute("SELECT position, id FROM event WHERE position > ? LIMIT ?", (at, batch)).fetchall()
    if events:
        rows = [(event, endpoint, "planned") for _, event in events for endpoint in ENDPOINTS]
        with db:
            db.executemany("INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)", rows)
            db.execute("UPDATE progress SET position = ?", (events[-1][0],))
    return len(events)


def intend(db: sqlite3.Connection, endpoint: str, turn: int) -> list[str]:
    wanted = "SELECT event FROM delivery WHERE endpoint = ? AND state = 'planned' LIMIT ?"
    events = [row[0] for row in db.execute(wanted, (endpoint, turn))]
    with db:
        rows = [(event, endpoint) for event in events]
        db.executemany("UPDATE delivery SET state = 'sending' WHERE event = ? AND endpoint = ?", rows)
    return events
