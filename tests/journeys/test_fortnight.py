"""A fortnight of an office: 60 notices and five matters, checked against a table that was worked out by hand."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock, wall
from notices.calendar.rules import rule
from notices.notice import Message, MessageKind
from notices.staleness import COLUMN
from producers.matter_acts import Signed, begin, exempt
from producers.publish import publish
from producers.schedule.recount import next_recount
from producers.withdraw import withdraw
from streams import triggers
from streams.duties import WITH_NUMBER, Owed, add, done, duties_of, owed_in
from streams.reminders import told
from streams.store.tables import duty, message
from tests.channels.contract import options
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import sample, work

TABLE = tomllib.loads((Path(__file__).parent / "fortnight.toml").read_text("utf-8"))
NOBODY = 9
EVENING = datetime(2026, 12, 6, 20, tzinfo=SHANGHAI)
OWNERS = ("林晓", "何静", "周宁", "苏航", "吴桐", "方菲")  # of the samples, and those above them
PERSONS = {
    name: {"endpoints": ["box"]}
    for name in (*OWNERS, *TABLE["staff"]["heads"].values(), TABLE["staff"]["office"], TABLE["staff"]["director"])
}
SIGNED = Signed("陈远", "吴桐")
Row = tuple[str, str, str, str, str, bool]  # paper, what is owed, last day, how it stands, article, provisional


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """An office with a site and staff, on the Monday at seven; the night's recount is planned."""
    box = Outlet("box", "staff_mail", options=options("staff_mail"), pretend=True)
    furnish(tmp_path / "home", NOBODY, [Outlet("site", "website"), box], staff=TABLE["staff"] | {"persons": PERSONS})
    clock = DrivenClock(datetime(2026, 11, 23, 7, tzinfo=SHANGHAI))
    with opened(Ground(tmp_path / "home", clock)) as here:
        here.house.store.write(lambda tx: triggers.plan(tx, next_recount(clock.now())))
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
        elif paper := one.get("withdraws"):
            withdraw(self.town.house, self.named[paper], reason="数据有误", by=BY)
        elif name := one.get("adds"):
            start = datetime.combine(date.fromisoformat(one["start"]), time(), SHANGHAI)
            of = {"office": "rsj", "section": one["section"], "about": one["about"], "by": BY}
            self.town.house.store.write(lambda tx: add(tx, rule(name), start, **of))
        elif row := one.get("does"):
            notice, store = self.named[one["of"]], self.town.house.store
            (owes,) = [duty for duty in store.read(lambda c: duties_of(c, notice)) if duty.begun == row]
            store.write(lambda tx: done(tx, owes.id, how=one["how"], by=BY))
        else:
            exempt(self.town.house, "rsj", one["spares"], reason="应急处置", signed=SIGNED, by=BY)

    def owed(self) -> Counter[Row]:
        """Every duty of a notice or by hand, as it stands."""
        found: Counter[Row] = Counter()
        for one in self._duties():
            stands = "open" if one.done_at is None else f"{one.how} {wall(one.done_at):%Y-%m-%d}"
            found[(*self._of(one), f"{one.last}", stands, one.rule.source, one.provisional)] += 1
        return found

    def _duties(self) -> list[Owed]:
        """All but those of columns."""
        rows = self.town.house.store.read(lambda c: c.execute(WITH_NUMBER).all())
        return [one for one in map(owed_in, rows) if one.begun != COLUMN]

    def _of(self, one: Owed) -> tuple[str, str]:
        """The paper, or what it is about, and what is owed."""
        return (self.became[one.notice] if one.notice else one.about), one.begun or one.rule.id

    def reminded(self) -> dict[str, list[list[str]]]:
        """Every reminder: when, of which paper, what is owed, for whom, by name."""
        of = {one.id: self._of(one) for one in self._duties()}
        columns = self.town.house.store.read(lambda c: c.execute(select(duty.c.id)).scalars().all())
        found: dict[str, list[list[str]]] = {}
        for several in self.town.house.store.read(lambda c: told(c, columns)).values():
            for one in several:
                row = [*of.get(one.duty, ("a column", "")), one.to.value, "、".join(one.persons)]
                found.setdefault(f"{wall(one.at):%Y-%m-%d %H:%M}", []).append(row)
        return {at: sorted(found[at]) for at in sorted(found)}

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
    for one in [*TABLE["paper"], *TABLE["act"], *TABLE["found"]]:
        for of, last, stands, *provisional in one.get("owes", ()):
            found[one.get("is") or one["about"], of, last, stands, TABLE["articles"][of], bool(provisional)] += one.get(
                "times", 1
            )
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_missed_and_nothing_is_extra(town: Town) -> None:
    fortnight = Fortnight(town)
    fortnight.live()
    assert len(fortnight.became) == 60
    assert fortnight.told() == TABLE["told"]
    assert fortnight.columns() == {one["name"]: one["last"] for one in TABLE["column"]}
    assert fortnight.reminded() == {at: sorted(rows) for at, rows in TABLE["reminded"].items()}
    owed, wanted = fortnight.owed(), expected()
    assert sorted((wanted - owed).items()) == [], "missed"
    assert sorted((owed - wanted).items()) == [], "extra"
