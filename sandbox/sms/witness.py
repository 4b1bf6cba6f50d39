"""What a vendor was given and what became of it: the witness of an SMS test.

One JSON object a line: ``what`` is ``text`` (one for each number), ``receipt``, ``silent``, ``reply`` or
``refused``.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.journal import Journal

OPT_OUT = {"R", "T", "TD", "N"}  # what a holder answers who wants no more texts under a signature


@dataclass(frozen=True)
class Text:
    """One text to one number: as the phone shows it, with what the vendor knows of it."""

    at: str  # ISO 8601, UTC
    number: str  # canonical
    sign: str
    template: str
    kind: str  # notice | captcha | promotion
    text: str  # with 【signature】
    serial: str  # BizId, SerialNo
    mark: str  # OutId, SessionContext
    request: str  # the vendor's id of the request
    nonce: str = ""  # of the request, where the vendor has them

    @property
    def key(self) -> tuple[str, str]:
        """What its receipt is found by: one BizId has many numbers."""
        return self.serial, self.number

    @property
    def size(self) -> int:
        """Billed messages."""
        return _size(self.text)

    @property
    def instant(self) -> datetime:
        """When it was taken."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Receipt:
    """What the carrier said of one text: ``code`` in the vendor's words; ``well``: it arrived."""

    at: str
    serial: str
    number: str
    code: str
    well: bool


@dataclass(frozen=True)
class Silence:
    """Nothing will be heard of one text."""

    at: str
    serial: str
    number: str


@dataclass(frozen=True)
class Reply:
    """What the holder of a number answered to a signature."""

    at: str
    number: str
    sign: str
    text: str


Thing = Text | Receipt | Silence | Reply


class Witness:
    """The file and what is in it, found fast."""

    def __init__(self, file: Path) -> None:
        self._journal = Journal(file)
        self.texts: list[Text] = []
        self.of: defaultdict[str, list[Text]] = defaultdict(list)  # by number
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.unreported: dict[tuple[str, str], Text] = {}
        self.replies: list[Reply] = []
        self.opted_out: set[tuple[str, str]] = set()  # number and signature
        self.unwanted: set[tuple[str, str]] = set()  # keys of texts that were taken after that
        self.billed = 0
        for line in self._journal.found:
            if line["what"] != "refused":
                self._know(_read(line))

    def take(self, texts: Sequence[Text]) -> None:
        """Keep texts; on disk when this returns."""
        self._write("text", texts)

    def report(self, receipts: Sequence[Receipt], silent: Sequence[Silence] = ()) -> None:
        """Keep what the carrier said, and of which texts it will say nothing."""
        self._write("receipt", receipts)
        self._write("silent", silent)

    def reply(self, reply: Reply) -> None:
        """Keep a reply."""
        self._write("reply", [reply])

    def refuse(self, at: str, action: str, code: str) -> None:
        """Note a request that was not taken."""
        self._journal.write([{"what": "refused", "at": at, "action": action[:100], "code": code}])

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def _write(self, what: str, things: Sequence[Thing]) -> None:
        if things:
            self._journal.write({"what": what, **vars(thing)} for thing in things)
        for thing in things:
            self._know(thing)

    def _know(self, thing: Thing) -> None:
        match thing:
            case Text():
                self.texts.append(thing)
                self.of[thing.number].append(thing)
                self.unreported[thing.key] = thing
                self.billed += thing.size
                if (thing.number, thing.sign) in self.opted_out:
                    self.unwanted.add(thing.key)
            case Receipt():
                self.receipts[thing.serial, thing.number] = thing
                self.unreported.pop((thing.serial, thing.number), None)
            case Silence():
                self.unreported.pop((thing.serial, thing.number), None)
            case Reply():
                self.replies.append(thing)
                if thing.text.strip().upper() in OPT_OUT:
                    self.opted_out.add((thing.number, thing.sign))


def _read(line: dict[str, Any]) -> Thing:
    kinds: dict[str, type[Thing]] = {"text": Text, "receipt": Receipt, "silent": Silence, "reply": Reply}
    return kinds[line["what"]](**{key: value for key, value in line.items() if key != "what"})


@lru_cache
def _size(text: str) -> int:
    """As the vendors count: 70 characters alone, 67 each when joined."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)
