"""What the account is told to do amiss: on the wire, in its answers, and to its own articles."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.misbehave import WELL, Conduct, Misbehaviour


class Command(Misbehaviour):
    """One command for the wire. ``at`` names the interface (``draft/add``); None: whichever is asked next.

    ``errcode`` is answered and nothing kept. With ``keeps`` a ``status`` is answered although everything was kept.
    """

    at: str | None = Field(None, max_length=100)
    errcode: int | None = None
    keeps: bool = False


class Ending(BaseModel):
    """How publications end that are submitted from now on: after how long, with which status.

    ``hides``: the draft leaves the box when it is submitted, and comes back if it fails; else it leaves when it is
    published. The documents do not say which.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(2.0, ge=0, le=864_000)
    status: Literal[0, 2, 3, 4] = 0
    hides: bool = False


class Happening(BaseModel):
    """Something that comes from the platform's side. ``amount`` is of a quota; ``article`` an article's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["token_invalidated", "quota", "publications_end", "article_banned", "article_deleted"]
    fault: Literal[40001, 40014, 42001] = 40001
    of: Literal["draft", "submit", "delete", "mass", "forced"] = "draft"
    amount: int = Field(0, ge=0)
    article: str = ""
    ending: Ending = Ending()


class Wire:
    """Which command holds for which request."""

    def __init__(self) -> None:
        self._conduct = Conduct()

    def tell(self, command: Command) -> None:
        """From here on ``command`` holds."""
        self._conduct.tell(command)

    def next(self, interface: str) -> Misbehaviour:
        """How the request that has just come to ``interface`` is treated."""
        now = self._conduct.now
        if isinstance(now, Command) and now.at not in (None, interface):
            return WELL
        return self._conduct.next()
