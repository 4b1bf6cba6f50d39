"""The inbox in a real browser: live, marked, harmless whatever came, sound HTML."""

import json
import shlex
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.parts.judges import axe, nu
from tests.sandbox.process import Running, running

HOSTILE = "<script>window.hurt=1</script><img src=x onerror='window.hurt=1'>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("partner")) as found:
        yield found


def post(server: Running, number: int, what: str, **data: Any) -> None:
    """A genuine event."""
    content = {
        "specversion": "1.0",
        "type": f"gongkai.notice.{what}",
        "id": f"{number}",
        "source": "/",
        "subject": data.pop("subject", "n"),
        "data": {"delivery": {"sequence": number, "supersedes": []}, "sequence": number, **data},
    }
    body = json.dumps(content, ensure_ascii=False)
    headers = server.signed(f"id{number}", body, datetime.now(UTC))
    requests.post(server.url, data=body.encode(), headers=headers, timeout=10).raise_for_status()


def test_its_buttons_and_its_line_for_a_terminal_make_it_misbehave(server: Running, browser_page: Page) -> None:
    page = browser_page
    page.goto(server.url)
    conduct = page.locator("dd.doing")
    page.get_by_role("button", name="三次答 500").click()
    expect(conduct).to_contain_text("一律答 500")
    page.get_by_role("button", name="恢复正常").click()
    expect(conduct).to_contain_text("正常")
    line = shlex.split(page.locator("aside pre").inner_text())
    assert line[:4] == ["curl", "-H", "Content-Type: application/json", "-d"]
    requests.post(line[5], data=line[4], headers={"Content-Type": "application/json"}, timeout=10).raise_for_status()
    expect(conduct).to_contain_text("一律答 500")
    server.misbehave(how="well")
    assert axe(page) == []


def test_the_page_follows_what_comes(server: Running, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.goto(server.url)
    expect(page.get_by_text("还没有收到推送")).to_be_visible()
    post(server, 1, "released", title="第一条", summary="摘要", address="https://www.example.gov.cn/n/1.html")
    expect(page.get_by_role("link", name="第一条")).to_have_attribute("href", "https://www.example.gov.cn/n/1.html")
    post(server, 2, "corrected", title="第一条", public_note="改了日期", summary="")
    expect(page.get_by_text("更正说明：改了日期")).to_be_visible()
    expect(page.get_by_text("已由第 2 号取代")).to_be_visible()
    post(server, 4, "withdrawn", title="第一条", withdrawal={"reason": "停止执行"})
    expect(page.get_by_text("撤回原因：停止执行")).to_be_visible()
    assert page.locator("article").first.get_attribute("class") == "withdrawn"
    expect(page.locator("dd.ill")).to_have_text("3")  # the gap
    post(server, 5, "released", subject="m", title=HOSTILE, summary=HOSTILE, address="javascript:window.hurt=1")
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert page.locator("article a").count() == 1
    server.misbehave(how="slow", seconds=0, times=3)
    expect(page.locator("dd.doing")).to_contain_text("还有 3 次")
    assert page.evaluate("window.hurt") is None
    assert axe(page) == []
    page.goto(server.origin)
    expect(page.get_by_role("link", name="云岭日报")).to_be_visible()
    assert axe(page) == []


def test_the_pages_are_sound(server: Running, tmp_path: Path) -> None:
    post(server, 6, "released", title="页面", summary="摘要", urgency="emergency")
    requests.post(server.url, data=b"{}", timeout=10)
    files = []
    for name, url in (("index", server.origin), ("inbox", server.url)):
        answer = requests.get(url, timeout=10)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        files.append(tmp_path / f"{name}.html")
        files[-1].write_bytes(answer.content)
    assert nu(files) == []


@pytest.mark.parametrize("data", [None, [], {"delivery": 5, "sequence": "x"}, {"withdrawal": "x", "office": "y"}])
def test_odd_events_are_shown_somehow(server: Running, data: object) -> None:
    content = {"specversion": "1.0", "type": "x", "id": "1", "source": "/", "data": data}
    body = json.dumps(content)
    headers = server.signed(f"odd{data}", body, datetime.now(UTC))
    assert requests.post(server.url, data=body, headers=headers, timeout=10).status_code == 204
    assert requests.get(server.url, timeout=10).status_code == 200


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_told_to_it_ends_at_once_although_somebody_is_looking(tmp_path: Path, told: signal.Signals) -> None:
    with running(tmp_path) as server, requests.get(f"{server.url}/changes", stream=True, timeout=10) as changes:
        assert next(changes.iter_lines()) == b"retry: 1000"
        server.process.send_signal(told)
        assert server.process.wait(timeout=10) == (0 if told is signal.SIGINT else -told)
