"""Verify the books against each other: notices, versions, messages and renditions against the audit, whose chain nobody
can write anew unseen; deliveries against their parts, attempts and messages. Reads, never writes."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from config.clock import wall
from config.messages import say
from notices.notice import Message, MessageKind, State, Version
from streams.store.tables import audit, message, notice, rendition, version

ACTS = {
    "notice.released": MessageKind.VERSION,
    "notice.corrected": MessageKind.VERSION,
    "notice.withdrawn": MessageKind.WITHDRAWAL,
    "matter.told": MessageKind.MATTER,
}
TIMED, CANCELLED = "notice.timed", "notice.cancelled"
TOGETHER = timedelta(minutes=1)  # two instants of one transaction are never farther apart


@dataclass(frozen=True)
class Flaw:
    """What does not agree, and where."""

    where: str
    what: str


@dataclass
class Witness:
    """What the audit says of one notice."""

    office: str
    drafted: dict[int, str] = field(default_factory=dict)  # version → SHA-256 of its content
    acts: list["Row[Any]"] = field(default_factory=list)  # what became public, in order: one message each
    before: "Row[Any] | None" = None  # the last that was done about a release still to come

    @property
    def state(self) -> State:
        """Of the notice."""
        if self.acts:
            return State.WITHDRAWN if self.acts[-1].act == "notice.withdrawn" else State.RELEASED
        return State.CANCELLED if self.before is not None and self.before.act == CANCELLED else State.APPROVED

    @property
    def last(self) -> dict[str, Any]:
        """What the last act said of the notice."""
        row = self.acts[-1] if self.acts else self.before
        return {} if row is None else dict(json.loads(row.detail))


def verify_notices(connection: Connection) -> Iterator[list[Flaw]]:
    """Every notice of the books or of the audit, with what does not agree; one read, so that work going on is none."""
    witnesses = _witnesses(connection)
    notices = {row.id: row for row in connection.execute(select(notice))}
    digests = defaultdict[str, dict[int, Any]](dict)
    for row in connection.execute(select(version.c.notice, version.c.number, version.c.sha256, version.c.released_at)):
        digests[row.notice][row.number] = row
    for name in sorted(witnesses.keys() | notices.keys() | digests.keys()):
        witness = witnesses.get(name)
        if witness is None:
            yield [Flaw(name, say("verify.not_in_audit"))]
            continue
        flaws = [*_of_notice(name, notices.get(name), witness), *_of_versions(name, digests[name], witness)]
        yield [*flaws, *_of_messages(connection, name, witness)]


def _witnesses(connection: Connection) -> dict[str, Witness]:
    found: dict[str, Witness] = {}
    acts = (*ACTS, TIMED, CANCELLED, "notice.drafted")
    entries = select(audit).where(audit.c.act.in_(acts)).order_by(audit.c.office, audit.c.number)
    for row in connection.execute(entries):
        witness = found.setdefault(row.subject, Witness(row.office))
        if row.act == "notice.drafted":
            said = json.loads(row.detail)
            witness.drafted[said["version"]] = said["sha256"]
        elif row.act in (TIMED, CANCELLED):
            witness.before = row
        else:
            witness.acts.append(row)
    return found


def _of_notice(name: str, row: "Row[Any] | None", witness: Witness) -> Iterator[Flaw]:
    if row is None:
        yield Flaw(name, say("verify.row_missing"))
        return
    last = witness.last
    expected = {
        "office": witness.office,
        "index_number": last.get("index_number"),
        "state": witness.state,
        "version": last.get("version"),
        "sequence": len(witness.acts),
    }
    for column, value in expected.items():
        if getattr(row, column) != value:
            yield _other(name, column, getattr(row, column), value)
    if witness.acts:
        yield from _instant(name, "released_at", row.released_at, witness.acts[0].at)


def _of_versions(name: str, rows: Mapping[int, Any], witness: Witness) -> Iterator[Flaw]:
    released = {json.loads(act.detail)["version"]: act.at for act in reversed(witness.acts)}
    for number in sorted(rows.keys() | witness.drafted.keys()):
        where = f"{name}/{number}"
        if number not in rows:
            yield Flaw(where, say("verify.row_missing"))
        elif number not in witness.drafted:
            yield Flaw(where, say("verify.not_in_audit"))
        else:
            if rows[number].sha256 != witness.drafted[number]:
                yield Flaw(where, say("verify.other_hash"))
            if number in released:
                yield from _instant(where, "released_at", rows[number].released_at, released[number])


def _of_messages(connection: Connection, name: str, witness: Witness) -> Iterator[Flaw]:
    rows = connection.execute(select(message).where(message.c.subject == name)).all()
    by_sequence = {row.sequence: row for row in rows}
    for sequence in sorted(by_sequence.keys() | set(range(1, len(witness.acts) + 1))):
        where = f"{name}.{sequence}"
        row = by_sequence.get(sequence)
        if row is None:
            yield Flaw(where, say("verify.row_missing"))
        elif sequence > len(witness.acts):
            yield Flaw(where, say("verify.not_in_audit"))
        else:
            yield from _of_message(connection, where, row, witness.acts[sequence - 1])


def _of_message(connection: Connection, where: str, row: "Row[Any]", act: "Row[Any]") -> Iterator[Flaw]:
    detail, said = json.loads(act.detail), Message.model_validate_json(row.content)
    for column, value in {"id": where, "kind": ACTS[act.act], "office": act.office}.items():
        if getattr(row, column) != value:
            yield _other(where, column, getattr(row, column), value)
    yield from _instant(where, "released_at", row.released_at, act.at)
    kept = select(version.c.content).where(version.c.notice == act.subject, version.c.number == detail["version"])
    text = connection.execute(kept).scalar()
    if text is not None and said.version != Version.model_validate_json(text):
        yield Flaw(where, say("verify.other_text"))
    made = select(rendition.c.channel, rendition.c.edition, rendition.c.sha256).where(rendition.c.message == row.id)
    found = {f"{one.channel}/{one.edition}": one.sha256 for one in connection.execute(made)}
    for of in sorted(found.keys() | detail["renditions"].keys()):
        if of not in found:
            yield Flaw(f"{where}/{of}", say("verify.row_missing"))
        elif found[of] != detail["renditions"].get(of):
            yield Flaw(f"{where}/{of}", say("verify.other_hash"))


def _instant(where: str, column: str, found: datetime | None, expected: datetime) -> Iterator[Flaw]:
    if found is None or abs(found - expected) > TOGETHER:
        yield _other(where, column, found and f"{wall(found):%Y-%m-%d %H:%M}", f"{wall(expected):%Y-%m-%d %H:%M}")


def _other(where: str, column: str, found: object, expected: object) -> Flaw:
    name = say(f"verify.column_{column}")
    return Flaw(where, say("verify.other_value", column=name, found=found or "–", expected=expected))
