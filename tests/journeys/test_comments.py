"""A citizen comments and later finds his answer: in a browser, by keyboard alone, and without scripts."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from config.clock import DrivenClock
from config.comments import form
from notices.placeholders import NAME
from producers.command.exits import Exit
from producers.matter_look import look
from producers.publish import Published
from tests.consulted import NUMBER, answer, ask_public, at, consulted, extend, feed_back
from tests.journeys.town import Town, get
from tests.parts.browser import open_page
from tests.parts.judges import axe, nu
from tests.producers.command.conftest import Terminal
from tests.producers.papers import work

LETTERS = "意见,渠道,收到日期,姓名,类别\n信里说的,信函,2026-12-01,王五,岗位类别\n"
WIDTHS = (1280, 390, 320)
OF_THE_SITE = ("notice", "matter")  # whose largest letters take a phone of today


@dataclass(frozen=True)
class Asked:
    """The office at work, its terminal, and its notice that asks for comments."""

    town: Town
    gongkai: Terminal
    notice: Published
    folder: Path

    @property
    def form(self) -> str:
        return f"{self.town.house.configuration.public_url}/comment/{self.notice.notice}"

    @property
    def receipts(self) -> str:
        return f"{self.town.house.configuration.public_url}/comment/receipt"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    clock = DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    monkeypatch.setenv("GONGKAI_CLOCK", str(tmp_path / "clock"))
    with consulted(tmp_path, clock) as town:
        notice = ask_public(town)
        town.settle(5)
        yield Asked(town, Terminal(town.house.home), notice, tmp_path)


@contextmanager
def watched(browser: Browser) -> Iterator[Page]:
    """A page on which nothing complains: neither the policy nor a script."""
    with open_page(browser) as page:
        said: list[str] = []
        page.on("console", lambda entry: said.append(entry.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        yield page
        assert [line for line in said if "status of 4" not in line] == []


@contextmanager
def without_scripts(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", java_script_enabled=False)
    yield context.new_page()
    context.close()


def answered(asked: Asked) -> Published:
    """What came by post is entered, each comment answered out of the table, the feedback drafted, signed, published."""
    office = ("--office", "rsj")
    asked.town.clock.set(at(35))
    (asked.folder / "来信.csv").write_text(LETTERS, "utf-8")
    asked.gongkai.ok("comments", "import", asked.folder / "来信.csv", "--number", NUMBER, *office)
    table, draft = asked.folder / "表.csv", asked.folder / "反馈.md"
    asked.gongkai.ok("comments", "export", NUMBER, "-o", table, *office)
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"), newline="")))
    for row in rows:
        row.update({"类别": "岗位类别", "处理": "部分采纳", "理由": "先在两个社区试点，一年后评估"})
    with table.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    asked.gongkai.ok("comments", "dispose", "--from", table, *office)
    asked.gongkai.ok("comments", "draft", NUMBER, "--next", "提请集体讨论", "-o", draft, *office)
    draft.write_text(draft.read_text("utf-8").replace(NAME, "陈远"), "utf-8")
    asked.town.clock.advance(60)
    (done,) = asked.gongkai.ok("publish", draft)["files"]
    assert done["exit"] == Exit.DONE
    asked.town.settle(10)
    return Published(done["notice"], 1, done["index_number"], done["address"], None)


def tab_to(page: Page, name: str) -> None:
    """Go on by Tab until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        words = page.evaluate(
            "(() => { const it = document.activeElement; return (it.labels?.[0] ?? it).textContent.trim() })()"
        )
        if words.startswith(name):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name}: nobody sees where he is"
            return
    raise AssertionError(f"{name} is not reached")


def test_a_citizen_comments_and_later_finds_his_answer(asked: Asked, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(asked.notice.address)
        page.get_by_role("link", name="填写意见").click()
        page.get_by_label("您的意见").fill("社区需要托育岗位。\n每人每月2400元不够。")
        page.get_by_label("姓名").fill("李梅")
        expect(page.locator("#plain")).to_be_hidden()
        page.get_by_role("button", name="提交意见").click()
        receipt = page.locator(".receipt code").inner_text()
        expect(page.locator(".given")).to_have_text("社区需要托育岗位。\n每人每月2400元不够。")
        page.get_by_role("button", name="查看这条意见").click()
        expect(page.locator(".state")).to_contain_text("已收到")
    feedback = answered(asked)
    with watched(browser) as page:
        page.goto(asked.notice.address)
        page.get_by_role("link", name="凭回执编号查看").click()
        page.get_by_role("textbox", name="回执编号").fill(receipt.replace("-", "").lower())
        page.get_by_role("button", name="查看").click()
        expect(page.locator(".state")).to_contain_text("已有处理结果")
        expect(page.locator(".result")).to_contain_text("部分采纳")
        expect(page.locator(".result")).to_contain_text("先在两个社区试点，一年后评估")
        page.get_by_role("link", name="看全部意见的采纳情况").click()
        assert page.url == feedback.address
        expect(page.locator("main")).to_contain_text("信函")
        expect(page.locator("main")).not_to_contain_text("李梅")


def test_by_keyboard_alone(asked: Asked, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(asked.notice.address)
        tab_to(page, "填写意见")
        page.keyboard.press("Enter")
        page.wait_for_url(asked.form)
        tab_to(page, "您的意见")
        page.keyboard.type("用键盘写的")
        tab_to(page, "姓名")
        page.keyboard.type("李梅")
        tab_to(page, "提交意见")
        page.keyboard.press("Enter")
        receipt = page.locator(".receipt code").inner_text()
        assert page.evaluate("document.activeElement.textContent") == receipt, "it is read out at once"
        tab_to(page, "查看这条意见")
        page.keyboard.press("Enter")
        expect(page.locator(".state")).to_contain_text("已收到")
        tab_to(page, "我要撤回")
        page.keyboard.press("Space")
        tab_to(page, "撤回这条意见")
        page.keyboard.press("Enter")
        expect(page.locator(".state")).to_contain_text("已撤回")
    answered(asked)
    with watched(browser) as page:
        page.goto(asked.receipts)
        tab_to(page, "回执编号")
        page.keyboard.type(receipt)
        page.keyboard.press("Enter")
        expect(page.locator(".state")).to_contain_text("已撤回")


def test_by_keyboard_alone_he_finds_his_answer(asked: Asked, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(asked.notice.address)
        tab_to(page, "填写意见")
        page.keyboard.press("Enter")
        page.wait_for_url(asked.form)
        tab_to(page, "您的意见")
        page.keyboard.type("用键盘写的，等答复")
        tab_to(page, "提交意见")
        page.keyboard.press("Enter")
        receipt = page.locator(".receipt code").inner_text()
    feedback = answered(asked)
    with watched(browser) as page:
        page.goto(asked.notice.address)
        tab_to(page, "凭回执编号查看")
        page.keyboard.press("Enter")
        page.wait_for_url(asked.receipts)
        tab_to(page, "回执编号")
        page.keyboard.type(receipt)
        tab_to(page, "查看")
        page.keyboard.press("Enter")
        expect(page.locator(".state")).to_contain_text("已有处理结果")
        expect(page.locator(".result")).to_contain_text("先在两个社区试点，一年后评估")
        expect(page.locator(".given")).to_have_text("用键盘写的，等答复")
        tab_to(page, "看全部意见的采纳情况")
        page.keyboard.press("Enter")
        page.wait_for_url(feedback.address)
        expect(page.locator("main")).to_contain_text("先在两个社区试点，一年后评估")


def test_without_scripts(asked: Asked, browser: Browser) -> None:
    with without_scripts(browser) as page:
        page.goto(asked.notice.address)
        page.get_by_role("link", name="填写意见").click()
        page.get_by_label("您的意见").fill("没有脚本也能提")
        page.locator("#answer").fill("77")
        asked.town.clock.advance(form().least)
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator(".summary")).to_contain_text("答案不对")
        expect(page.get_by_label("您的意见")).to_have_value("没有脚本也能提")
        page.locator("#answer").fill(str(answer(page.content())))
        asked.town.clock.advance(form().least)
        page.get_by_role("button", name="提交意见").click()
        receipt = page.locator(".receipt code").inner_text()
    answered(asked)
    with without_scripts(browser) as page:
        page.goto(asked.receipts)
        page.get_by_role("textbox", name="回执编号").fill(receipt)
        page.get_by_role("button", name="查看").click()
        expect(page.locator(".result")).to_contain_text("先在两个社区试点，一年后评估")


def test_who_sends_before_the_work_is_done_is_not_asked_to_do_it_again(asked: Asked, browser: Browser) -> None:
    with watched(browser) as page:
        page.add_init_script(
            "const Real = Worker; window.Worker = class extends Real { postMessage(said) {"
            " window.go = () => super.postMessage(said); } };"
        )
        page.goto(asked.form)
        page.get_by_label("您的意见").fill("提交得快")
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator("[data-when=wait]")).to_be_visible()
        assert page.url == asked.form
        page.evaluate("window.go()")
        expect(page.locator(".receipt code")).to_be_visible()


def test_where_no_worker_runs_the_question_is_asked(asked: Asked, browser: Browser) -> None:
    with open_page(browser) as page:
        page.route("**/work.js", lambda route: route.abort())
        page.goto(asked.form)
        expect(page.locator("#answer")).to_be_visible()
        assert page.locator("#answer").get_attribute("required") is not None
        page.get_by_label("您的意见").fill("没有后台计算")
        page.locator("#answer").fill(str(answer(page.content())))
        asked.town.clock.advance(form().least)
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator(".receipt code")).to_be_visible()


def test_who_comes_back_and_sends_again_has_another_comment(asked: Asked, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(asked.form)
        page.get_by_label("您的意见").fill("第一次")
        page.get_by_role("button", name="提交意见").click()
        first = page.locator(".receipt code").inner_text()
        page.reload()
        assert page.locator(".receipt code").inner_text() == first, "sent again as it was, it is the same"
        page.go_back()
        page.get_by_label("您的意见").fill("又想到的")
        page.get_by_role("button", name="提交意见").click()
        assert page.locator(".receipt code").inner_text() != first


def test_every_page_passes_the_judges_at_every_width(asked: Asked, browser: Browser, tmp_path: Path) -> None:
    town = asked.town
    seen: list[Path] = []

    def judge(page: Page, name: str) -> None:
        seen.append(tmp_path / f"{name}.html")
        seen[-1].write_text(f"<!DOCTYPE html>\n{page.locator('html').evaluate('it => it.outerHTML')}", "utf-8")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert axe(page) == [], (name, width)
        page.evaluate("document.documentElement.dataset.size = 'huge'")
        page.set_viewport_size({"width": 390 if name in OF_THE_SITE else WIDTHS[-1], "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth"), (name, "huge")
        page.evaluate("document.documentElement.dataset.size = ''")

    with watched(browser) as page:
        page.goto(asked.form)
        judge(page, "form")
        page.locator("form.say").evaluate("it => { it.noValidate = true }")
        page.get_by_label("针对哪一条").fill("长" * 200)
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator(".summary")).to_be_visible()
        judge(page, "wrong")
        page.get_by_label("针对哪一条").fill("")
        page.get_by_label("您的意见").fill("长词" + "w" * 300 + "\n" + "第二行" * 50)
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator(".receipt")).to_be_visible()
        judge(page, "taken")
        receipt = page.locator(".receipt code").inner_text()
        page.goto(asked.receipts)
        judge(page, "find")
        page.get_by_role("textbox", name="回执编号").fill("ABC")
        page.get_by_role("button", name="查看").click()
        judge(page, "unknown")
        page.get_by_role("textbox", name="回执编号").fill(receipt)
        page.get_by_role("button", name="查看").click()
        judge(page, "found")
        page.goto(asked.form)
        page.get_by_label("您的意见").fill("晚了一秒")
        town.clock.set(at(31))
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator("textarea.given")).to_have_value("晚了一秒")
        judge(page, "closed")
        page.goto(f"{asked.receipts}x")
        judge(page, "missing")
        page.goto(asked.notice.address)
        expect(page.get_by_role("link", name="填写意见")).to_have_count(1)
        judge(page, "notice")
        work(town)
        page.goto(matter_of(town))
        judge(page, "matter")
    with without_scripts(browser) as page:
        page.goto(asked.form)
        assert re.search("已于.*截止", page.content())
    feed_back(town)
    assert len(seen) == 10
    assert nu(seen) == []


def test_in_the_days_of_an_extension_the_form_is_reached_from_every_page(asked: Asked, browser: Browser) -> None:
    town = asked.town
    longer = extend(town, was=30, last=45)
    work(town)
    pages = {"notice": asked.notice.address, "extension": longer.address, "matter": matter_of(town)}
    town.clock.set(at(31, 43_200))  # the day after the first end
    work(town)
    for name, address in pages.items():
        with watched(browser) as page:
            page.clock.set_fixed_time(town.clock.now())
            page.goto(address)
            expect(page.get_by_text("征求意见已于")).to_be_hidden()
            expect(page.get_by_text("2027年1月7日24时以前收到的意见都算")).to_be_visible()
            expect(page.get_by_role("link", name="凭回执编号查看")).to_have_attribute("href", asked.receipts)
            page.get_by_role("link", name="填写意见").click()
            page.wait_for_url(asked.form)
            page.get_by_label("您的意见").fill(f"延长的日子里，从{name}来")
            page.get_by_role("button", name="提交意见").click()
            expect(page.locator(".receipt code")).to_be_visible()
    with watched(browser) as page:
        page.goto(asked.form)
        page.get_by_label("您的意见").fill("晚了一秒")
        town.clock.set(at(46))
        page.get_by_role("button", name="提交意见").click()
        expect(page.locator("textarea.given")).to_have_value("晚了一秒")
        page.clock.set_fixed_time(town.clock.now())
        for address in pages.values():  # nothing was written since
            page.goto(address)
            expect(page.get_by_role("link", name="填写意见")).to_be_hidden()
    work(town)
    with without_scripts(browser) as page:
        for name in ("notice", "extension"):
            page.goto(pages[name])
            expect(page.get_by_text("征求意见已于2027年1月7日24时截止")).to_be_visible()
            expect(page.get_by_role("link", name="填写意见")).to_have_count(0)
        page.goto(pages["matter"])
        expect(page.locator(".matter-phase")).to_have_text("意见整理中")
        expect(page.get_by_role("link", name="填写意见")).to_have_count(0)


def matter_of(town: Town) -> str:
    """The address of the matter's page."""
    found = look(town.house, "rsj", NUMBER).address
    assert found is not None
    return found


def test_the_static_page_names_every_way_with_the_program_down(asked: Asked, browser: Browser) -> None:
    page_ = asked.town.page(asked.notice.address)[1]
    for words in (
        "怎样提意见",
        asked.form,
        asked.receipts,
        "jy@yunling.example",
        "云岭大道88号",
        "0800-8123458",
        "苏航",
    ):
        assert words in re.sub(r"</?(?:span|wbr)[^>]*>", "", page_), words
    with watched(browser) as page:
        page.clock.set_fixed_time(at(20))
        page.goto(asked.notice.address)
        expect(page.get_by_role("link", name="填写意见")).to_be_visible()
        expect(page.get_by_text("24时截止")).to_be_hidden()
        page.clock.set_fixed_time(at(31))
        page.goto(asked.notice.address)
        expect(page.get_by_role("link", name="填写意见")).to_be_hidden()
        expect(page.get_by_text("征求意见已于2026年12月23日24时截止")).to_be_visible()


def test_any_plain_server_serves_the_page_with_every_way_while_the_program_is_stopped(
    tmp_path: Path, browser: Browser
) -> None:
    with consulted(tmp_path) as town:
        notice = ask_public(town)
        town.settle(5)
    with pytest.raises(ConnectionRefusedError):
        get(notice.address)
    with plainly_served(tmp_path / "home" / "outlets" / "site" / "public") as origin, watched(browser) as page:
        missed: list[str] = []
        page.on("response", lambda one: missed.append(one.url) if one.status != HTTPStatus.OK else None)
        page.clock.set_fixed_time(at(20))
        page.goto(f"{origin}{urlsplit(notice.address).path}")
        expect(page.locator("main")).to_contain_text("征求意见开始2026年11月23日")
        expect(page.locator("main")).to_contain_text("征求意见截止2026年12月23日")
        ways = page.get_by_role("region", name="怎样提意见")
        for words in (
            "2026年12月23日24时以前收到的意见都算",
            "信函云岭高新区云岭大道88号政务中心3楼就业服务中心",
            "电子邮件jy@yunling.example",
            "来访",
            "0800-8123458",
            "苏航",
        ):
            expect(ways).to_contain_text(words)
        expect(page.get_by_role("link", name="填写意见")).to_have_attribute("href", re.compile("/comment/"))
        assert missed == [], "what the page is made of is there too"


@contextmanager
def plainly_served(folder: Path) -> Iterator[str]:
    """The files of ``folder`` by a server that knows nothing of us. Its address."""
    handler = partial(Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Silent(SimpleHTTPRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        pass
