"""The chat in a real browser at the width of a phone: what the robot's file holds, as WeCom renders it, harmless."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import html as tree
from playwright.sync_api import Page, expect

from channels.wecom.marks import UNSEEN
from notices.notice import Message
from sandbox.chat import html
from sandbox.wecom import PATH
from tests import factories
from tests.channels.contract import follow, messages
from tests.channels.wecom.robots import channel
from tests.parts.judges import axe, nu
from tests.sandbox.process import GROUP, Running, running

HOSTILE = "<script>window.hurt=1</script><img src=x onerror='window.hurt=1'><b>粗</b>&amp;"
FIRST = factories.version()
MESSAGES = {
    "release": factories.message(),
    "correction": follow(FIRST, "corrected"),
    "banner": follow(FIRST, "banner"),
    "gone": follow(FIRST, "gone"),
    "redirect": follow(FIRST, "redirect", "202611-abcdefgh"),
    "emergency": messages()["t09-hall-outage"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("robot")) as found:
        yield found


def say(server: Running, body: bytes) -> None:
    """Say it as the channel does."""
    answer = requests.post(f"{server.origin}{PATH}", params={"key": server.key}, data=body, timeout=10)
    assert answer.json()["errcode"] == 0, answer.text


def lines(text: str) -> list[str]:
    """What a reader sees of it: words, line by line, without what has no width."""
    return [" ".join(line.split()) for line in text.replace(UNSEEN, "").splitlines() if line.strip()]


def test_the_page_shows_what_was_approved_and_the_file_holds_it(server: Running, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.chat)
    expect(page.get_by_text("群里还没有消息")).to_be_visible()
    for said in MESSAGES.values():
        for format_ in ("markdown", "text"):
            rendition = channel(format=format_).render(said)
            say(server, rendition.main.body)
            approved = json.loads(rendition.main.body)
            assert server.lines()[-1]["content"] == approved[format_]["content"]
            bubble = page.locator("article .bubble").nth(len(server.lines()) - 1)
            expect(bubble).to_be_visible()
            assert lines(bubble.inner_text()) == lines(rendition.text)
            assert bubble.locator("a").count() == (0 if said is MESSAGES["gone"] else 1)
    expect(page.locator("article").last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than the phone"
    assert axe(page) == []


def test_it_renders_the_subset_and_nothing_else_of_what_comes(server: Running, browser_page: Page) -> None:
    page = browser_page
    for kind in ("text", "markdown", "markdown_v2"):
        hostile = f"# {HOSTILE}\n> **{HOSTILE}**\n[x](javascript:window.hurt=1)<@{HOSTILE}>`{HOSTILE}`"
        say(server, json.dumps({"msgtype": kind, kind: {"content": hostile}}).encode())
    page.goto(server.chat)
    expect(page.locator("article .bubble").last).to_contain_text(HOSTILE)
    assert page.evaluate("window.hurt") is None
    assert page.locator("article img, article script, article a[href^=javascript]").count() == 0
    assert axe(page) == []


def test_its_buttons_make_it_misbehave_and_the_group_sees_only_what_was_taken(
    server: Running, browser_page: Page
) -> None:
    page = browser_page
    page.goto(server.chat)
    before = page.locator("article").count()
    page.get_by_role("button", name="45009").click()
    expect(page.locator(".doing")).to_contain_text("45009")
    body = channel().render(MESSAGES["release"]).main.body
    answer = requests.post(f"{server.origin}{PATH}", params={"key": server.key}, data=body, timeout=10)
    assert answer.json()["errcode"] == 45009
    expect(page.locator(".doing")).to_contain_text("正常")
    assert page.locator("article").count() == before
    requests.post(f"{server.origin}{PATH}", params={"key": server.key}, data=b"{}", timeout=10)
    expect(page.locator(".refusals")).to_contain_text("40008")
    assert axe(page) == []


def test_the_pages_are_sound(server: Running, tmp_path: Path) -> None:
    body = {"msgtype": "text", "text": {"content": "各位", "mentioned_list": ["@all", "lixiao"]}}
    say(server, json.dumps(body).encode())
    files = []
    for name, url in (("index", server.origin), ("chat", server.chat)):
        answer = requests.get(url, timeout=10)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        files.append(tmp_path / f"{name}.html")
        files[-1].write_bytes(answer.content)
    assert "@所有人" in files[1].read_text("utf-8")
    assert f"/group/{GROUP}" in files[0].read_text("utf-8")
    assert nu(files) == []


def elements(content: str, kind: str = "markdown") -> list[tuple[str, str]]:
    """Every element of a bubble with its words, but for paragraphs."""
    root = tree.fragment_fromstring(str(html(content, kind)), create_parent="div")
    return [(str(one.tag), one.text_content()) for one in root.iter() if one.tag not in ("div", "p")]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("**粗**`码`", "markdown", [("strong", "粗"), ("code", "码")]),
        ("[链](https://a.example/b)", "markdown", [("a", "链")]),
        ("[链](ftp://a.example/b)", "markdown", []),
        ('<font color="info">绿</font>', "markdown", [("span", "绿")]),
        ('<font color="red">红</font>', "markdown", []),
        ("<@lixiao>", "markdown", [("span", "@lixiao")]),
        ("<@lixiao>", "text", [("span", "@lixiao")]),
        ("<@lixiao>", "markdown_v2", []),
        ("> 引\n> 用\n外", "markdown", [("blockquote", "引用")]),
        ("**不是** [x](https://a.example)", "text", [("a", "https://a.example)")]),
        ("见 https://a.example/b，谢谢", "text", [("a", "https://a.example/b")]),
        ("*斜*", "markdown_v2", [("em", "斜")]),
        ("*不斜*", "markdown", []),
        (
            f"<{UNSEEN}@all> *{UNSEEN}*{UNSEEN}x*{UNSEEN}*{UNSEEN} [x]{UNSEEN}(https:{UNSEEN}//a.example)",
            "markdown",
            [],
        ),
    ],
)
def test_each_mark(content: str, kind: str, expected: list[tuple[str, str]]) -> None:
    assert elements(content, kind) == expected


@pytest.mark.parametrize("said", [*MESSAGES.values()], ids=[*MESSAGES])
def test_of_what_the_channel_says_only_its_own_marks_are_elements(said: Message) -> None:
    body = json.loads(channel(mention=("lixiao",)).render(said).main.body)
    found = elements(body["markdown"]["content"])
    assert [words for tag, words in found if tag == "span"][-1] == "@lixiao"
    assert {tag for tag, _ in found} <= {"span", "strong", "blockquote", "a"}
