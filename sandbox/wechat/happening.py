"""What happens to the account from the platform's side. How it treats requests is told as every outlet is told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
    """Something that comes from the platform's side. ``amount`` is of a quota; ``article`` an article's id.

    ``mass_protected`` and ``mass_monthly`` hold or end (``on``); an administrator says yes or no to all that waits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal[
        "token_invalidated",
        "quota",
        "publications_end",
        "article_banned",
        "article_deleted",
        "mass_protected",
        "mass_confirmed",
        "mass_refused",
        "mass_monthly",
    ]
    fault: Literal[40001, 40014, 42001] = 40001
    of: Literal["draft", "submit", "delete", "mass", "forced"] = "draft"
    amount: int = Field(0, ge=0)
    article: str = ""
    on: bool = True
    ending: Ending = Ending()
