"""Every type of page in a real browser, under the strict policy, before judges nobody here wrote."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pypdf import PdfReader

from channels import shelf
from channels.files import PUBLIC, write
from channels.website.site import day
from notices.matter import Acts, Matter, Word
from notices.notice import Attachment, Message, MessageKind
from notices.occasions import Event, occasions
from producers.matter_version import version_of
from tests.channels.website.conftest import Outlet, Publish, outlet_in, served
from tests.factories import message, withdrawal
from tests.parts.browser import open_page
from tests.parts.judges import axe, nu

PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shown:
    """A site with something of everything, and its pages by type."""

    outlet: Outlet
    origin: str
    pages: dict[str, str]  # type → file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, publish_samples: Publish, unsynced: None) -> Iterator[Shown]:
    place = tmp_path_factory.mktemp("site")
    with served(place / PUBLIC) as origin:
        outlet = outlet_in(place, origin)
        for n in range(1, 62):
            numbers = {"index_number": f"旧编号/2026-{n}", "document_number": None}
            outlet.write(outlet.said(notice=f"202601-{n:08d}", title=f"关于第{n}件事的通告", kind="t02", **numbers))
        said = publish_samples(outlet, place / "samples")
        yield Shown(outlet, origin, _pages(said) | _histories(outlet))


def _pages(said: dict[str, Message]) -> dict[str, str]:
    fixed = {
        "home": "index.html",
        "list": "notice/index.html",
        "list page": "notice/2.html",
        "everything": "all/index.html",
        "tree": "disclosure/index.html",
        "statutory": "statutory/index.html",
        "catalogue": "catalogue/index.html",
        "year": "catalogue/2026/index.html",
        "look-up": "lookup/index.html",
        "guide": "disclosure-guide/index.html",
        "rules": "disclosure-rules/index.html",
        "request": "request/index.html",
        "missing": "404.html",
    }
    return fixed | {name: _file(one) for name, one in said.items()}


def _histories(outlet: Outlet) -> dict[str, str]:
    """Corrected, withdrawn, gone, redirected, ended, and one with attachments."""
    sheet = Attachment(name="一览表.csv", media_type="text/csv", size=7, sha256=outlet.blobs.add(b"a,b\n1,2"))
    wide = outlet.said(notice="202611-00000wid", title="七栏的一览表", index_number="旧编号/2026-宽", body=WIDE)
    outlet.write(wide)
    base = {"wide table": wide}
    for name in HISTORIES:
        own = {"notice": f"202611-{name:0>8}", "title": f"关于{name}的通知", "index_number": f"旧编号/2026-{name}"}
        ends = ENDED if name == "ended" else None
        base[name] = outlet.said(**own, document_number=None, ends_on=ends)
        outlet.write(base[name])
    changes = {"number": 2, "attachments": (sheet,), "public_note": "截止日写错，特此更正。"}
    body = base["corrected"].version.body.replace("10月30日", "12月31日")
    changed = base["corrected"].version.model_copy(update={**changes, "body": body})
    outlet.write(outlet.addressed(message(changed, previous=base["corrected"].version)))
    for name in ("withdrawn", "gone", "redirect"):
        leaves = "banner" if name == "withdrawn" else name
        how = withdrawal(leaves=leaves, redirect=base["corrected"].subject)
        outlet.write(outlet.addressed(message(base[name].version, sequence=2, withdrawal=how)))
    base["matter"] = _matter(outlet)
    return {name: _file(said) for name, said in base.items()}


def _matter(outlet: Outlet) -> Message:
    """A matter whose feedback is late, all else of every look."""
    at, words = datetime(2026, 11, 2, 1, tzinfo=UTC), []
    asks = {"email": "jy@yunling.example", "address": "云岭大道88号", "contact": "苏航", "ways": ["电子邮件"]}
    dates = {"open_from": "2026-11-02", "open_to": "2026-12-02", "feedback_by": "2026-12-20"}
    said = outlet.said(
        notice="202611-consults", kind="t06", title="公开征求意见", index_number="旧编号/2026-征", document_number=None,
        fields={"dossier": "JC-2026-01", "matter": "制定办法", **asks, **dates}, facts=(),
    )  # fmt: skip
    outlet.write(said)
    words.append(Word(said.id, said.subject, at, said.version))
    found = Matter("rsj", "JC-2026-01", "制定《云岭高新区就业困难人员认定办法》", words, Acts(started_at=at))
    late = next(one for one in occasions(found) if one.event is Event.FEEDBACK_OVERDUE)
    name, numbers = ("202611-000matter", "旧编号/2026-事"), {said.subject: said.version.index_number}
    of = said.office
    page = version_of(found, late, office=of, section="sb", now=late.at, page=name, number=1, numbers=numbers)
    told = outlet.addressed(message(page, kind=MessageKind.MATTER))
    outlet.write(told)
    return told


WIDE = """各单位：

| 受理编号 | 事项名称 | 申请人 | 受理日期 | 承诺办结日期 | 决定文号 | 联系电话 |
| --- | --- | --- | --- | --- | --- | --- |
| 2611160007 | 劳务派遣许可 | 云岭某人力公司 | 2026年11月19日 | 2026年12月1日 | 云高人社许〔2026〕12号 | 0800-8123461 |

金额见下。

| 项目 | 金额 |
| --- | ---: |
| 补贴 | 200元 |
"""
ENDED = date(2026, 11, 30)
HISTORIES = ("corrected", "withdrawn", "gone", "redirect", "ended")


def _file(said: Message) -> str:
    month, name = said.subject.split("-")
    return f"n/{month}/{name}.html"


@contextmanager
def opened(browser: Browser, site: Shown, name: str) -> Iterator[Page]:
    """The page of type ``name``. Fails at the end if anything complained or anybody else was asked."""
    with open_page(browser) as page:
        said: list[str] = []
        page.on("console", lambda entry: said.append(entry.text) if entry.type in ("error", "warning") else None)
        page.on("request", lambda asked: None if asked.url.startswith(site.origin) else said.append(asked.url))
        page.goto(f"{site.origin}/{site.pages[name]}")
        yield page
        assert said == [], f"{name}: {said}"


# -- judges -----------------------------------------------------------------------------------------


def test_the_nu_checker_finds_nothing_wrong_on_any_page(site: Shown) -> None:
    assert nu([site.outlet.public / file for file in site.pages.values()]) == []


def test_axe_finds_nothing_wrong_on_any_page(browser: Browser, site: Shown) -> None:
    found = {}
    with opened(browser, site, "home") as page:
        for name in site.pages.keys() - {"redirect"}:  # leaves before it can be looked at
            page.goto(f"{site.origin}/{site.pages[name]}")
            found[name] = axe(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_axe_finds_nothing_wrong_on_a_phone_and_in_huge_type(browser: Browser, site: Shown) -> None:
    for name in ("home", "corrected", "look-up", "year", "t03-recruitment"):
        with opened(browser, site, name) as page:
            page.set_viewport_size(PHONE)
            page.get_by_role("button", name="特大").click()
            assert axe(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_wider_than_the_screen(browser: Browser, site: Shown, width: int) -> None:
    with open_page(browser) as page:
        page.set_viewport_size({"width": width, "height": 800})
        for name in site.pages.keys() - {"redirect"}:
            page.goto(f"{site.origin}/{site.pages[name]}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_no_figure_of_a_table_parts_and_every_column_is_read_on_a_phone(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "wide table") as page:
        for width in (1280, PHONE["width"]):
            page.set_viewport_size({"width": width, "height": 844})
            for figure in ("2026年11月19日", "〔2026〕12号", "0800-8123461"):
                lines = page.locator(".nb", has_text=figure).first.evaluate("it => it.getClientRects().length")
                assert lines == 1, (width, figure)
        for name in ("受理编号", "联系电话"):
            cell = page.locator(f'td[data-label="{name}"]')
            box = cell.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE["width"], name
            assert cell.evaluate("it => getComputedStyle(it, '::before').content") == f'"{name}"'
        expect(page.get_by_role("region", name="表格1")).to_be_visible()
        expect(page.get_by_role("region", name="表格2")).to_be_visible()


def test_a_title_breaks_between_words(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "t09-hall-outage") as page:
        page.set_viewport_size(PHONE)
        lines = page.get_by_role("heading", level=1).evaluate(LINES)
        assert len(lines) > 1
        for word in ("社会", "保险", "大厅", "供电", "故障", "暂停", "窗口", "服务的", "通报", "（第1号）"):
            assert any(word in line for line in lines), (word, lines)


LINES = """it => {
    const range = document.createRange(), lines = new Map();
    const walker = document.createTreeWalker(it, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) for (let at = 0; at < walker.currentNode.length; at += 1) {
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        const top = Math.round(range.getBoundingClientRect().bottom);
        lines.set(top, (lines.get(top) || "") + range.toString());
    }
    return [...lines.values()];
}"""


# -- on paper -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t01-contribution-base", "t05-cases-completed", "corrected"])
def test_on_paper_nothing_parts_that_belongs_together(browser: Browser, site: Shown, tmp_path: Path, name: str) -> None:
    with opened(browser, site, name) as page:
        headings = page.locator("article h2:visible, article caption").all_inner_texts()
        number = page.locator(".particulars dd").first.inner_text()
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = [sheet.extract_text().splitlines() for sheet in PdfReader(tmp_path / "page.pdf").pages]
    assert any(number in line for line in sheets[0]), sheets[0]
    for at, sheet in enumerate(sheets, 1):
        lines = [line for line in map(_bare, sheet) if line and line != f"—{at}—"]
        assert len(lines) < len(sheet), "no page number"
        assert lines[-1] not in map(_bare, headings), f"page {at} ends in a heading"


def _bare(line: str) -> str:
    """As PDF gives it: compatibility forms of some characters, spaces where none were."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", line))


# -- what scripts add -----------------------------------------------------------------------------------


def test_the_text_size_is_kept_from_page_to_page(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "home") as page:
        page.get_by_role("button", name="大字").click()
        page.goto(f"{site.origin}/{site.pages['corrected']}")
        expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "19px"


def test_a_notice_that_has_ended_says_so(browser: Browser, site: Shown) -> None:
    with open_page(browser) as page:
        for now, gone in (
            (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), False),
            (datetime(2026, 11, 30, 16, tzinfo=UTC), True),
        ):
            page.clock.set_fixed_time(now)
            page.goto(f"{site.origin}/{site.pages['ended']}")
            expect(page.get_by_role("heading", name="本件已失效")).to_be_visible(visible=gone)
            expect(page.get_by_text("失效", exact=True)).to_be_visible(visible=gone)
            page.goto(f"{site.origin}/catalogue/2026/1.html")
            expect(page.locator("tr", has_text="关于ended").locator(".tag[data-ends]")).to_be_visible(visible=gone)


def test_a_list_whose_time_to_object_is_over_says_so(browser: Browser, site: Shown) -> None:
    with open_page(browser) as page:
        for now, over in (
            (datetime(2026, 12, 2, 15, 59, 59, tzinfo=UTC), False),
            (datetime(2026, 12, 2, 16, tzinfo=UTC), True),
        ):
            page.clock.set_fixed_time(now)
            page.goto(f"{site.origin}/{site.pages['t04-proposed-hires']}")
            expect(page.get_by_role("heading", name="公示期满")).to_be_visible(visible=over)
            for lists in ("publicity/", "catalogue/2026/1.html"):
                page.goto(f"{site.origin}/{lists}")
                expect(page.locator(".tag[data-ends]", has_text="公示期满")).to_be_visible(visible=over)
            page.goto(f"{site.origin}/lookup/?q=%E6%8B%9F%E8%81%98%E7%94%A8")
            expect(page.locator("#found .tag", has_text="公示期满")).to_be_visible(visible=over)


def test_an_emergency_is_on_the_home_page_only_until_it_expires(browser: Browser, site: Shown) -> None:
    with open_page(browser) as page:
        page.clock.set_fixed_time(site.outlet.clock.now())
        page.goto(f"{site.origin}/")
        expect(page.get_by_role("region", name="应急通报").first).to_be_visible()
        page.clock.set_fixed_time(site.outlet.clock.now() + timedelta(days=3))
        page.reload()
        expect(page.locator(".urgent")).to_be_hidden()


def test_an_emergency_s_page_and_lists_say_when_it_has_expired(browser: Browser, site: Shown) -> None:
    now = site.outlet.clock.now()
    with open_page(browser) as page:
        page.clock.install(time=now)
        page.goto(f"{site.origin}/{site.pages['t09-hall-outage']}")
        expect(page.get_by_role("region", name="应急通报")).to_contain_text("有效至2026年11月23日21:00")
        expect(page.get_by_text("有效（逾期即失效）")).to_be_visible()
        expect(page.get_by_role("heading", name="本件已过时效")).to_be_hidden()
        page.clock.fast_forward(timedelta(hours=13).seconds * 1000)  # left open
        expect(page.get_by_role("heading", name="本件已过时效")).to_be_visible()
        expect(page.get_by_role("region", name="应急通报")).to_be_hidden()
        expect(page.get_by_text("有效（逾期即失效）")).to_be_hidden()
        page.goto(f"{site.origin}/emergency/")
        expect(page.locator(".row .tag-urgent")).to_be_hidden()
        expect(page.locator(".row .tag", has_text="已过时效")).to_be_visible()
        page.goto(f"{site.origin}/lookup/?q=%E4%BE%9B%E7%94%B5")
        expect(page.locator("#found .tag", has_text="已过时效")).to_be_visible()
        expect(page.locator("#found .tag-urgent")).to_be_hidden()


def test_a_redirect_takes_the_reader_along(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "redirect") as page:
        page.wait_for_url(f"{site.origin}/{site.pages['corrected']}")


def test_the_skip_link_comes_first_and_leads_to_the_text(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "corrected") as page:
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="跳到正文")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_pages_work_without_scripts(browser: Browser, site: Shown) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/{site.pages['t01-contribution-base']}")
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    page.goto(f"{site.origin}/{site.pages['ended']}")
    until = f"有效至{day(ENDED)}"
    expect(page.get_by_role("region", name="有效期")).to_be_visible()
    expect(page.get_by_role("region", name="有效期").locator("p")).to_have_text(f"本件{until}，逾期即失效。")
    page.goto(f"{site.origin}/catalogue/2026/1.html")
    tag = page.locator("tr", has_text="关于ended").locator("noscript .tag")
    expect(tag).to_be_visible()
    expect(tag).to_have_text(until)
    page.goto(f"{site.origin}/{site.pages['t04-proposed-hires']}")
    expect(page.get_by_role("region", name="公示期").locator("p")).to_have_text("公示期至2026年12月2日。")
    page.goto(f"{site.origin}/publicity/")
    expect(page.locator("noscript .tag")).to_have_text("公示至2026年12月2日")
    page.goto(f"{site.origin}/lookup/")
    expect(page.get_by_role("link", name="按索引号目录查找")).to_be_visible()
    context.close()


# -- look-up ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("缴费基数", "社会保险缴费基数"),
        ("岗", "岗"),  # one character
        ("更正 招聘", "更正公告"),  # both words, in any order
        ("［2026］18", "社会保险缴费基数"),  # 〔〕, [] and ［］ are one
        ("【２０２６】18号", "社会保险缴费基数"),  # and so are 2 and ２
        ("mb1a2b3c4d/2026-00003", "招聘"),  # and a and A
        ("旧编号/2026-CORRECTED", "corrected"),
    ],
)
def test_looking_up(browser: Browser, site: Shown, query: str, word: str) -> None:
    with opened(browser, site, "look-up") as page:
        page.get_by_label("要找什么").fill(query)
        page.get_by_role("button", name="检索").last.click()
        expect(page.locator("#progress")).to_contain_text("已查全部")
        titles = page.locator("#found .row-title").all_inner_texts()
        numbers = page.locator("#found .row-numbers").all_inner_texts()
        assert titles
        if word in query or " " in query:
            assert all(part in title for title in titles for part in query.split())
        assert any(word in title for title in titles), titles
        assert len(titles) == len(numbers) < 61
        assert axe(page) == []


def test_looking_up_from_any_page(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "home") as page:
        page.get_by_label("检索公开件").fill("第7件")
        page.keyboard.press("Enter")
        expect(page.locator("#found .row-title")).to_have_text(["关于第7件事的通告"])
        expect(page.locator("#progress")).to_contain_text("找到 1 件")
        page.locator("#found .row-title").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("关于第7件事的通告")


def test_looking_up_nothing_and_what_is_not_there(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "look-up") as page:
        box = page.get_by_label("要找什么")
        box.fill("  ")
        box.press("Enter")
        expect(page.locator("#progress")).to_be_empty()
        box.fill("没有这样的事")
        box.press("Enter")
        expect(page.locator("#progress")).to_contain_text("找到 0 件。请换一个词试试")


def test_what_is_gone_is_not_found_and_what_is_withdrawn_is_marked(browser: Browser, site: Shown) -> None:
    with opened(browser, site, "look-up") as page:
        box = page.get_by_label("要找什么")
        box.fill("关于 的通知")
        box.press("Enter")
        expect(page.locator("#progress")).to_contain_text("已查全部")
        rows = page.locator("#found li").all_inner_texts()
        assert not [row for row in rows if "gone" in row or "redirect" in row]
        assert [row for row in rows if "withdrawn" in row and "已撤回" in row]


def test_looking_further_back(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / PUBLIC) as origin:
        outlet = outlet_in(tmp_path, origin)
        outlet.seed(5 * 500)
        outlet.write(outlet.said(notice="202611-newest01", title="最新的一件"))
        with shelf.opened(tmp_path) as shown:
            pages = outlet.pages(shown, outlet.said())
            for name, body in pages.standing():
                write(tmp_path, [(name, body)])
            for number in range(5):
                name, body = pages.block(number)
                (outlet.public / name).write_bytes(
                    body.replace("关于公布".encode(), "最早".encode()) if not number else body
                )
        with open_page(browser) as page:
            page.goto(f"{origin}/lookup/?q=%E6%9C%80%E6%97%A9")
            expect(page.locator("#progress")).to_contain_text("已查最近公开的 1501 件")
            page.get_by_role("button", name="继续查更早的").click()
            expect(page.locator("#progress")).to_contain_text("已查全部 2501 件，找到 500 件")
            expect(page.get_by_role("button", name="继续查更早的")).to_be_hidden()
