"""What a partner has received: one appended file of JSON lines, on disk before the partner says so.

The file is the witness: it is written by this process alone, and every request that was genuine is in it, repeats
included, in the order of arrival.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.lines import Lines

STORED, DUPLICATE, REFUSED = "stored", "duplicate", "refused"


@dataclass(frozen=True)
class Entry:
    """One line: when (ISO 8601), which id, what became of it and why, and the event as it came."""

    at: str
    id: str
    verdict: str  # stored | duplicate | refused
    reason: str = ""
    event: dict[str, Any] | None = None

    @property
    def sequence(self) -> int | None:
        """Its number among the deliveries to this partner, if it says one."""
        delivery = self.data.get("delivery")
        number = delivery.get("sequence") if isinstance(delivery, dict) else None
        return number if isinstance(number, int) else None

    @property
    def data(self) -> dict[str, Any]:
        """The event's data, empty when it has none."""
        data = (self.event or {}).get("data")
        return data if isinstance(data, dict) else {}


class Inbox:
    """The inbox kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._lines = Lines(file)
        self.entries = [Entry(**line) for line in self._lines.found]
        self._bodies = {entry.id: entry.event for entry in self.entries if entry.verdict == STORED}

    def receive(self, identity: str, event: dict[str, Any], at: str) -> Entry:
        """Keep ``event`` unless its id is here already; on disk when this returns."""
        if identity not in self._bodies:
            self._bodies[identity] = event
            return self._write(Entry(at, identity, STORED, event=event))
        same = self._bodies[identity] == event
        return self._write(Entry(at, identity, DUPLICATE, "" if same else "other_body", None if same else event))

    def refuse(self, identity: str, reason: str, at: str) -> Entry:
        """Note a request that was not taken."""
        return self._write(Entry(at, identity[:255], REFUSED, reason))

    def missing(self) -> list[int]:
        """The gaps: numbers below the highest received that have not come."""
        seen = {entry.sequence for entry in self.entries if entry.verdict == STORED and entry.sequence}
        return [number for number in range(1, max(seen, default=0)) if number not in seen]

    def count(self, verdict: str) -> int:
        """How many lines have this verdict."""
        return sum(entry.verdict == verdict for entry in self.entries)

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _write(self, entry: Entry) -> Entry:
        self._lines.append(asdict(entry))
        self.entries.append(entry)
        return entry
