"""What each section did in a quarter, told once it is over, on either database."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock
from notices.begins import SHOWN_DAYS
from notices.calendar.rules import rule
from notices.notice import Message, MessageKind
from notices.quarter import QUARTER, Figures, Quarter
from notices.receipt_number import numbered
from producers.correct import correct
from producers.persons_key import have_key, seal_of
from producers.publish import publish
from producers.quarter_told import MOST, told_in
from producers.schedule.recount import next_recount
from producers.withdraw import withdraw
from streams import triggers
from streams.comments.comment import Disposition, Person
from streams.comments.handle import Decided, decide, reject
from streams.comments.take import Said, take
from streams.duties import Owed, done, enter, owed_in
from streams.quarters import OfSection, begin_quarter, by_section, ended_by, told, told_by
from streams.store.store import Tx
from streams.store.tables import audit, duty, message
from tests.channels.contract import options
from tests.consulted import NUMBER, ask_public
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import sample, work

NOBODY = 9  # the port nobody listens at
SEPTEMBER = datetime(2026, 9, 21, 9, tzinfo=SHANGHAI)  # a Monday
Q3 = Quarter(2026, 3)
SECTIONS = {"jy": "就业服务中心", "sb": "社会保险股", "bgs": "办公室"}  # in the order of the configuration
STAFF = {"heads": {"jy": "孙股长"}, "persons": {"孙股长": {"endpoints": ["sun"]}}}


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The offices at work, on either database."""
    engine = {} if request.param == "sqlite" else {"installation": {"store": request.getfixturevalue("postgres_store")}}
    boxes = [Outlet("sun", "staff_mail", options=options("staff_mail"), pretend=True)]
    sites = [Outlet("site", "website", options={"comments": True}), Outlet("ybj-site", "website", "ybj")]
    furnish(tmp_path / "home", NOBODY, [*sites, *boxes], engine=engine, staff=STAFF)
    with opened(Ground(tmp_path / "home", DrivenClock(SEPTEMBER))) as here:
        yield here


def figures(town: Town, quarter: Quarter = Q3, office: str = "rsj") -> dict[str, Figures]:
    """As they are now, in their order."""
    now = town.clock.now()
    wanted = partial(by_section, office=office, quarter=quarter, sections=SECTIONS, now=now)
    return {one.section: one.figures for one in town.house.store.read(wanted)}


def begun(town: Town) -> list[Owed]:
    """The duties that tell of quarters, in order, of all offices."""
    wanted = select(duty).where(duty.c.begun == QUARTER).order_by(duty.c.start)
    return town.house.store.read(lambda c: [owed_in(row) for row in c.execute(wanted)])


def reminders(town: Town) -> list[Message]:
    """What was said to staff of it, in order."""
    wanted = select(message.c.content).where(message.c.kind == MessageKind.REMINDER).order_by(message.c.released_at)
    found = town.house.store.read(lambda c: [Message.model_validate_json(one) for one in c.execute(wanted).scalars()])
    return [one for one in found if one.version.fields["duty"] == "季度公开情况"]


def quarter_of_work(town: Town) -> None:
    """Two sections publish, one of them late; a correction, two withdrawals; a third section asks for comments."""
    site = {"渠道": "[website]", "渠道用语": ""}
    cases = publish(town.house, sample(town, "t05-cases-completed", **site), by=BY)
    late = sample(town, "t01-contribution-base", **site, 关联="[]", 成文日期="2026-08-03", 形成日期="2026-08-03")
    publish(town.house, late, by=BY)  # by 31 August
    ask_public(town)
    work(town)
    town.clock.advance(86_400)
    again = sample(town, "t05-cases-completed", **site, 标题="事项办结情况")
    correct(town.house, cases.notice, again, note="标题", minor=False, by=BY)
    for title in ("第二件", "第三件"):
        one = publish(town.house, sample(town, "t12-annual-summary", **site, 标题=title), by=BY)
        withdraw(town.house, one.notice, reason="重新统计", by=BY)
    work(town)
    have_key(town.house)
    seal = seal_of(town.house)
    names = []
    for number in range(4):
        said = Said("rsj", NUMBER, f"建议{number}", Person())
        act = partial(take, seal=seal, said=said, receipt=numbered(number), keep_days=30)
        names.append(town.house.store.write(act).id)
    town.house.store.write(partial(reject, name=names[3], office="rsj", why="广告", by=BY))
    answer = [Decided(names[0], Disposition.ADOPTED, "写进文件")]
    town.house.store.write(lambda tx: decide(tx, answer, office="rsj", by=BY))
    work(town)


def night(town: Town, instant: datetime) -> None:
    """The recount that was planned, done at ``instant``."""
    town.clock.set(instant)
    work(town)


WORKED = {
    # its consultation, met by its release; the feedback, by law and as promised, is open; one of four comments is none
    "jy": Figures(published=1, met=1, open=2, received=3, answered=1),
    # formed on 3 August, by law out until 31 August; nobody explained it by 24 September; review and validity are ahead
    "sb": Figures(published=1, published_late=1, met=1, met_late=1, open=3, overdue=1),
    # three lists and reports, one of them corrected; met: a disclosure each, and each permit of the list
    "bgs": Figures(published=3, corrected=1, withdrawn=2, met=4),
}


def test_what_each_section_did_is_told_once_the_quarter_is_over(town: Town) -> None:
    quarter_of_work(town)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    town.clock.set(datetime(2026, 9, 30, 12, tzinfo=SHANGHAI))
    work(town)
    assert begun(town) == [], "it is not over"
    night(town, datetime(2026, 10, 1, 0, 5, tzinfo=SHANGHAI))
    assert figures(town) == WORKED
    assert list(figures(town)) == ["jy", "sb", "bgs"], "in their order, whoever did most"
    (one,) = begun(town)
    assert (one.office, one.section, f"{one.last}") == ("rsj", "jy", "2026-10-08"), "the first working morning"
    assert one.about == (
        "2026年第三季度：就业服务中心公布1件，办结期限1项，期末未办结2项，收到意见3条（其中1条已有处理意见）；"
        "社会保险股公布1件（其中1件晚于期限），办结期限1项（其中1项超期），期末未办结3项（其中1项已超期）；"
        "办公室公布3件，更正1次，撤回2件，办结期限4项"
    )
    town.clock.set(datetime(2026, 10, 8, 9, tzinfo=SHANGHAI))
    work(town)
    (told_,) = reminders(town)
    said = told_.version.fields
    assert (said["about"], said["note"]) == ("2026年第三季度", one.about.partition("：")[2])
    assert said["command"] == "gongkai due --quarter 2026Q3 --office rsj"
    night(town, datetime(2026, 10, 9, 0, 5, tzinfo=SHANGHAI))
    (over,) = begun(town)
    assert (over.id, over.how, over.is_late) == (one.id, "到期自动结束", False)
    assert figures(town) == WORKED, "that it was told counts for nothing"
    entry = select(audit.c.detail).where(audit.c.subject == one.id, audit.c.act == "duty.added")
    detail = json.loads(town.house.store.read(lambda c: str(c.execute(entry).scalar_one())))
    assert (detail["quarter"], detail["found"]["sb"]) == ("2026Q3", asdict(WORKED["sb"])), "as it was told"


def test_a_machine_that_was_off_on_the_first_makes_up_for_it_once(town: Town) -> None:
    quarter_of_work(town)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    night(town, datetime(2026, 10, 20, 15, tzinfo=SHANGHAI))  # it stood still since 22 September
    (one,) = begun(town)
    assert (f"{one.last}", one.about.partition("：")[0]) == ("2026-10-21", "2026年第三季度")
    assert figures(town) == WORKED, "what came due since is none of that quarter's"
    found = [OfSection("sb", "社会保险股", WORKED["sb"])]
    for _ in range(2):
        town.house.store.write(partial(begin_quarter, office="rsj", section="jy", quarter=Q3, found=found))
    for day in (21, 22, 23):
        night(town, datetime(2026, 10, day, 0, 5, tzinfo=SHANGHAI))
    assert [each.id for each in begun(town)] == [one.id], "nothing is told again"
    night(town, datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI))
    assert [each.about.partition("：")[0] for each in begun(town)] == ["2026年第三季度", "2026年第四季度"]


def test_what_a_person_closes_counts_and_what_the_program_takes_back_does_not(town: Town) -> None:
    def owe(tx: Tx) -> None:
        of: dict[str, Any] = {"office": "rsj", "section": "jy", "by": BY}
        enter(tx, "asked", rule("look-over"), SEPTEMBER, about="复核", **of)
        enter(tx, "days", rule(SHOWN_DAYS), SEPTEMBER, about="公示天数", begun={"begun": SHOWN_DAYS}, **of)
        for name in ("asked", "days"):
            done(tx, name, how="不用办了", by=BY)

    town.house.store.write(owe)
    town.clock.advance(1)
    assert figures(town) == {"jy": Figures(met=1)}


def test_an_office_where_nothing_happened_is_told_nothing(town: Town) -> None:
    quarter_of_work(town)
    assert figures(town, office="ybj") == {}
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    night(town, datetime(2026, 10, 1, 0, 5, tzinfo=SHANGHAI))
    still = [OfSection("sb", "社会保险股", Figures(open=3))]
    town.house.store.write(partial(begin_quarter, office="ybj", section="jy", quarter=Q3, found=still))
    assert [one.office for one in begun(town)] == ["rsj"]


def test_a_later_release_changes_nothing_of_a_quarter_that_is_over(town: Town) -> None:
    """It moves the duties of columns, whose rows tell nothing of how they stood: they are not counted."""
    quarter_of_work(town)
    town.clock.set(datetime(2026, 12, 1, 9, tzinfo=SHANGHAI))  # the front page is stale since October
    publish(town.house, sample(town, "t05-cases-completed", 渠道="[website]", 渠道用语=""), by=BY)
    work(town)
    town.clock.advance(1)
    assert figures(town) == WORKED
    assert figures(town, Quarter(2026, 4))["bgs"].published == 1


@pytest.mark.parametrize(
    ("since", "now", "ended"),
    [
        ("2026-10-01", "2026-10-01", Q3),
        ("2026-09-30", "2026-09-30", None),
        ("2026-10-02", "2026-10-02", None),
        ("2026-09-30", "2026-10-20", Q3),  # nobody ran over the first
        ("2026-08-01", "2026-09-30", None),
        ("2026-02-01", "2026-10-02", Q3),  # of several the last
        ("2026-12-31", "2027-01-04", Quarter(2026, 4)),
    ],
)
def test_a_quarter_ends_on_the_first_of_the_next_or_as_soon_as_somebody_runs(
    since: str, now: str, ended: Quarter | None
) -> None:
    first, last = (datetime.fromisoformat(f"{day}T00:05:00+08:00") for day in (since, now))
    assert ended_by(first, last) == ended


def test_a_duty_whose_morning_is_in_the_next_quarter_tells_of_its_own(town: Town) -> None:
    town.clock.set(datetime(2026, 12, 31, 18, tzinfo=SHANGHAI))
    found = [OfSection("sb", "社会保险股", Figures(published=1))]
    for quarter in (Q3, Quarter(2026, 4)):
        town.house.store.write(partial(begin_quarter, office="rsj", section="jy", quarter=quarter, found=found))
    asked = {told_by("rsj", one.id, one.start) for one in begun(town)}
    assert asked == {Q3, Quarter(2026, 4)}


def every(count: int) -> list[OfSection]:
    """So many sections with everything to tell of."""
    whole: dict[str, Any] = dict.fromkeys(asdict(Figures()), 10)
    return [OfSection(f"s{number}", f"第{number}股", Figures(**whole)) for number in range(count)]


@pytest.mark.parametrize("count", range(1, 12))
def test_a_reminder_holds_whole_sections_and_says_where_the_others_are(count: int) -> None:
    about = told(Q3, every(count), "zh")
    quarter, what = told_in(about)
    whole = about.partition("：")[2].split("；")
    assert quarter == "2026年第三季度"
    assert len(what) <= MOST
    parts = what.split("；")
    assert parts == whole or (parts[-1] == "其余股室见命令" and parts[:-1] == whole[: len(parts) - 1] != whole)
    assert len(parts) > 1 or count == 1, "one section has its place in any case"


def test_it_is_told_in_english_as_well() -> None:
    found = [OfSection("sb", "社会保险股", WORKED["sb"]), OfSection("", "", Figures(received=1))]
    assert told(Q3, found, "en") == (
        "third quarter of 2026: 社会保险股: notices published: 1 (late: 1), duties met: 1 (late: 1), "
        "duties open at the end: 3 (overdue: 1); no section yet: comments received: 1"
    )
