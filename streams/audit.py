"""The audit log: acts of people and state changes of notices, hash-chained per office, in the act's own transaction.

The newest hash of each chain is also appended to a file outside the database, so that a tail which was cut
off is found: ``heads.jsonl`` of the data folder, one line for each commit that lengthened a chain.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, bindparam, exists, insert, select, update

from channels.base import Outcome
from streams.store.store import Tx
from streams.store.tables import attempt, audit, micros, part

START = "0" * 64  # what the first entry of a chain follows
AT_ONCE = 10_000  # attempts under one seal: PostgreSQL takes 65,535 values in a statement
DEAD = timedelta(hours=1)  # an attempt is: its worker renewed its lease every few seconds, or died
LEDGER = "-"  # the chain of the installation itself: seals of the ledger

HEAD = TypeAdapter(dict[str, tuple[int, str]])  # a line of the file: office → newest number and hash
END_THE_DEAD = (
    update(attempt)
    .where(attempt.c.seal.is_(None), attempt.c.ended_at.is_(None), attempt.c.started_at < bindparam("old"))
    .where(
        ~exists().where(
            part.c.delivery == attempt.c.delivery, part.c.number == attempt.c.part, part.c.state == Outcome.SENDING
        )
    )
    .values(ended_at=bindparam("now"), outcome=Outcome.UNKNOWN, cause="the worker died before the answer was seen")
)

log = structlog.get_logger()


def record(tx: Tx, *, office: str, who: str, act: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Append one entry to the chain of ``office``; it stands or falls with the transaction."""
    tx.alone(f"audit/{office}")
    newest = tx.connection.execute(
        select(audit.c.number, audit.c.hash).where(audit.c.office == office).order_by(audit.c.number.desc()).limit(1)
    ).first()
    number, previous = (newest.number + 1, newest.hash) if newest else (1, START)
    at = tx.clock.now()
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    digest = entry_hash(office, number, micros(at), who, act, subject, text, previous)
    tx.connection.execute(
        insert(audit).values(
            office=office,
            number=number,
            at=at,
            who=who,
            act=act,
            subject=subject,
            detail=text,
            previous=previous,
            hash=digest,
        )
    )
    tx.audited[office] = (number, digest)


def entry_hash(*fields: str | int) -> str:
    """SHA-256 over the entry's fields as one JSON array: no field can run into the next."""
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def seal(tx: Tx) -> int:
    """Seal every ended attempt that no entry vouches for yet; how many. Called every minute, by one at a time.

    That nobody saw the answer of a send is said by the next holder of its lane. Of a question (a look-up, a receipt
    asked for) nobody says it, for it is simply asked again: such a one is ended here, when it can be answered no more.
    """
    tx.alone(f"audit/{LEDGER}")
    tx.connection.execute(END_THE_DEAD, {"old": tx.clock.now() - DEAD, "now": tx.clock.now()})
    rows = tx.connection.execute(
        select(attempt)
        .where(attempt.c.seal.is_(None), attempt.c.ended_at.is_not(None))
        .order_by(attempt.c.id)
        .limit(AT_ONCE)
    ).all()
    if not rows:
        return 0
    number = (
        tx.connection.execute(
            select(audit.c.number).where(audit.c.office == LEDGER).order_by(audit.c.number.desc()).limit(1)
        ).scalar()
        or 0
    ) + 1
    detail = {"attempts": len(rows), "sha256": ledger_hash(rows)}
    record(tx, office=LEDGER, who="gongkai", act="ledger.sealed", subject=str(number), detail=detail)
    tx.connection.execute(update(attempt).where(attempt.c.id.in_([row.id for row in rows])).values(seal=number))
    return len(rows)


def ledger_hash(rows: "list[Row[Any]] | Any") -> str:
    """SHA-256 over attempts in order, all they say but the seal itself."""
    digest = hashlib.sha256()
    for row in rows:
        fields = (
            row.id,
            row.delivery,
            row.part,
            row.step,
            row.number,
            row.rendition,
            micros(row.started_at),
            micros(row.ended_at),
            row.outcome,
            row.cause,
            row.note,
        )
        digest.update(json.dumps(fields, ensure_ascii=False).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Flaw:
    """Something that does not hold: in which chain, at which entry, what."""

    office: str
    number: int
    what: str


def verify(connection: Connection, heads: Path | None = None) -> Iterator[Flaw]:
    """Every flaw of every chain, of the ledger's seals, and against the heads kept outside.

    The heads are read before ``connection`` reads anything: each of them was committed before it was written there,
    so that work going on meanwhile is no flaw.
    """
    kept = heads.read_bytes() if heads is not None and heads.exists() else None
    seen: dict[tuple[str, int], str] = {}
    expected: dict[str, tuple[int, str]] = {}
    for row in connection.execute(select(audit).order_by(audit.c.office, audit.c.number)):
        number, previous = expected.get(row.office, (1, START))
        if row.number != number:
            yield Flaw(row.office, number, f"entry missing: {row.number} follows {number - 1}")
        elif row.previous != previous:
            yield Flaw(row.office, row.number, "does not follow the entry before it")
        at = micros(row.at)
        if row.hash != entry_hash(row.office, row.number, at, row.who, row.act, row.subject, row.detail, row.previous):
            yield Flaw(row.office, row.number, "was altered")
        seen[row.office, row.number] = row.hash
        expected[row.office] = (row.number + 1, row.hash)
        if row.office == LEDGER and row.act == "ledger.sealed":
            yield from _verify_seal(connection, row)
    if heads is not None:
        yield from _verify_heads(heads.name, kept, seen)


def _verify_seal(connection: Connection, entry: Row[Any]) -> Iterator[Flaw]:
    rows = connection.execute(select(attempt).where(attempt.c.seal == entry.number).order_by(attempt.c.id)).all()
    detail = json.loads(entry.detail)
    if len(rows) != detail["attempts"] or ledger_hash(rows) != detail["sha256"]:
        yield Flaw(LEDGER, entry.number, "the attempts it sealed were altered")


def _verify_heads(name: str, kept: bytes | None, seen: Mapping[tuple[str, int], str]) -> Iterator[Flaw]:
    if kept is None:
        if seen:
            yield Flaw(LEDGER, 0, f"{name} is missing")
        return
    for line in kept.splitlines():
        try:
            head = HEAD.validate_json(line)
        except ValidationError:  # the last line of a crash; the ones before it stand
            continue
        for office, (number, digest) in head.items():
            if seen.get((office, number)) != digest:
                yield Flaw(office, number, f"{name} remembers another entry here: cut off or replaced")


class HeadsFile:
    """Appends the chains' newest hashes to a file outside the database."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._owed: dict[str, tuple[int, str]] = {}

    def keep(self, heads: Mapping[str, tuple[int, str]]) -> None:
        """Append one line and sync it. Called after the commit: the file never runs ahead of the database.

        The commit stands when the file cannot be written, on a full disk; then the heads go with the next ones.
        """
        with self._lock:
            self._owed |= heads
            try:
                self._append(json.dumps(self._owed, ensure_ascii=False))
            except OSError as error:
                log.error("heads_not_kept", file=str(self._file), cause=str(error))
            else:
                self._owed = {}

    def _append(self, line: str) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            if out.tell() and not _ends_with_newline(self._file):
                out.write("\n")
            out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as body:
        body.seek(-1, os.SEEK_END)
        return body.read(1) == b"\n"
