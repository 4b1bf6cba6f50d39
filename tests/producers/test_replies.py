"""Replies: an opt-out holds from the reply on, is on record, and of what else people say nothing is kept."""

import json

import pytest
from sqlalchemy import select

from channels.sms.vendor import Reply
from config.settings import SettingsError
from producers.replies import Heard, hear
from streams.outlets import Endpoint, endpoint_of
from streams.seal import Seal
from streams.store.tables import audit, endpoint, opted_out
from tests.journeys.town import Town

NUMBER, OTHER = "13912345678", "13887654321"


@pytest.fixture
def at(town: Town, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """An endpoint of the office; which channel it is of is no matter here."""
    monkeypatch.setenv("GONGKAI_SECRET_NUMBERS", Seal.new_key())
    wanted = select(endpoint).where(endpoint.c.id == "site")
    return endpoint_of(town.house.store.read(lambda c: c.execute(wanted).one()))


def said(town: Town, number: str, text: str, sign: str = "") -> Reply:
    return Reply(number, text, town.clock.now(), sign)


def test_who_says_so_is_opted_out_and_it_is_on_record(town: Town, at: Endpoint) -> None:
    replies = [said(town, NUMBER, "Ｔ"), said(town, OTHER, "几点开门"), said(town, NUMBER, "退订", "别的签名")]
    assert hear(town.house, at, replies) == Heard(2, 1)
    assert hear(town.house, at, replies) == Heard(2, 1)
    rows = town.house.store.read(lambda c: c.execute(select(opted_out)).all())
    assert [(row.office, row.blind, row.how) for row in rows] == [
        ("rsj", town.house.outlets.seal().blind(NUMBER), "reply")
    ]
    (entry,) = town.house.store.read(
        lambda c: c.execute(select(audit).where(audit.c.act == "audience.opted_out")).all()
    )
    assert (entry.who, entry.subject) == ("gongkai", "rsj")
    assert json.loads(entry.detail) == {"how": "reply", "new": 1, "endpoint": "site"}


def test_nothing_of_what_people_say_is_kept(town: Town, at: Endpoint) -> None:
    hear(town.house, at, [said(town, NUMBER, "退订"), said(town, OTHER, "我叫王小明")])
    kept = b"".join(file.read_bytes() for file in town.house.home.rglob("*") if file.is_file())
    for word in (NUMBER, OTHER, "王小明", "退订"):
        assert word.encode() not in kept


def test_without_a_key_to_the_numbers_it_is_not_heard(
    town: Town, at: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GONGKAI_SECRET_NUMBERS")
    assert hear(town.house, at, [said(town, NUMBER, "收到")]) == Heard(0, 1)
    with pytest.raises(SettingsError):
        hear(town.house, at, [said(town, NUMBER, "退订")])
