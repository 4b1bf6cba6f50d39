"""A fortnight of an office: 60 notices and five matters, checked against a table that was worked out by hand."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock, wall
from notices.notice import Message, MessageKind
from notices.staleness import COLUMN
from producers.matter_acts import Signed, begin, exempt
from producers.publish import publish
from streams.duties import WITH_NUMBER, owed_in
from streams.store.tables import duty, message
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import sample, work

TABLE = tomllib.loads((Path(__file__).parent / "fortnight.toml").read_text("utf-8"))
NOBODY = 9
EVENING = datetime(2026, 12, 6, 20, tzinfo=SHANGHAI)
SIGNED = Signed("陈远", "吴桐")
Row = tuple[str, str, str, str, str, bool]  # paper, what is owed, last day, how it stands, article, provisional


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """An office with a site, on the Monday at seven."""
    furnish(tmp_path / "home", NOBODY, [Outlet("site", "website")])
    clock = DrivenClock(datetime(2026, 11, 23, 7, tzinfo=SHANGHAI))
    with opened(Ground(tmp_path / "home", clock)) as here:
        yield here


@dataclass
class Fortnight:
    """Which notice each paper became."""

    town: Town
    became: dict[str, str] = field(default_factory=dict)  # notice → paper
    named: dict[str, str] = field(default_factory=dict)  # paper → its last notice

    def live(self) -> None:
        """Let it all happen, each thing at its time, and what is due by itself in between."""
        steps = [(one["at"], self._publish, one) for one in TABLE["paper"]]
        steps += [(one["at"], self._act, one) for one in TABLE["act"]]
        for at, act, one in sorted(steps, key=lambda step: step[0]):
            self._until(datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI))
            act(one)
            work(self.town)
        self._until(EVENING)

    def _until(self, at: datetime) -> None:
        """By the hour, so that each thing has its own instant."""
        while (now := self.town.clock.now()) < at:
            whole = now.replace(minute=0, second=0, microsecond=0)
            self.town.clock.set(min(at, whole.fromtimestamp(whole.timestamp() + 3_600, SHANGHAI)))
            work(self.town)

    def _publish(self, one: dict[str, Any]) -> None:
        front = {"渠道": "[website]", "渠道用语": "", "关联": "[]", **one.get("front", {})}
        if "explains" in one:
            front["关联"] = f"[{{类型: 解读, 标题: 决定, 公开件: {self.named[one['explains']]}}}]"
        for number in range(one.get("times", 1)):
            title = front.get("标题") or f"{one['is']}，第{number + 1}件，{one['at']}"
            done = publish(self.town.house, sample(self.town, one["of"], **{**front, "标题": f'"{title}"'}), by=BY)
            self.became[done.notice] = self.named[one["is"]] = one["is"]
            self.named[one["is"]] = done.notice

    def _act(self, one: dict[str, Any]) -> None:
        if number := one.get("begins"):
            begin(self.town.house, "rsj", number, name=f"制定{number}的办法", section="jy", signed=SIGNED, by=BY)
        else:
            exempt(self.town.house, "rsj", one["spares"], reason="应急处置", signed=SIGNED, by=BY)

    def owed(self) -> Counter[Row]:
        """Every duty of a notice, as it stands."""
        rows = self.town.house.store.read(lambda c: c.execute(WITH_NUMBER.where(duty.c.begun != COLUMN)).all())
        found: Counter[Row] = Counter()
        for one in map(owed_in, rows):
            stands = "open" if one.done_at is None else f"{one.how} {wall(one.done_at):%Y-%m-%d}"
            paper = self.became[one.notice or ""]
            found[paper, one.begun or "", f"{one.last}", stands, one.rule.source, one.provisional] += 1
        return found

    def columns(self) -> dict[str, str]:
        """By when something new is owed in each."""
        rows = self.town.house.store.read(lambda c: c.execute(select(duty).where(duty.c.begun == COLUMN)).all())
        return {json.loads(row.rule)["name"].partition("：")[2]: row.last for row in rows if row.done_at is None}

    def told(self) -> dict[str, list[list[str]]]:
        """What was told of each matter, and when."""
        wanted = select(message).where(message.c.kind == MessageKind.MATTER).order_by(message.c.sequence)
        found: dict[str, list[list[str]]] = {}
        for row in self.town.house.store.read(lambda c: c.execute(wanted).all()):
            fields = Message.model_validate_json(row.content).version.fields
            found.setdefault(fields["dossier"], []).append([f"{wall(row.released_at):%Y-%m-%d %H:%M}", fields["event"]])
        return found


def expected() -> Counter[Row]:
    """What the table says is owed."""
    found: Counter[Row] = Counter()
    for one in TABLE["paper"]:
        for of, last, stands, *provisional in one["owes"]:
            found[one["is"], of, last, stands, TABLE["articles"][of], bool(provisional)] += one.get("times", 1)
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_missed_and_nothing_is_extra(town: Town) -> None:
    fortnight = Fortnight(town)
    fortnight.live()
    assert len(fortnight.became) == 60
    assert fortnight.told() == TABLE["told"]
    assert fortnight.columns() == {one["name"]: one["last"] for one in TABLE["column"]}
    owed, wanted = fortnight.owed(), expected()
    assert sorted((wanted - owed).items()) == [], "missed"
    assert sorted((owed - wanted).items()) == [], "extra"
