"""A matter from its consultation to its decision, as readers and partners see it."""

from typing import Any

from sqlalchemy import select

from notices.notice import MessageKind
from streams.store.tables import message
from tests.journeys.town import Town
from tests.producers.papers import NUMBER, consult, work


def page_of(town: Town) -> str:
    """The id of the matter's page."""
    wanted = select(message.c.subject).where(message.c.kind == MessageKind.MATTER).limit(1)
    return str(town.house.store.read(lambda c: c.execute(wanted).scalar_one()))


def test_it_is_on_its_own_page_in_the_feed_and_with_partners(town: Town) -> None:
    consult(town, 渠道="[website, feed, webhook]")
    work(town)
    name = page_of(town)
    town.settle(20)
    status, body = town.page(f"{town.house.configuration.public_url}/n/{name.replace('-', '/')}.html")
    assert status == 200
    assert "将征求意见" in body
    assert NUMBER in body
    entry = town.feed().findtext("a:entry/a:title", "", {"a": "http://www.w3.org/2005/Atom"})
    assert entry
    partner: Any = town.partners
    kept = [one["event"] for one in partner.stored("ribao") if one["event"]["subject"] == name]
    assert [one["type"] for one in kept] == ["gongkai.matter.moved"]
