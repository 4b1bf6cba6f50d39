"""What every outlet here has: a name, a secret in a file, a conduct, and people who look at its page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.responses import StreamingResponse

from sandbox.misbehave import Conduct


@dataclass
class Outlet:
    """Its name in addresses, how it is called, its secret's file, its conduct."""

    name: str
    title: str
    secret_file: Path
    conduct: Conduct = field(default_factory=Conduct, kw_only=True)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition, kw_only=True)
    leaving: bool = field(default=False, kw_only=True)

    async def say_changed(self) -> None:
        """Wake up whoever looks at the page."""
        async with self.changed:
            self.changed.notify_all()

    async def leave(self) -> None:
        """End the pages' streams: the server is about to stop."""
        self.leaving = True
        await self.say_changed()

    def changes(self) -> StreamingResponse:
        """Server-sent events: one at each change."""

        async def stream() -> AsyncIterator[str]:
            yield "retry: 1000\n\n"
            while not self.leaving:
                async with self.changed:
                    await self.changed.wait()
                yield "data: changed\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    def close(self) -> None:
        """Close its files."""


def secret_of(secrets: Path, name: str, make: Callable[[], str]) -> Path:
    """The file of a secret, made where there is none yet; only this user may read it."""
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = secrets / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make() + "\n", "utf-8")
    return file
