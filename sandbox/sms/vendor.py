"""What both vendors' fakes have: an account, registrations, a witness, a conduct, call-backs."""

import secrets
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response

from config.clock import Clock
from sandbox.live import Live
from sandbox.misbehave import WELL, How, Misbehaviour, plain_status, treated
from sandbox.outlet import Outlet, secret_of
from sandbox.sms.registered import Registered, Registrations, Rules
from sandbox.sms.witness import Receipt, Reply, Text, Witness


class Refusal(Exception):
    """A request that is not taken: a documented code, its words, and the status of the answer."""

    def __init__(self, code: str, says: str, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.says, self.status = code, says, status


@dataclass(frozen=True)
class Call:
    """A request as it came; headers by lower-case name."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def action(self) -> str:
        """What it asks for."""
        return self.headers.get("x-acs-action") or self.headers.get("x-tc-action") or ""


class Vendor(Outlet, ABC):
    """One vendor; its name and title are its class's."""

    codes: ClassVar[str] = r"[A-Za-z_.]+"
    interfaces: ClassVar[bool] = True
    arrived: ClassVar[str]  # the code of a receipt that says so
    blocked: ClassVar[str]  # the code when the holder has opted out
    rules: ClassVar[Rules]  # of what is registered
    again: ClassVar[tuple[int, ...]]  # seconds after a post that was not taken; then it is given up
    patience: ClassVar[float]  # seconds, of the wire's own time, for the answer to a post

    def __init__(self, home: Path, registered: Path, secrets_folder: Path, clock: Clock, live: Live) -> None:
        home.mkdir(parents=True, exist_ok=True)
        secret_file = secret_of(secrets_folder, f"sms-{self.name}", lambda: secrets.token_hex(16))
        super().__init__(self.name, self.title, secret_file, live=live)
        self.registrations = Registrations(registered / f"{self.name}.toml", self.rules)
        self.witness = Witness(home / f"sms-{self.name}.jsonl")
        self.clock = clock
        self.command: Misbehaviour = WELL  # of the request at hand

    async def receive(self, call: Call) -> Response:
        """Answer as the vendor would, or as it was told to."""
        self.command = self.conduct.next(call.action)
        if self.command.how is How.STATUS:
            await self.live.say_changed()
            return plain_status(self.command)
        command, now, request = self.command, self.clock.now(), str(uuid.uuid4()).upper()
        try:
            well = JSONResponse(self.answer(call, now, request))
        except Refusal as refusal:
            self.witness.refuse(now.isoformat(), call.action, refusal.code)
            well = JSONResponse(self.refusal(refusal, request), refusal.status)
        await self.live.say_changed()
        return await treated(command, well)

    @abstractmethod
    def answer(self, call: Call, now: datetime, request: str) -> Any:
        """What is answered to ``call``; what it sends is kept. Raises ``Refusal``."""

    @abstractmethod
    def refusal(self, refusal: Refusal, request: str) -> Any:
        """How a refusal is worded."""

    @abstractmethod
    def reports(self, receipts: list[tuple[Text, Receipt]]) -> Any:
        """The body of a post of receipts."""

    @abstractmethod
    def reply_body(self, reply: Reply, number: int) -> Any:
        """The body of a post of a reply, the ``number``-th."""

    @abstractmethod
    def took(self, answer: Any) -> bool:
        """Whether ``answer``, the JSON with which a post was answered 200, says that it was taken."""

    def close(self) -> None:
        """Close its witness."""
        self.witness.close()

    def secret(self) -> str:
        """The account's secret, read anew: it may be rotated."""
        return self.secret_file.read_text("utf-8").strip()

    def told(self, number: str | None = None) -> str:
        """The code that a command wants for ``number`` (None: for the whole request); empty: none."""
        command = self.command
        if command.how is not How.CODE or (number is None) != (not command.numbers):
            return ""
        return command.code if number is None or number in command.numbers else ""

    def found(self, number: str, registered: Registered, now: datetime) -> list[Text]:
        """The texts to ``number`` that a query finds by now, the newest first."""
        known_until = now - timedelta(seconds=registered.details_after)
        return [text for text in reversed(self.witness.of.get(number, [])) if text.instant <= known_until]
