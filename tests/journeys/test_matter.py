"""A matter from its start to its archive, as readers and partners see it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import pytest
from lxml import html
from sqlalchemy import select

from config.clock import SHANGHAI
from notices.notice import MessageKind
from notices.problem import FileRefused
from producers.matter_acts import Signed, begin, evaluate, put_away
from producers.publish import publish
from streams.store.tables import message
from tests.journeys.town import ATOM, BY, Town
from tests.producers.desk import books
from tests.producers.papers import NUMBER, consult, paper, work

READ = "[website, feed, webhook]"
LONGER = {
    "原截止日": "2026-12-24",
    "延长后截止日": "2027-01-15",
    "反馈承诺日": "2027-02-28",
    "渠道用语": "",
    "渠道": READ,
}
WINDOW = {
    "征求意见开始": "2026-11-24",
    "征求意见截止": "2026-12-24",
    "征求意见天数": "30日",
    "反馈承诺日": "2027-01-20",
    "座谈安排": "另行通知",
}
SIGNED = Signed("陈远", "吴桐")


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


def test_why_a_window_is_shorter_is_printed_in_the_notice_itself(town: Town) -> None:
    reason = "上级要求年底前施行"
    short = {"征求意见截止": "2026-12-10", "征求意见天数": "16日", "不足三十日的理由": reason}
    asked = publish(town.house, paper(town, "t06", **{**WINDOW, **short, "渠道": READ, "渠道用语": ""}), by=BY)
    work(town)
    town.settle(20)
    assert reason in plain(read(town, asked.address).xpath("string(//main)"))


@pytest.mark.parametrize("reason", ["", '""', '"  "'], ids=["none", "empty", "blank"])
def test_without_a_reason_no_window_is_longer(town: Town, reason: str) -> None:
    consult(town, 渠道=READ)
    before = books(town)
    with pytest.raises(FileRefused) as refused:
        publish(town.house, paper(town, "t15", **LONGER, 延期理由=reason), by=BY)
    assert [one.field for one in refused.value.problems] == ["延期理由"]
    assert books(town) == before


def test_why_a_window_is_longer_is_read_wherever_it_is_told(town: Town) -> None:
    reason = "大雪封路，来信要晚到"
    consult(town, 渠道=READ)
    longer = publish(town.house, paper(town, "t15", **LONGER, 延期理由=reason), by=BY)
    work(town)
    town.settle(20)
    name = page_of(town)
    for page in (longer.address, address_of(town)):
        assert reason in plain(read(town, page).text_content()), page
    (entry,) = [one for one in town.feed().iterfind("a:entry", ATOM) if one.findtext("a:id", "", ATOM).endswith(name)]
    assert reason in entry.findtext("a:summary", "", ATOM)
    partner: Any = town.partners
    kept = [one["event"] for one in partner.stored("ribao")]
    (told,) = [one["data"] for one in kept if one["type"] == "gongkai.window.extended"]
    assert reason in told["summary"]
    assert told["matter"]["open_to"] == "2027-01-15"


def address_of(town: Town) -> str:
    """Of the matter's page."""
    return f"{town.house.configuration.public_url}/n/{page_of(town).replace('-', '/')}.html"


def read(town: Town, address: str) -> Any:
    """The page there, as a browser reads it."""
    return html.fromstring(town.page(address)[1])


def plain(text: str) -> str:
    """Without what sets its words apart on a page."""
    return "".join(text.split())


def timeline(town: Town) -> list[tuple[str, str, str, str]]:
    """The steps as the page shows them: name, state, when, and the notice or the words beside it. What is linked can be
    read there."""
    found = []
    for row in read(town, address_of(town)).xpath("//ol[@class='life']/li"):
        for link in row.xpath(".//a/@href"):
            assert town.page(urljoin(address_of(town), link))[0] == 200, link
        state, when = row.xpath("string(h3/span)"), row.xpath("string(p[@class='life-when'])")
        said = row.xpath("string(p[not(@class)])")
        found.append((row.xpath("string(h3/text())").strip(), state, plain(when), plain(said)))
    return found


def test_each_step_stands_on_the_page_as_it_is_taken(town: Town) -> None:
    def put_out(kind: str, **front: str) -> Callable[[], str]:
        def act() -> str:
            draft = paper(town, kind, **{"渠道": READ, "渠道用语": "", **front})
            publish(town.house, draft, by=BY)
            return plain(draft.content.title)

        return act

    def start() -> str:
        begin(town.house, "rsj", NUMBER, name="修订办法", section="jy", signed=SIGNED, by=BY)
        return ""

    def judge() -> str:
        evaluate(town.house, "rsj", NUMBER, text="岗位到位", signed=SIGNED, by=BY)
        return "岗位到位"

    def end() -> str:
        put_away(town.house, "rsj", NUMBER, by=BY)
        return ""

    def nothing() -> str:
        return ""

    days = "2026年11月24日至2026年12月24日"
    ask = put_out("t06", **WINDOW)
    taken = []
    for when, act, name, state, at in (
        ("2026-11-23 10:00", start, "启动", "已启动", "2026年11月23日"),
        ("2026-11-23 11:00", ask, "预公开", "已公开", "2026年11月23日"),
        ("2026-11-23 12:00", nothing, "征求意见", "未开始", days),
        ("2026-11-24 00:00", nothing, "征求意见", "进行中", days),
        ("2026-12-25 00:00", nothing, "征求意见", "已截止", days),
        ("2026-12-26 00:00", nothing, "采纳反馈", "待公开", "2027年1月20日前"),
        ("2026-12-28 10:00", put_out("t07"), "采纳反馈", "已公开", "2026年12月28日"),
        ("2026-12-29 10:00", put_out("t14"), "公布", "已公布", "2026年12月29日"),
        ("2026-12-30 10:00", put_out("t10"), "解读", "已公开", "2026年12月30日"),
        ("2027-01-20 10:00", put_out("t08"), "执行进展", "已通报", "2027年1月20日"),
        ("2027-04-01 10:00", judge, "评估", "已评估", "2027年4月1日"),
        ("2027-04-02 10:00", end, "归档", "已归档", "2027年4月2日"),
    ):
        town.clock.set(datetime.fromisoformat(when).replace(tzinfo=SHANGHAI))
        said = act()
        work(town)
        town.settle(20)
        assert (name, state, at, said) in timeline(town)
        taken.append(name)
    steps = [name for name, *_ in timeline(town) if name in taken]
    assert steps == list(dict.fromkeys(taken)), "in this order"
