"""The reminders of a duty follow it, in the transaction that changes it; and a reminder goes where it says, on every
engine and store."""

from datetime import date, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import event as sql
from sqlalchemy import select
from sqlalchemy.engine import Engine

from channels.base import Channel, Rendition
from config.clock import SHANGHAI, DrivenClock
from notices.calendar.rules import rule
from notices.notice import MessageKind
from notices.reminders import Counted, Rung, reminders
from producers.say import Edition, approve, say
from streams import triggers
from streams.calendars import add_own, calendar_of
from streams.duties import Owed, add, done, duties_of, open_duties, owed, pause, plan_reminders, recount, resume
from streams.events import StaffReminded, new_trace
from streams.outlets import endpoint_of
from streams.reminders import MOVED, is_wanted, overtakes, planned
from streams.store.migrate import open_store
from streams.store.store import Store, Tx
from streams.store.tables import endpoint, trigger
from tests.factories import reminder
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_owe import explains, of

START = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)


@pytest.fixture(params=("embedded-sqlite", "hostile-postgresql"))
def pair(request: pytest.FixtureRequest) -> str:
    """Either store."""
    return str(request.param)


def begin(here: Installation, name: str = "feedback", start: datetime = START) -> Owed:
    """A term by hand."""
    wanted = rule(name)
    return here.store.write(lambda tx: add(tx, wanted, start, office="rsj", section="sb", about="甲", by="张三"))


def stand(store: Store, duty: str) -> dict[str, str]:
    """Its triggers: name without the duty's → state."""
    wanted = select(trigger.c.id, trigger.c.state).where(trigger.c.subject == duty).order_by(trigger.c.due_at)
    return store.read(lambda c: {row.id.split("/", 2)[2]: row.state for row in c.execute(wanted)})


def wait_for(here: Installation, duty: str) -> list[datetime]:
    """When it will be reminded of."""
    found = here.store.read(lambda c: planned(c, [duty])).get(duty, [])
    return [one.due_at for one in found]


def asked_for(here: Installation, one: Owed) -> list[datetime]:
    """When the rows want it to be."""
    assert one.last is not None
    assert one.ends_at is not None
    calendar = here.store.read(lambda c: calendar_of(c, one.office))
    found = reminders(Counted(one.rule, one.start, one.last, one.ends_at), calendar)
    return [each.at for each in found if each.at > here.clock.now()]


def test_what_the_release_itself_meets_plans_nothing_and_what_is_open_does(here: Installation, host: Host) -> None:
    here.release("a")
    host.settle()
    explain, disclose = of(here, "a", "explain"), of(here, "a", "disclose")
    assert stand(here.store, disclose.id) == {}
    assert wait_for(here, explain.id) == asked_for(here, explain) != []
    here.clock.advance(86_400)
    explains(here, "b", "a")
    host.settle()
    assert wait_for(here, explain.id) == []
    here.clock.advance(60)
    here.withdraw(here.release("b", number=2, text={"kind": "t10", "fields": {}}), sequence=3)
    host.settle()
    again = of(here, "a", "explain")
    assert again.done_at is None
    assert wait_for(here, again.id) == asked_for(here, again) != []


def test_a_correction_that_moves_the_date_moves_the_reminders(here: Installation, host: Host) -> None:
    guide = {"kind": "t11", "fields": {}}
    here.release("g", text={**guide, "review_on": date(2027, 3, 1)})
    host.settle()
    before = wait_for(here, of(here, "g", "review").id)
    here.clock.advance(60)
    here.release("g", number=2, text={**guide, "review_on": date(2027, 9, 1)})
    host.settle()
    moved = of(here, "g", "review")
    assert wait_for(here, moved.id) == asked_for(here, moved)
    assert not set(before) & set(wait_for(here, moved.id))


def test_a_person_who_pauses_resumes_and_closes_is_followed(here: Installation) -> None:
    one = begin(here)
    assert wait_for(here, one.id) == asked_for(here, one)
    here.store.write(lambda tx: pause(tx, one.id, date(2026, 12, 1), why="等", by="张三"))
    assert wait_for(here, one.id) == []
    after = here.store.write(lambda tx: resume(tx, one.id, date(2026, 12, 7), why="来了", by="张三"))
    assert wait_for(here, one.id) == asked_for(here, after)
    here.store.write(lambda tx: done(tx, one.id, how="好了", by="张三"))
    assert set(stand(here.store, one.id).values()) == {"cancelled"}


def test_planning_it_again_changes_nothing(here: Installation) -> None:
    one = begin(here)
    before = stand(here.store, one.id)
    for _ in range(2):
        here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    assert stand(here.store, one.id) == before
    assert len(here.store.read(lambda c: open_duties(c, "rsj"))) == 1


def test_a_duty_that_had_none_gets_its_reminders_with_the_next_count(here: Installation) -> None:
    """As one that was begun by an older program."""
    one = begin(here)
    here.store.write(lambda tx: tx.connection.execute(trigger.delete()))
    here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    assert wait_for(here, one.id) == asked_for(here, one)


def test_what_fell_due_and_was_not_fired_yet_is_kept_while_it_is_wanted(here: Installation) -> None:
    one = begin(here)
    (first, *_) = wait_for(here, one.id)
    here.clock.set(first + timedelta(days=1))
    here.store.write(lambda tx: plan_reminders(tx, "rsj"))
    assert wait_for(here, one.id)[0] == first


def test_news_of_the_calendar_moves_them_and_tells_the_owner_the_next_morning(here: Installation) -> None:
    one = begin(here)
    off = {date(2026, 12, day): "大雪" for day in (1, 2)}
    here.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {}, [], by="张三"))
    (moved,) = here.store.write(lambda tx: recount(tx, "rsj"))
    (first, *rest) = here.store.read(lambda c: planned(c, [one.id]))[one.id]
    assert (first.detail["row"], first.detail["to"]) == (MOVED, Rung.OWNER)
    assert first.detail["was"] == str(one.last)
    assert [each.due_at for each in rest] == asked_for(here, moved.owed)
    here.store.write(lambda tx: add_own(tx, "rsj", "通知", {}, {}, list(off), by="张三"))
    here.store.write(lambda tx: recount(tx, "rsj"))
    says = [each.detail["last"] for each in here.store.read(lambda c: planned(c, [one.id]))[one.id][:1]]
    assert says == [str(one.last)], "only the newest day is told"


def test_whether_one_is_wanted_and_what_overtakes_it(here: Installation) -> None:
    one = begin(here)
    first, second, *_ = here.store.read(lambda c: planned(c, [one.id]))[one.id]
    assert here.store.read(lambda c: is_wanted(c, one, first, first.due_at))
    assert here.store.read(lambda c: overtakes(c, first, first.due_at)) == []
    assert [each.id for each in here.store.read(lambda c: overtakes(c, first, second.due_at))] == [second.id]
    here.store.write(lambda tx: triggers.fired(tx, second.id))
    assert [each.id for each in here.store.read(lambda c: overtakes(c, first, second.due_at))] == [second.id]
    here.store.write(lambda tx: triggers.let_go(tx, second.id, "没有人"))
    assert here.store.read(lambda c: overtakes(c, first, second.due_at)) == []
    closed = here.store.write(lambda tx: done(tx, one.id, how="好了", by="张三"))
    assert not here.store.read(lambda c: is_wanted(c, closed, first, first.due_at))
    assert here.store.read(lambda c: owed(c, one.id)) == closed


def test_a_reminder_goes_to_the_endpoints_that_it_names_and_to_no_other(here: Installation, host: Host) -> None:
    for name in ("lin", "he", "sun"):
        here.endpoint(name)
    here.endpoint("elsewhere", of="ybj")
    first = here.release("a")  # to everybody on the channel
    said = reminder(endpoints=("lin", "sun", "elsewhere", "nowhere"))
    data = StaffReminded(notice=said.subject, message=said.id, sequence=1, office="rsj", duty="3f9c2a7be410")

    def act(tx: Tx) -> None:
        rows = tx.connection.execute(select(endpoint).where(endpoint.c.id == "lin")).all()
        made: dict[Edition, Rendition] = {}
        for row in rows:
            channel: Channel = here.outlets.channel(endpoint_of(row))
            made[Edition(channel.name, channel.edition)] = channel.render(said)
        approve(tx, said.id, made)
        say(tx, said, data, new_trace())

    here.store.write(act)
    host.settle()
    assert said.kind is MessageKind.REMINDER
    assert set(here.states(said.subject)) == {"lin", "sun"}
    assert set(here.states(first.subject)) == {"lin", "he", "sun"}
    assert here.store.read(lambda c: duties_of(c, said.subject)) == [], "a reminder owes nothing"


def test_what_is_met_at_once_costs_the_stage_no_statement_more(here: Installation, host: Host) -> None:
    """A withdrawn policy: whatever it owed is over when the stage hears of it."""
    first = here.release("a", text={"kind": "t05", "fields": {}})
    here.withdraw(first, sequence=2)
    said: list[str] = []

    def keep(connection: object, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sql.listen(Engine, "before_cursor_execute", keep)
    try:
        host.settle()
    finally:
        sql.remove(Engine, "before_cursor_execute", keep)
    assert any("INTO duty" in one for one in said), "the statements of the stage are seen"
    assert not any("INTO trigger" in one or "UPDATE trigger" in one for one in said)
    assert stand(here.store, of(here, "a", "disclose").id) == {}


def test_whoever_closes_a_duty_does_not_wait_for_a_reminder_that_is_being_said(postgres_url: str) -> None:
    """Nor the other way round: neither holds up the other, whatever each has still to take."""
    store = open_store(postgres_url, DrivenClock(START))
    wanted = rule("feedback")
    one = store.write(lambda tx: add(tx, wanted, START, office="rsj", section="sb", about="甲", by="张三"))
    (first, *_) = store.read(lambda c: planned(c, [one.id]))[one.id]
    store.clock.set(first.due_at)  # type: ignore[attr-defined]  # a driven one
    held, go = Event(), Event()

    def fire(tx: Tx) -> None:
        assert triggers.claim(tx, first.id) is not None
        held.set()
        assert go.wait(30)
        triggers.fired(tx, first.id)

    thread = Thread(target=store.write, args=(fire,))
    thread.start()
    assert held.wait(30)
    store.write(lambda tx: done(tx, one.id, how="好了", by="张三"))
    go.set()
    thread.join(30)
    found = list(stand(store, one.id).values())
    assert found == ["fired", *["cancelled"] * (len(found) - 1)]
    store.close()
