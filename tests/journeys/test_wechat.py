"""An official account through the whole engine: published, corrected, withdrawn; the account says what stands."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from channels.base import Outcome, Rendition
from channels.wechat.article import visible
from channels.wechat.rendition import content_of, frame_of
from config.clock import DrivenClock
from config.kinds import kinds
from notices.text import Paragraph, blocks
from producers.house import house
from producers.matter_look import look
from producers.publish import Published, publish
from producers.unknowns import unknowns
from streams.decide import Decision, decide
from streams.store.tables import message, rendition
from tests.faults.rig import Partners
from tests.journeys.town import BY, Outlet, Town, prepared
from tests.producers.papers import NUMBER, consult, work
from tests.sandbox.wechat.platform import APPID, Platform, platform


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path / "there") as found:
        yield found


@pytest.fixture
def town(account: Platform, tmp_path: Path) -> Iterator[Town]:
    """An installation whose one outlet is the account."""
    clock: DrivenClock = account.clock
    outlets = [Outlet("wechat", "wechat", options={"appid": APPID, "host": account.host})]
    port = int(account.host.split(":")[2].partition("/")[0])
    partners = Partners(account.home, account.home / "secrets", port)
    with prepared(tmp_path / "here", clock, outlets, partners=partners) as ground, house(ground.home, clock) as here:
        yield Town(here, clock)


def standing(account: Platform) -> list[int]:
    """The messages that readers can open, by their sequences."""
    found = account.call("freepublish/batchget", {"offset": 0, "count": 20, "no_content": 1})
    articles = [item["content"]["news_item"][0] for item in found["item"]]
    return sorted(int(article["content_source_url"].rpartition("=")[2]) for article in articles)


def approved(town: Town, done: Published, sequence: int) -> Rendition:
    """What was approved of one message of a notice, as the store holds it."""
    of = (
        select(rendition.c.message, rendition.c.channel, rendition.c.edition)
        .join(message, message.c.id == rendition.c.message)
        .where(message.c.subject == done.notice, message.c.sequence == sequence)
    )
    return town.house.store.read(lambda c: town.house.outlets.rendition(c, *c.execute(of).one()))


def reads_as_approved(account: Platform, page: Page, made: Rendition) -> str:
    """The newest article on the phone has the approved words, each in its place, and no others; these words."""
    page.goto(f"{account.host}/")
    page.locator("a.row").first.click()
    frame = frame_of(made)
    expect(page.locator("h1")).to_have_text(frame.title)
    expect(page.locator(".by span").first).to_have_text(frame.author)
    content = page.locator(".content")
    content.evaluate("of => of.querySelectorAll('img').forEach(image => image.replaceWith(image.alt))")  # read aloud
    words = "".join(content.inner_text().split())
    assert words == "".join(visible(content_of(made)).split())
    return words


def test_published_corrected_and_withdrawn_and_the_phone_reads_what_was_approved(
    town: Town, account: Platform, browser_page: Page
) -> None:
    draft = town.draft("办结情况一", channels=["wechat"])
    done = publish(town.house, draft, by="测试")
    town.settle(60)
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED]
    assert standing(account) == [1]
    words = reads_as_approved(account, browser_page, approved(town, done, 1))
    content = draft.content
    assert content.summary in words
    facts = [fact for fact in content.facts if fact.name in kinds()[content.kind].highlights]
    assert facts
    assert all(f"{fact.label}{fact.forms[0]}" in words for fact in facts), "the key facts, each behind its name"
    paragraphs = [one for one in blocks(content.body) if isinstance(one, Paragraph)]
    assert paragraphs
    for one in paragraphs:
        assert "".join("".join(run.text for run in one.runs).split()) in words
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    town.settle(1200, step=30)
    assert standing(account) == [2]
    assert "更正了件数。" in reads_as_approved(account, browser_page, approved(town, done, 2))
    town.withdraw(done, reason="数据需要核实。")
    town.settle(1200, step=30)
    assert standing(account) == [3]
    assert "数据需要核实。" in reads_as_approved(account, browser_page, approved(town, done, 3))
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED] * 3


@pytest.mark.parametrize("interface", ["draft/add", "freepublish/submit", "freepublish/get", "freepublish/delete"])
def test_an_answer_that_is_lost_makes_no_second_article(town: Town, account: Platform, interface: str) -> None:
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    account.misbehave(how="reset", at=interface, times=1)
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    town.settle(3600, step=30)
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED] * 2
    assert standing(account) == [2]
    assert sum(entry["status"] == 0 for entry in account.did("ended")) == 2


@pytest.mark.parametrize(
    ("decision", "end", "stands"), [("again", Outcome.DELIVERED, [1]), ("arrived", Outcome.ACCEPTED, [])]
)
def test_one_that_nobody_finds_is_a_persons_to_decide(
    town: Town, account: Platform, decision: str, end: Outcome, stands: list[int]
) -> None:
    account.happen("publications_end", ending={"seconds": 144_000, "hides": True})
    account.misbehave(how="drop", at="freepublish/submit", times=1)
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(90_000, step=600)
    (one,) = town.house.store.read(unknowns)
    assert "请到公众平台核对" in one.cause
    account.happen("publications_end", ending={})
    decided = partial(decide, outlets=town.house.outlets, delivery=one.delivery, number=0, why="查过发表记录", by=BY)
    town.house.store.write(lambda tx: decided(tx, decision=Decision(decision)))
    town.settle(60)
    assert (town.outcomes(done)["wechat"], standing(account)) == ([end], stands)
    assert town.house.store.read(unknowns) == []


@pytest.mark.parametrize(("review", "first"), [({}, Outcome.ACCEPTED), ({"seconds": 300}, Outcome.DELIVERED)])
def test_a_correction_while_the_first_is_in_review_ends_with_one_article(
    town: Town, account: Platform, review: dict[str, int], first: Outcome
) -> None:
    """The first gives way when the correction is out before it; else it is out, until the correction is."""
    account.happen("publications_end", ending={"seconds": 300})
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(10)
    account.happen("publications_end", ending=review)
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    town.settle(3600, step=30)
    assert standing(account) == [2]
    assert town.outcomes(done)["wechat"] == [first, Outcome.DELIVERED]


def test_a_withdrawal_does_not_wait_for_calls_that_others_have_used_up(town: Town, account: Platform) -> None:
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    account.happen("quota", of="submit", amount=0)
    waiting = town.publish("办结情况二", channels=["wechat"])
    town.settle(60)
    assert town.outcomes(waiting)["wechat"] == [Outcome.PLANNED]
    town.withdraw(done, reason="数据需要核实。", leaves="gone")
    town.settle(60)
    assert standing(account) == []
    account.happen("quota", of="submit", amount=100)
    town.settle(86_400, step=600)
    assert standing(account) == [1]
    assert town.outcomes(waiting)["wechat"] == [Outcome.DELIVERED]


def test_what_waits_for_tomorrows_calls_gives_way_to_its_correction(town: Town, account: Platform) -> None:
    account.happen("quota", of="submit", amount=0)
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    town.settle(60)
    account.happen("quota", of="submit", amount=100)
    town.settle(86_400, step=600)
    assert town.outcomes(done)["wechat"] == [Outcome.SUPERSEDED, Outcome.DELIVERED]
    assert standing(account) == [2]
    assert len(account.did("ended")) == 1, "the outdated one was never published, and cost no deletion"


def test_a_secret_that_was_reset_is_read_from_its_file_at_the_next_try(town: Town, account: Platform) -> None:
    file = town.house.home / "secrets" / "wechat"
    right = file.read_text("utf-8")
    file.write_text("0" * 32, "utf-8")  # somebody reset AppSecret, and this is the old one
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    assert town.outcomes(done)["wechat"] == [Outcome.PLANNED]
    assert any("AppSecret" in cause for cause in town.causes("wechat"))
    assert not any("0" * 32 in cause or right.strip() in cause for cause in town.causes("wechat"))
    file.write_text(right, "utf-8")
    town.settle(3600, step=60)
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED]


def test_what_happens_in_a_window_is_handed_over_within_ten_seconds(town: Town, account: Platform) -> None:
    """It opens, nears its end, closes; the promised day comes, and passes without an answer."""
    consult(town, 渠道="[wechat]", 渠道用语="{公众号: {标题: 公益性岗位怎么设，请您提建议}}")
    town.settle(60)
    coming = look(town.house, "rsj", NUMBER).coming
    assert [one.what for one in coming] == ["开始征求意见", "即将截止", "征求意见截止", "反馈到期", "反馈超期"]
    for one in coming:
        town.clock.set(one.at - timedelta(seconds=1))
        work(town)
        before = len(account.did("ended"))
        town.clock.set(one.at)
        work(town)
        town.settle(10, step=1)
        assert len(account.did("ended")) == before + 1, one.what  # and published there
        assert town.clock.now() - one.at <= timedelta(seconds=10)
