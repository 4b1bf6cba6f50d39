"""The inner pages in a real browser: live, readable on a phone, usable by keyboard, and safe with hostile texts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from config.clock import wall
from config.serve import inner
from notices.calendar.rules import rule
from producers.publish import Published
from producers.serve.inner import Inner
from producers.tasks import do
from producers.timed import named
from streams.calendars import current
from streams.duties import Owed, pause
from streams.duties import add as add_duty
from streams.endpoints import add
from streams.store.store import Tx
from streams.store.tables import attempt, audit, delivery, duty, endpoint, version
from streams.triggers import refused
from tests.channels.contract import options
from tests.journeys.town import Town
from tests.parts.judges import axe, nu
from tests.producers.serve.doors import ask, away, behind

HOSTILE = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    '"><script>window.hit=1</script>',
    "' onmouseover='window.hit=1",
    "</title><script>window.hit=1</script>",
    "</td></tr></table><script>window.hit=1</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>",
    "<template><script>window.hit=1</script></template>",
    "javascript:window.hit=1",
    "{{ 7*7 }}{% if 1 %}",
    "<!--<img src=--><img src=x onerror=window.hit=1//>",
    "\u202e<b>\u0000&lt;script&gt;window.hit=1",
    "]]><script>window.hit=1</script>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example><a href=x>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
)


@pytest.fixture
def served(town: Town) -> Iterator[tuple[Town, str, Inner]]:
    """A town with three notices: as released, corrected, withdrawn; behind its inner listener."""
    for title in ("照原样的", "更正过的", "撤回了的"):
        town.publish(title)
        town.clock.advance(60)
    with behind(town) as (origin, app):
        yield town, origin, app


def shown(page: Page, done: Published, channel: str) -> Any:
    """The cell of a notice on a channel."""
    return page.locator(f"#n-{done.notice} td[data-label={channel}]")


def test_a_row_changes_before_ones_eyes(town: Town, browser_page: Page) -> None:
    page = browser_page
    with behind(town) as (origin, _):
        page.goto(origin)
        expect(page.locator("#pulse")).to_have_class(re.compile("is-live"))
        expect(page.locator(".empty")).to_be_visible()
        done = town.publish("刚刚公开的")
        expect(page.locator(f"#n-{done.notice}")).to_contain_text("刚刚公开的")
        expect(page.locator(".empty")).to_be_hidden()
        town.settle(5)
        expect(shown(page, done, "网站")).to_contain_text("已送达")
        mark = shown(page, done, "网站").locator("a.mark")
        mark.focus()
        expect(shown(page, done, "网站").locator(".tip")).to_be_visible()  # what hovering shows, for the keyboard
        town.clock.advance(5)
        town.correct(done, "又更正了的", note="标题")
        town.settle(5)
        expect(page.locator(f"#n-{done.notice}")).to_contain_text("第2版")
        added: dict[str, Any] = {
            "office": "rsj",
            "title": "日报",
            "options": {"url": "https://x.example/", "secret": "x"},
        }
        town.house.store.write(lambda tx: add(tx, "ribao", channel="webhook", pretend=True, by="测试", **added))
        expect(page.locator("thead")).to_contain_text("推送")
        expect(shown(page, done, "推送")).to_contain_text("不发")
        newer = town.publish("更新的", channels=("website", "feed"))
        expect(page.locator("tbody tr").first).to_contain_text("更新的")
        with away(town, "notice"):
            expect(page.locator("#pulse")).to_have_class(re.compile("is-stale"))
            expect(page.locator("#pulse")).to_contain_text("起没有更新")
        expect(page.locator("#pulse")).to_have_class(re.compile("is-live"))
        page.locator(f"#n-{newer.notice} a.title").click()
        expect(page.locator("h1")).to_contain_text("更新的")
        town.settle(5)
        expect(page.locator("section.way").first).to_contain_text("读回核对")
        page.go_back()
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()


def test_the_focus_stays_where_it_was(served: tuple[Town, str, Inner], browser_page: Page) -> None:
    town, origin, _ = served
    town.settle(5)
    browser_page.goto(origin)
    expect(browser_page.locator("#pulse")).to_have_class(re.compile("is-live"))
    mark = browser_page.locator("tbody tr").last.locator("a.mark").first
    mark.focus()
    name = mark.get_attribute("id")
    town.house.store.write(lambda tx: tx.connection.execute(update(delivery).values(cause="变了")))
    expect(browser_page.locator("tbody tr").last.locator(".tip").first).to_contain_text("变了")
    assert browser_page.evaluate("document.activeElement.id") == name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_board_of_every_channel_fits_every_screen(
    served: tuple[Town, str, Inner], browser_page: Page, lang: str
) -> None:
    """English heads are the longest; they stay in the page for who cannot see it, and may not widen it."""
    town, origin, _ = served
    for name, channel, its in (
        ("ribao", "webhook", {"url": "https://x.example/", "secret": "x"}),
        ("poster-a3", "poster", {"paper": "A3"}),
        ("poster-a2", "poster", {"paper": "A2"}),
        ("group", "wecom", {"secret": "x"}),
        ("account", "wechat", {"appid": "wx0123456789abcdef"}),
        ("phones", "sms", options("sms")),
    ):
        added: dict[str, Any] = {"office": "rsj", "title": name, "options": its, "pretend": True, "by": "测试"}
        town.house.store.write(partial(add, name=name, channel=channel, **added))
    town.publish("发到每个渠道的一件", channels=("website", "feed", "webhook", "poster", "wecom", "wechat"))
    town.settle(2_400, step=600)  # "40分钟前" is wider than "刚刚"
    browser_page.goto(f"{origin}/?lang={lang}", wait_until="load")
    for width in (360, 768, 961, 1100, 1264, 1265, 1280):
        browser_page.set_viewport_size({"width": width, "height": 780})
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 390, 360])
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/notices/{id}", "/notices/{id}?lang=en", "/posters", "/nothing"])
def test_pages_are_accessible_and_fit_the_screen(
    served: tuple[Town, str, Inner], browser_page: Page, path: str, width: int
) -> None:
    town, origin, _ = served
    town.settle(5)
    page = browser_page
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": width, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    done = town.publish("一件")
    page.goto(origin + path.format(id=done.notice), wait_until="load")
    assert axe(page) == []
    for mark in page.locator("a.mark").all()[:4]:
        mark.focus()
        assert page.evaluate("document.documentElement.scrollWidth") <= width  # with what focus shows, too
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(url.startswith(origin) for url in asked)
    assert [text for text in said if "404" not in text] == []  # no complaint of the policy's, nor of a script


@pytest.mark.parametrize("width", [1280, 360])
def test_a_poster_tells_whether_and_where_it_hangs(town: Town, browser_page: Page, width: int) -> None:
    its: dict[str, Any] = {"office": "rsj", "options": {"png": False}, "pretend": False, "by": "测试"}
    town.house.store.write(partial(add, name="hall", channel="poster", title="大厅海报", **its))
    done = town.publish("办结情况公告", channels=("poster",))
    town.settle()
    sheet = ask(town.house.configuration.public_url, f"/posters/{done.notice}/v1-A3.pdf")  # the public has it, too
    assert (sheet.status, sheet.headers["content-type"], sheet.body[:5]) == (200, "application/pdf", b"%PDF-")
    browser_page.set_viewport_size({"width": width, "height": 844})
    with behind(town) as (origin, _):
        browser_page.goto(f"{origin}/posters")
        expect(browser_page.locator(".wall")).to_contain_text("大厅海报 等人确认")
        do(town.house, done.notice, where="办事大厅东墙", at=None, by="林晓")
        town.settle()
        browser_page.goto(f"{origin}/posters")
        expect(browser_page.locator(".wall")).to_contain_text("大厅海报 办事大厅东墙：林晓确认办好")
        assert axe(browser_page) == []
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
        browser_page.goto(f"{origin}/posters?lang=en")
        expect(browser_page.locator(".wall")).to_contain_text("办事大厅东墙: done, says 林晓")
        browser_page.goto(f"{origin}/notices/{done.notice}")
        expect(browser_page.locator("#acts")).to_contain_text("办好（hall）：办事大厅东墙")


def test_the_nu_checker_finds_nothing_wrong_on_any_page(served: tuple[Town, str, Inner], tmp_path: Path) -> None:
    """In both languages, with something of everything: marks, many at one channel, persons, tries, posters."""
    town, origin, _ = served
    its: dict[str, Any] = {"office": "rsj", "pretend": False, "by": "测试"}
    for number in range(inner().marks + 1):
        options: dict[str, Any] = {"paper": "A2", "png": False}
        town.house.store.write(
            partial(add, name=f"hall-{number}", channel="poster", title="墙", options=options, **its)
        )
    done = town.publish("到处都有的", channels=("website", "feed", "poster"))
    town.correct(town.publish("更正的", channels=("poster", "website")), "更正的", note="标题")
    town.settle(5)
    do(town.house, done.notice, where="东墙", at="hall-0", by="林晓")
    owe_something_of_everything(town)
    wait_for_something_of_everything(town)
    files = []
    for number, path in enumerate(("/", f"/notices/{done.notice}", "/posters", "/timed", "/due", "/nothing")):
        for lang in ("zh", "en"):
            files.append(tmp_path / f"{number}-{lang}.html")
            files[-1].write_bytes(ask(origin, f"{path}?lang={lang}").body)
    assert nu(files) == []


def test_hostile_texts_are_read_and_never_run(served: tuple[Town, str, Inner], browser_page: Page) -> None:
    """Whatever reaches the store from authors, partners and operators, on every page and by the live stream."""
    town, origin, _ = served
    town.settle(5)
    page = browser_page
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    page.on("dialog", lambda dialog: violations.append(dialog.message))
    page.goto(origin)
    expect(page.locator("#pulse")).to_have_class(re.compile("is-live"))
    name = page.locator("tbody tr").first.get_attribute("id") or ""
    for text in HOSTILE:
        town.house.store.write(partial(spoil, text=text))
        expect(page.locator("tbody .title").first).to_have_text(text.replace("\0", ""), use_inner_text=True)
    owe_something_of_everything(town)
    wait_for_something_of_everything(town)
    for path in ("/", f"/notices/{name.removeprefix('n-')}", "/posters", "/timed", "/due"):
        for text in HOSTILE:
            town.house.store.write(partial(spoil, text=text))
            page.goto(origin + path)
            assert page.evaluate("window.hit") is None, (path, text)
            assert page.locator("header .brand").is_visible(), (path, text)
    assert [said for said in violations if "404" not in said] == []


def owe(town: Town, name: str, days: int, about: str, *, paused: bool = False) -> Owed:
    """A term that began so many days ago."""
    current(town.house.store, "rsj")
    start = town.clock.now() - timedelta(days=days)

    def act(tx: Tx) -> Owed:
        one = add_duty(tx, rule(name), start, office="rsj", section="bgs", about=about, by="测试")
        return pause(tx, one.id, wall(town.clock.now()).date(), why="等答复", by="测试") if paused else one

    return town.house.store.write(act)


def owe_something_of_everything(town: Town) -> list[Owed]:
    """Overdue, today, soon, later, standing still, and one whose day rests on an unpublished year."""
    return [
        owe(town, "disclose", 60, "灵活就业人员社会保险补贴办法"),
        owe(town, "first-word", 0, "社保大厅停电"),
        owe(town, "explain", 2, "缴费基数调整通知解读"),
        owe(town, "disclose", 7, "社会保险缴费基数调整通知"),
        owe(town, "answer-extended", 3, "公开申请第 12 号"),
        owe(town, "answer", 5, "公开申请第 13 号", paused=True),
    ]


@pytest.mark.parametrize(("lang", "overdue"), [("zh", "超期"), ("en", "days overdue")])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_what_is_due_is_told_to_everybody_most_urgent_first(
    served: tuple[Town, str, Inner], browser_page: Page, width: int, lang: str, overdue: str
) -> None:
    town, origin, _ = served
    page = browser_page
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{origin}/due?lang={lang}")
    expect(page.locator(".empty").first).to_be_visible()
    owed = owe_something_of_everything(town)
    page.goto(f"{origin}/due?lang={lang}", wait_until="load")
    assert page.locator("tbody .title").all_inner_texts() == [one.about for one in owed]
    expect(page.locator("tbody tr").first).to_contain_text(overdue)
    expect(page.locator("tbody tr").first).to_contain_text("政府信息公开条例第二十六条")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    calendar = ask(origin, page.locator("a[href$='.ics']").first.get_attribute("href") or "")
    assert calendar.body.count(b"BEGIN:VEVENT") == len(owed) - 1, "what stands still has no day"
    assert ask(origin, "/due/nobody.ics").status == 404


def spoil(tx: Tx, *, text: str) -> None:
    """Put ``text`` wherever somebody else's words are shown."""
    for table, column in (
        (version, "title"),
        (delivery, "cause"),
        (endpoint, "title"),
        (attempt, "cause"),
        (attempt, "note"),
        (audit, "who"),
        (duty, "about"),
        (duty, "section"),
    ):
        tx.connection.execute(update(table).values({column: text.replace("\0", "")}))


def wait_for_something_of_everything(town: Town) -> list[Published]:
    """Two notices that wait for their instant, and one whose instant came and whose outlets had gone."""
    now = town.clock.now()
    made = [
        town.publish(title, more=(f"定时发布: {wall(now + timedelta(minutes=minutes)):%Y-%m-%d %H:%M}",))
        for title, minutes in (("马上要发的", 1), ("明年才发的", 60 * 24 * 60), ("明天发的", 60 * 24))
    ]
    town.clock.advance(120)
    name = f"release/{made[0].notice}.1"
    refuse = partial(named, name=name)
    town.house.store.write(lambda tx: refused(tx, refuse(tx.connection), "没有投放点"))
    return made


@pytest.mark.parametrize(("lang", "waits"), [("zh", "等到时候"), ("en", "waits")])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_what_waits_for_its_instant_is_told_the_next_first(
    served: tuple[Town, str, Inner], browser_page: Page, width: int, lang: str, waits: str
) -> None:
    town, origin, _ = served
    page = browser_page
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{origin}/timed?lang={lang}")
    expect(page.locator(".empty").first).to_be_visible()
    wait_for_something_of_everything(town)
    page.goto(f"{origin}/timed?lang={lang}", wait_until="load")
    assert page.locator("tbody .title").all_inner_texts() == ["马上要发的", "明天发的", "明年才发的"]
    expect(page.locator("tbody tr").first).to_contain_text("没有投放点")
    expect(page.locator("tbody tr").last).to_contain_text(waits)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("tbody .title").last.click()
    expect(page.locator("h1")).to_have_text("明年才发的")
    assert axe(page) == []
