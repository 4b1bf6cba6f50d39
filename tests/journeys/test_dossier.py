"""A whole matter, from its start to its archive, in a town of every fake: what is told by the clock is told at its
second, and not before, everywhere.

Site and feeds are read at their addresses; the newspaper, the robot, the SMS vendor and the official account are
processes that keep files of their own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, DrivenClock, wall
from config.matters import tellings
from notices.occasions import Event
from producers.audience_acts import read_audience
from producers.matter_acts import Signed, begin, evaluate, put_away
from producers.publish import Published, publish
from producers.sample_vendor import register
from streams.audiences import Audience
from streams.comments.comment import Disposition, comments_of
from streams.comments.handle import Decided, decide
from streams.store.tables import matter
from tests.channels.sms.vendors import NINE
from tests.consulted import Reader
from tests.faults.rig import Partners
from tests.journeys.test_texts import NUMBERS, OPTIONS
from tests.journeys.town import ATOM, BY, Outlet, Town, opened, prepared
from tests.producers.papers import NUMBER, consultation, paper, work
from tests.sandbox.process import GROUP, PARTNER, running
from tests.sandbox.wechat.platform import APPID, TITLE, Platform

SIGNED = Signed("陈远", "吴桐")
EVERYWHERE = "[website, feed, webhook, sms, wechat, wecom]"
READ = "[website, feed, webhook]"  # by address, and by partners' machines
TO_ALL = (  # what everybody is told of who was asked
    *(Event.OPENED, Event.CLOSING, Event.EXTENDED, Event.CLOSED),
    *(Event.FEEDBACK_DUE, Event.FEEDBACK_OVERDUE),
)
HANDED = timedelta(seconds=10)  # to the official account
MORNING = 8  # o'clock: the quiet hours end


@dataclass(frozen=True)
class Seen:
    """What everybody has seen of the matter up to now."""

    page: str  # its address of the site
    entry: str  # its title in the feed
    partner: tuple[str, ...]  # types of events, in order
    texts: int  # of one phone
    articles: int
    group: int


@dataclass
class Story:
    """The office, its outlets, and what the office does."""

    town: Town
    account: Platform
    asked: Published | None = None
    heard: list[str] = field(default_factory=list)

    # -- what the office does ----------------------------------------------------------------------

    def start(self) -> None:
        name = "修订公益性岗位开发管理办法"
        begin(self.town.house, "rsj", NUMBER, name=name, section="jy", signed=SIGNED, by=BY)

    def ask(self) -> None:
        """Thirty-one days from tomorrow on."""
        words = "{公众号: {标题: 公益性岗位怎么设，请您提建议}}"
        draft = consultation(self.town, 1, 渠道=EVERYWHERE, 渠道用语=words)
        self.asked = publish(self.town.house, draft, by=BY)

    def put_out(self, kind: str, **front: str) -> Callable[[], None]:
        def act() -> None:
            publish(self.town.house, paper(self.town, kind, **{"渠道": READ, "渠道用语": "", **front}), by=BY)

        return act

    def answer(self) -> None:
        """Say what became of the one comment, and publish it."""
        store = self.town.house.store
        (one,) = store.read(lambda c: comments_of(c, "rsj", NUMBER))
        decided = Decided(one.id, Disposition.ADOPTED, "写进第二条")
        store.write(lambda tx: decide(tx, [decided], office="rsj", by=BY))
        self.put_out("t07")()

    def evaluate(self) -> None:
        evaluate(self.town.house, "rsj", NUMBER, text="岗位到位", signed=SIGNED, by=BY)

    def put_away(self) -> None:
        put_away(self.town.house, "rsj", NUMBER, by=BY)

    # -- what the public does ----------------------------------------------------------------------

    def comment(self) -> None:
        assert self.asked is not None
        assert Reader(self.town).say(self.asked, "岗位能不能多一些").status == 200

    # -- what is seen --------------------------------------------------------------------------------

    def seen(self) -> Seen:
        """By everybody, now."""
        partners = self.town.partners
        assert partners is not None
        name = self._page()
        file = partners.home / f"{PARTNER}.jsonl"
        kept = partners.stored(PARTNER) if file.exists() else []
        entries = [one for one in self.town.feed().iterfind("a:entry", ATOM) if self._is_of(one, name)] if name else []
        address = f"{self.town.house.configuration.public_url}/n/{name.replace('-', '/')}.html"
        return Seen(
            page=self.town.page(address)[1] if name else "",
            entry=entries[0].findtext("a:title", "", ATOM) if entries else "",
            partner=tuple(one["event"]["type"] for one in kept if one["event"]["subject"] == name),
            texts=len(self.texts()),
            articles=len(self.account.did("ended")),
            group=len(partners.shown(GROUP)) if (partners.home / f"{GROUP}.jsonl").exists() else 0,
        )

    def texts(self) -> list[str]:
        """Of one phone."""
        assert self.town.partners is not None
        file = self.town.partners.home / "sms-aliyun.jsonl"
        lines = map(json.loads, file.read_text("utf-8").splitlines()) if file.exists() else ()
        return [line["text"] for line in lines if line["what"] == "text" and line["number"] == NUMBERS[0]]

    def _page(self) -> str:
        wanted = select(matter.c.notice).where(matter.c.number == NUMBER)
        return self.town.house.store.read(lambda c: c.execute(wanted).scalar()) or ""

    def _is_of(self, entry: Any, name: str) -> bool:
        return bool(entry.findtext("a:id", "", ATOM).endswith(name))


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    clock, there = DrivenClock(NINE, file=tmp_path / "now"), tmp_path / "there"
    register(there / "sms", OPTIONS)
    with running(there, clock=tmp_path / "now", wechat=f"{APPID}={TITLE}") as fakes:
        origin = fakes.origin
        outlets = [
            Outlet("site", "website", options={"comments": True, "feeds": True}),
            Outlet("feeds", "feed"),
            Outlet(PARTNER, "webhook", options={"url": fakes.url, "secret": PARTNER}),
            Outlet("phones", "sms", options=OPTIONS | {"origin": origin}),
            Outlet("account", "wechat", options={"appid": APPID, "host": f"{origin}/wechat"}),
            Outlet("group", "wecom", options={"secret": GROUP, "origin": origin}),
        ]
        partners = Partners(there, there / "secrets", int(origin.rpartition(":")[2]))
        with prepared(tmp_path / "here", clock, outlets, partners=partners) as ground, opened(ground) as town:
            insured = Audience("insured", "rsj", "参保人员", "《中华人民共和国社会保险法》第四条", 30)
            read_audience(town.house, insured, NUMBERS, by=BY)
            yield Story(town, Platform(f"{origin}/wechat", there, clock))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_its_start_to_its_archive_everybody_hears_of_each_thing_at_its_second(story: Story) -> None:
    longer = {"原截止日": "2026-12-25", "延长后截止日": "2027-01-10", "反馈承诺日": "2027-02-01"}
    steps: list[tuple[date, Callable[[], None] | None, Event | None]] = [  # what is done at ten, or told at midnight
        (date(2026, 11, 23), story.start, Event.STARTED),
        (date(2026, 11, 23), story.ask, Event.ANNOUNCED),
        (date(2026, 11, 24), None, Event.OPENED),
        (date(2026, 11, 30), story.comment, None),
        (date(2026, 12, 10), story.put_out("t15", **longer), Event.EXTENDED),
        (date(2027, 1, 8), None, Event.CLOSING),
        (date(2027, 1, 11), None, Event.CLOSED),
        (date(2027, 2, 1), None, Event.FEEDBACK_DUE),
        (date(2027, 2, 13), None, Event.FEEDBACK_OVERDUE),  # five working days later: 2nd to 4th, 11th, 12th
        (date(2027, 2, 15), story.answer, Event.ANSWERED),
        (date(2027, 2, 16), story.put_out("t14"), Event.DECIDED),
        (date(2027, 2, 17), story.put_out("t10"), Event.EXPLAINED),
        (date(2027, 3, 1), story.put_out("t08", 下次通报日="2027-03-20"), Event.REPORTED),
        (date(2027, 3, 26), None, Event.MILESTONE_OVERDUE),  # five working days after the 18th, a Thursday
        (date(2027, 3, 27), None, Event.REPORT_OVERDUE),
        (date(2027, 4, 1), story.evaluate, Event.EVALUATED),
        (date(2027, 4, 2), story.put_away, Event.FILED),
    ]
    told: list[str] = []
    for day, act, event in steps:
        instant = datetime.combine(day, time(10 if act else 0), SHANGHAI)
        before = quiet_until(story, max(instant, story.town.clock.now()))
        if act is not None:
            act()
        work(story.town)
        if event is None:
            assert story.seen() == before
            continue
        told.append(f"gongkai.{tellings()[event].type}")
        is_told(story, event, before, told)
        if event in TO_ALL:
            reaches_everybody(story, before, instant)
    assert story.town.causes(PARTNER) == []


def quiet_until(story: Story, instant: datetime) -> Seen:
    """Let time pass up to the second before; nothing is told in it. What was seen by then."""
    clock = story.town.clock
    story.town.settle(60)  # what was done before, to its end
    clock.set(max(clock.now(), instant - timedelta(seconds=2)))
    work(story.town)
    before = story.seen()
    clock.set(max(clock.now(), instant - timedelta(seconds=1)))
    work(story.town)
    assert story.seen() == before, f"something was told before {instant}"
    clock.set(max(clock.now(), instant))
    return before


def is_told(story: Story, event: Event, before: Seen, told: list[str]) -> None:
    """On the page, in the feed, to the partner: at the second, and once."""
    title = tellings()[event].title.rpartition("：")[2]
    seen = story.seen()
    assert f"：{title} - " in seen.page, event  # in the page's own title
    assert seen.page != before.page
    assert seen.entry.endswith(f"：{title}"), event
    assert list(seen.partner) == told, event


def reaches_everybody(story: Story, before: Seen, instant: datetime) -> None:
    """The account within ten seconds, the group at once, phones then or when the quiet hours end."""
    town = story.town
    at_once = MORNING <= wall(instant).hour < 22
    town.settle(HANDED.total_seconds(), step=1)
    seen = story.seen()
    assert seen.articles > before.articles, "not handed over"
    assert town.clock.now() - instant <= HANDED
    assert seen.group == before.group + 1
    assert seen.texts == before.texts + at_once
    morning = wall(instant).replace(hour=MORNING)
    if not at_once:
        town.clock.set(morning - timedelta(seconds=1))
        work(town)
        assert len(story.texts()) == before.texts, "at night"
        town.clock.set(morning)
        work(town)
        town.settle(30)
        assert len(story.texts()) == before.texts + 1
