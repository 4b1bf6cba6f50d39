"""The pages of the account: what it holds, as a reader sees it, and nothing that acts."""

from pathlib import Path

import requests
from lxml import html
from playwright.sync_api import Page, expect

from tests.parts.judges import axe, nu
from tests.sandbox.wechat.platform import PNG, Platform


def page(there: Platform, path: str) -> tuple[requests.Response, str]:
    """A page and its words."""
    answer = requests.get(f"{there.host}/{path}", timeout=10)
    body = html.document_fromstring(answer.text).find(".//body")
    assert body is not None
    return answer, " ".join(map(str, body.itertext()))


def test_the_list_shows_each_article_and_how_it_stands(there: Platform) -> None:
    there.publish(title="甲 <b>")
    second = there.publish(title="乙")
    there.happen("article_deleted", article=second)
    there.happen("publications_end", ending={"seconds": 60})
    there.call("freepublish/submit", {"media_id": there.draft(title="丙")["media_id"]})
    answer, read = page(there, "")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "甲 <b>" in read
    assert read.count("已发布，未群发") == read.count("已删除") == read.count("发布中") == 1


def test_an_article_reads_as_it_is_held_and_goes_when_it_is_deleted(there: Platform) -> None:
    inside = there.call("media/uploadimg", PNG)["url"]
    article = there.publish(title="甲", content=f'<p style="color:#111">正文</p><img src="{inside}">')
    job = there.did("submit")[0]["publish_id"]
    answer, read = page(there, f"article/{job}")
    assert "正文" in read
    assert "script-src" not in answer.headers["content-security-policy"], "nothing in an article acts"
    (image,) = html.document_fromstring(answer.text).iter("img")
    picture = requests.get(f"{there.host}/article/{image.get('src')}", timeout=10)
    assert picture.content == PNG
    there.happen("article_deleted", article=article)
    _, read = page(there, f"article/{job}")
    assert "该内容已被发布者删除" in read
    assert "正文" not in read


def test_whoever_looks_sees_articles_come_and_go(there: Platform, browser_page: Page) -> None:
    browser_page.goto(f"{there.host}/")
    expect(browser_page.locator("main")).to_contain_text("还没有文章")
    article = there.publish(title="缴费基数公布")
    there.call("freepublish/submit", {"media_id": there.draft(title="更正：缴费基数公布")["media_id"]})
    row = browser_page.locator("a.row")
    expect(row.first).to_contain_text("发布中")
    expect(browser_page.locator(".state")).to_contain_text("1 篇文章")
    there.happen("article_deleted", article=article)
    expect(row.nth(1)).to_contain_text("已删除")
    row.nth(1).click()
    expect(browser_page.locator("main")).to_contain_text("该内容已被发布者删除")
    assert axe(browser_page) == []


def test_phones_lead_to_the_account_and_back(there: Platform, browser_page: Page) -> None:
    browser_page.goto(f"{there.host}/")
    browser_page.get_by_role("link", name="手机短信").click()
    expect(browser_page.locator("h1")).to_contain_text("手机")
    assert axe(browser_page) == []
    browser_page.get_by_role("link", name="云岭人社").click()
    expect(browser_page.locator("h1")).to_have_text("云岭人社")
    assert axe(browser_page) == []


def test_nothing_else_of_the_machine_is_shown(there: Platform) -> None:
    for path in ("pictures/..%2Fjournal.jsonl", "pictures/nowhere.png", "article/nowhere", "journal.jsonl"):
        assert requests.get(f"{there.host}/{path}", timeout=10).status_code == 404


def test_the_pages_are_sound(there: Platform, tmp_path: Path, browser_page: Page) -> None:
    there.publish(title="甲 <b>", content="<h2>一</h2><p>正文</p>")
    there.happen("article_deleted", article=there.publish(title="乙"))
    shown, gone = (one["publish_id"] for one in there.did("submit"))
    files = []
    for number, path in enumerate(("", f"article/{shown}", f"article/{gone}")):
        files.append(tmp_path / f"{number}.html")
        files[-1].write_bytes(requests.get(f"{there.host}/{path}", timeout=10).content)
        browser_page.goto(f"{there.host}/{path}")
        assert axe(browser_page) == [], path
    assert nu(files) == []
