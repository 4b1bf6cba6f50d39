"""``config/sms/<vendor>.toml``: what a vendor's codes and statuses mean."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

FAMILY = "*"  # at the end of a code: all that begin so and stand nowhere by themselves


class Means(StrEnum):
    """What a code means to us."""

    TAKEN = "taken"
    AGAIN = "again"
    REFUSED = "refused"
    GONE = "gone"
    NUMBER = "number"
    UNSURE = "unsure"


class NextDay(StrEnum):
    """Which further tries wait for the vendor's next day, Asia/Shanghai: the limit of a day is over then."""

    NONE = ""
    EACH = "each"  # the limit is of the day
    LAST = "last"  # it may be of the day, of an hour or of a minute


@dataclass(frozen=True)
class Rule:
    """What a code means, and which message of ``config/messages/smsvendor.toml`` says so."""

    means: Means
    says: str
    final: bool = False  # of refused, number
    retry_after: float | None = None  # seconds; of again, number
    throttled: bool = False  # of again
    slower: bool = False  # of again: the account is well, only too fast
    stays: bool = False  # of refused: for what the text says, so that no other vendor is asked instead
    next_day: NextDay = NextDay.NONE  # of number


ODD = Rule(Means.UNSURE, "odd_code")


class Rules:
    """The table of one vendor."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.codes = {code: _rule(row) for row in table["code"] for code in row["codes"]}
        self._families = sorted((code[:-1] for code in self.codes if code.endswith(FAMILY)), key=len, reverse=True)
        self._statuses = [(row["statuses"][0], row["statuses"][1], _rule(row)) for row in table["status"]]
        self.patience: int | None = table.get("patience")  # seconds

    def of_code(self, code: str, status: int) -> Rule:
        """Of a code that came with ``status``; a code that stands nowhere means what its status does, a 200 nothing."""
        rule = self.codes.get(code)
        if rule is None:
            family = next((begun for begun in self._families if code.startswith(begun)), None)
            rule = ODD if family is None else self.codes[family + FAMILY]
        if status == 200:
            return rule
        return self.of_status(status) if rule is ODD or rule.means is Means.TAKEN else rule

    def of_status(self, status: int) -> Rule:
        """Of an answer that is not the vendor's; the narrowest row decides."""
        fits = [row for row in self._statuses if row[0] <= status <= row[1]]
        return min(fits, key=lambda row: row[1] - row[0])[2]


@cache
def rules(vendor: str) -> Rules:
    """The table of ``vendor``."""
    return Rules(tomllib.loads((files("config") / "sms" / f"{vendor}.toml").read_text("utf-8")))


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        Means(row["means"]),
        row.get("says", ""),
        row.get("final", False),
        row.get("retry_after"),
        row.get("throttled", False),
        row.get("slower", False),
        row.get("stays", False),
        NextDay(row.get("next_day", "")),
    )
