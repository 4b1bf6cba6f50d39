"""One account of the mail server: who may hand mails in, and every mail that it did."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from sandbox.journal import Journal
from sandbox.misbehave import WELL, How, Misbehaviour
from sandbox.outlet import Outlet, secret_of

STAGES = ("greeting", "hello", "tls", "auth", "sender", "recipient", "data", "end")
CODE = r"[2-5][0-9]{2}"
WORDS: Mapping[int, str] = {
    421: "4.3.2 closing the connection",
    450: "4.2.0 mailbox busy",
    451: "4.7.1 greylisted, come back later",
    452: "4.3.1 too little room",
    454: "4.7.0 cannot look that up now",
    535: "5.7.8 user or password is wrong",
    550: "5.1.1 no such user here",
    551: "5.1.6 user has moved",
    552: "5.3.4 too large",
    553: "5.1.3 that is no mailbox",
    554: "5.7.1 not taken",
}


@dataclass(frozen=True)
class Line:
    """One line of the file: when (ISO 8601), the last answer, and the mail as it came where one did."""

    at: str
    code: int
    words: str
    sender: str = ""
    recipients: tuple[str, ...] = ()  # those that were taken
    message: str = ""


@dataclass
class MailAccount(Outlet):
    """Its name is the user, its secret the password; ``title`` is whose it is."""

    codes: ClassVar[str] = CODE
    interfaces: ClassVar[bool] = True  # the stages of a conversation

    journal: Journal
    lines: list[Line]

    @classmethod
    def open(cls, name: str, title: str, home: Path, keys: Path) -> "MailAccount":
        """The account as its folder has it; a password is made when there is none yet."""
        home.mkdir(parents=True, exist_ok=True)
        journal = Journal(home / f"{name}.jsonl")
        lines = [Line(**{**line, "recipients": tuple(line["recipients"])}) for line in journal.found]
        return cls(name, title, secret_of(keys, name, lambda: secrets.token_urlsafe(18)), journal, lines)

    @property
    def mails(self) -> list[Line]:
        """What it took, in order."""
        return [line for line in self.lines if line.code == 250]

    def knows(self, command: Misbehaviour) -> bool:
        """Whether it can do that, and knows the stage."""
        return super().knows(command) and command.at in (None, *STAGES)

    def opens(self, user: str, password: str) -> bool:
        """Whether that is its user and its password."""
        return user == self.name and secrets.compare_digest(
            password.encode(), self.secret_file.read_text("utf-8").strip().encode()
        )

    def meets(self, stage: str, address: str = "") -> Misbehaviour:
        """How it behaves at ``stage``, of a recipient to ``address``; a command without a stage is for the end."""
        now = self.conduct.now
        if now.how is How.WELL or stage != (now.at or "end") or (now.numbers and address not in now.numbers):
            return WELL
        return self.conduct.next(stage)

    def write(self, line: Line) -> None:
        """Keep it; on disk when this returns."""
        self.journal.write([asdict(line)])
        self.lines.append(line)

    def close(self) -> None:
        """Close its file."""
        self.journal.close()


def code_of(command: Misbehaviour) -> int | None:
    """The answer that it was told to give instead of doing anything; None where it does what it is asked."""
    if command.how is How.CODE:
        return int(command.code)
    return command.status if command.how is How.STATUS else None


def is_address(written: str) -> bool:
    """Whether that is a mailbox of RFC 5321 §4.1.2, without quoted words and in ASCII."""
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    whole = re.fullmatch(rf"({atom}(?:\.{atom})*)@({label}(?:\.{label})*)", written)
    return whole is not None and len(whole[1]) <= 64 and len(written) <= 254
