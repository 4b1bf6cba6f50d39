"""The phone in a real browser: what came and nothing else, live, harmless, with numbers masked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.sms.phone import linked
from tests.parts.judges import axe, nu
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import ALIYUN, SIGN, TEXT, register, send, send_tencent, tell, witness

NUMBER = "13900001234"
HOSTILE = "<img src=x onerror='window.hurt=1'>"
NEWS = """
[[sign]]
name = "云岭融媒"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    register(tmp_path)
    (tmp_path / "sms" / "aliyun.toml").write_text(ALIYUN + NEWS, "utf-8")
    with running(tmp_path) as found:
        yield found


def test_a_text_its_correction_and_its_withdrawal_come_as_bubbles(server: Running, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{server.origin}/phones")
    expect(page.get_by_text("还没有手机收到短信")).to_be_visible()
    send(server, NUMBER)
    page.get_by_role("link", name="139****1234").click()
    bubbles = page.locator("li.theirs p")
    expect(bubbles).to_have_text([TEXT])
    correction = "更正：差额补缴延至11月15日"
    send(server, NUMBER, {"what": correction}, template="SMS_000002")
    expect(bubbles).to_have_text([TEXT, f"【{SIGN}】{correction}，详询12333。"])
    send_tencent(server, [NUMBER], ["撤回该通知"], TemplateId="1002")
    expect(bubbles).to_have_text([line["text"] for vendor in ("aliyun", "tencent") for line in witness(server, vendor)])
    expect(page.locator("li.theirs a").last).to_have_attribute("href", "tel:12333")
    expect(page.locator("li.day")).to_have_text("今天")
    assert axe(page) == []


def test_the_holder_answers_and_another_signature_has_its_own_thread(server: Running, browser_page: Page) -> None:
    page = browser_page
    send(server, NUMBER)
    send(server, NUMBER, {"what": "今日要闻"}, template="SMS_000002", sign="云岭融媒")
    page.goto(f"{server.origin}/phones")
    page.get_by_role("link", name="139****1234").click()
    expect(page.get_by_role("heading")).to_contain_text("云岭融媒")
    page.get_by_role("link", name=SIGN).click()
    expect(page.locator("li.theirs p")).to_have_text([TEXT])
    page.get_by_role("button", name="回复 R").click()
    expect(page.locator("li.mine p")).to_have_text("R")
    assert [line["sign"] for line in witness(server, "aliyun", "reply")] == [SIGN]
    assert axe(page) == []


def test_what_did_not_arrive_is_not_on_the_phone(server: Running) -> None:
    send(server, NUMBER)
    tell(server, "aliyun", "receipts", outcomes={NUMBER: "MOBILE_NOT_ON_SERVICE"})
    send(server, "13900005678")
    tell(server, "aliyun", "receipts")
    page = requests.get(f"{server.origin}/phones", timeout=10).text
    assert "139****1234" not in page
    assert "139****5678" in page


def test_hostile_texts_do_nothing_and_no_page_has_a_whole_number(
    server: Running, browser_page: Page, tmp_path: Path
) -> None:
    send(server, NUMBER, {"what": HOSTILE}, template="SMS_000002")
    page = browser_page
    page.goto(f"{server.origin}/phones")
    files: list[Path] = []
    page.get_by_role("link", name="139****1234").click()
    expect(page.locator("li.theirs p")).to_have_text(f"【{SIGN}】{HOSTILE}，详询12333。")
    assert page.evaluate("window.hurt") is None
    for url in (f"{server.origin}/phones", page.url, server.origin):
        answer = requests.get(url, timeout=10)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert NUMBER not in answer.text
        files.append(tmp_path / f"{len(files)}.html")
        files[-1].write_bytes(answer.content)
    assert nu(files) == []
    assert requests.get(f"{server.origin}/phones/{'0' * 16}", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("详询12333。", ["12333"]),
        ("电话0871-63123456或400-123-1234", ["087163123456", "4001231234"]),
        ("上限22350元、2026年10月30日、编号12345678", []),
        ("补贴12345元", []),
    ],
)
def test_telephones_can_be_tapped(text: str, numbers: list[str]) -> None:
    html = linked(text)
    assert [part.split('"')[0] for part in html.split("tel:")[1:]] == numbers
    assert html.striptags() == text
