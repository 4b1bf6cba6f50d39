"""Kill loop: who publishes at an official account is killed at random; the account's own journal is the witness."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.base import Outcome
from producers.house import House, house
from producers.publish import Published
from streams.disable import enable
from streams.store.tables import part
from tests.faults.rig import Partners
from tests.faults.storm import storm
from tests.journeys.town import BY, Outlet, Town, prepared
from tests.sandbox.wechat.platform import APPID, Platform, platform

SOAK = "GONGKAI_SOAK" in os.environ
NOTICES = 60 if SOAK else 4
CORRECTED, WITHDRAWN = 2, 3  # each so many
THINKS = 0.1  # seconds that the account takes to answer what it has done by then: most deaths are amid a request
LIVES = (0.2, 2.0)  # seconds a worker is left alive
MANY = 100_000  # calls a day

pytestmark = [pytest.mark.timeout(7_200), pytest.mark.slow]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path / "there") as found:
        for quota in ("submit", "delete", "draft"):
            found.happen("quota", of=quota, amount=MANY)
        yield found


def test_every_notice_ends_with_its_newest_article_alone_though_who_publishes_is_killed(
    account: Platform, tmp_path: Path
) -> None:
    outlets = [Outlet("wechat", "wechat", options={"appid": APPID, "host": account.host})]
    port = int(account.host.split(":")[2].partition("/")[0])
    at = Partners(account.home, account.home / "secrets", port)
    with (
        prepared(tmp_path / "here", account.clock, outlets, partners=at) as ground,
        house(ground.home, account.clock) as here,
    ):
        town = Town(here, account.clock)
        released = [town.publish(f"第{number}件", channels=["wechat"]) for number in range(NOTICES)]
        kills = killed(town, account)
        expected = {done.address: follow(town, number, done) for number, done in enumerate(released)}
        kills += killed(town, account)
        outcomes = Counter(outcome for done in released for outcome in town.outcomes(done)["wechat"])
    print(f"\n{NOTICES} notices, {kills} kills: {dict(outcomes)}")  # noqa: T201  # the figure is wanted
    assert set(outcomes) <= {Outcome.DELIVERED, Outcome.SUPERSEDED}
    assert standing(account) == expected
    assert set(published(account).values()) == {1}, "nothing came out twice"
    assert account.call("draft/count")["total_count"] == 0
    assert kills


def follow(town: Town, number: int, done: Published) -> list[int]:
    """Correct it, withdraw it, or leave it; the messages that stand in the end."""
    if number % WITHDRAWN == 0:
        town.withdraw(done, reason="数据需要核实。", leaves="gone" if number % CORRECTED else "banner")
        return [] if number % CORRECTED else [2]
    if number % CORRECTED == 0:
        town.correct(done, f"更正了第{number}件", note="更正了件数。", channels=["wechat"])
        return [2]
    return [1]


def killed(town: Town, account: Platform) -> int:
    """Have all of it done by workers that are killed; how often that was.

    What three of them died of waits for a person, who lets it go on.
    """
    while town.engine.run_stages():
        pass  # planned, not sent
    account.misbehave(how="slow", seconds=THINKS)
    kills = 0
    while due(town.house):
        kills += storm(town.house, account.clock, account.home / "now", due, waiting, lives=LIVES)
        town.house.store.write(lambda tx: enable(tx, "wechat", by=BY))
    account.misbehave(how="well")
    while town.engine.run_stages():
        pass  # the last one died before deliveries were settled by their parts
    return kills


def due(here: House) -> datetime | None:
    """When the first part is due that something is still to be done for."""
    return here.store.read(lambda c: c.execute(select(func.min(part.c.due_at))).scalar())


def waiting(here: House) -> int:
    """Parts that are not published yet."""
    wanted = select(func.count()).where(part.c.state.in_((Outcome.PLANNED, Outcome.SENDING, Outcome.ACCEPTED)))
    return here.store.read(lambda c: c.execute(wanted).scalar_one())


def published(account: Platform) -> Counter[str]:
    """How often each message ever came out, by its mark."""
    articles = {entry["media_id"]: entry["article"] for entry in account.did("draft")}
    jobs = {entry["publish_id"]: articles[entry["media_id"]] for entry in account.did("submit")}
    ended = [jobs[entry["publish_id"]] for entry in account.did("ended") if entry["status"] == 0]
    return Counter(article["content_source_url"] for article in ended)


def standing(account: Platform) -> dict[str, list[int]]:
    """The messages that readers can open, by the address of their notice; those of which none is left, too."""
    found: dict[str, list[int]] = {mark.partition("?")[0]: [] for mark in published(account)}
    items: list[dict[str, Any]] = []
    while True:
        page = account.call("freepublish/batchget", {"offset": len(items), "count": 20, "no_content": 1})
        items += page["item"]
        if len(items) >= page["total_count"]:
            break
    for item in items:
        address, _, sequence = item["content"]["news_item"][0]["content_source_url"].partition("?wx=")
        found[address].append(int(sequence))
    return found
