"""Each kind's article in a real browser as narrow as a phone, on the page where the account shows what it holds."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from channels.base import Delivered
from config.kinds import kinds
from notices.notice import Message, Scope
from notices.text import Heading, Paragraph, blocks
from tests.channels.contract import messages
from tests.channels.wechat.account import deliver, endpoint, work
from tests.parts.browser import open_page
from tests.parts.judges import axe
from tests.sandbox.wechat.platform import Platform

PHONE: ViewportSize = {"width": 375, "height": 812}
FEW = 4  # columns of a table that has room on a phone; a wider one moves within itself
SMALLEST = 13  # px: what is read
BEGINS = 30  # characters by which the beginning of the text is known from its summary
FINGER = 120  # px: a code that another telephone reads
MOVED = "scrollable-region-focusable"  # a wide table is moved by a finger, and the editor keeps no ``tabindex``
WHERE = """([root, text]) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
  for (let node; (node = walker.nextNode()); ) {
    for (let at = node.data.indexOf(text); at >= 0; at = node.data.indexOf(text, at + 1)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + text.length);
      const box = range.getBoundingClientRect();
      found.push({ top: box.top + scrollY, lines: range.getClientRects().length,
                   size: parseFloat(getComputedStyle(node.parentElement).fontSize) });
    }
  }
  return found;
}"""
BEYOND = """root => [...root.querySelectorAll('*')].filter(one => one.scrollWidth > one.clientWidth + 1
  && getComputedStyle(one).overflowX !== 'visible').map(one => one.querySelectorAll('tr:first-child > *').length)"""
SIZES = """root => [...root.querySelectorAll('*')].filter(one => [...one.childNodes].some(
  node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .map(one => parseFloat(getComputedStyle(one).fontSize))"""

LABELS = [label for label, said in messages().items() if said.version.scope is Scope.PUBLIC and " " not in label]
LABELS += ["t01-contribution-base corrected"]
pytestmark = pytest.mark.parametrize("label", LABELS, scope="module")


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    with open_page(browser) as page:
        page.set_viewport_size(PHONE)
        yield page


@pytest.fixture
def said(label: str) -> Message:
    return messages()[label]


@pytest.fixture(scope="module")
def read(label: str, there: Platform, phone: Page, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The article of a message, opened."""
    said = messages()[label]
    with endpoint(there, tmp_path_factory.mktemp("here")) as channel:
        end, _ = deliver(channel, there, work(channel, said))
    assert isinstance(end, Delivered)
    phone.goto(f"{there.host}/")
    phone.locator("a.row").first.click()
    phone.wait_for_load_state()
    return phone


def bare(text: str) -> str:
    """Without what parts lines and cells."""
    return "".join(text.split())


def where(read: Page, text: str) -> list[dict[str, Any]]:
    """Each place of the content that has ``text`` in one piece."""
    found: list[dict[str, Any]] = read.evaluate(WHERE, [read.locator(".content").element_handle(), text])
    return found


def test_nothing_is_wider_than_the_phone_but_a_table_of_many_columns(read: Page) -> None:
    assert read.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert all(columns > FEW for columns in read.locator(".content").evaluate(BEYOND))


def test_summary_and_key_facts_stand_before_the_text_each_behind_its_name(read: Page, said: Message) -> None:
    version = said.version
    words = bare(read.locator(".content").inner_text())
    facts = [fact for name in kinds()[version.kind].highlights if (fact := version.fact(name))]
    shown = [words.index(bare(f"{fact.label}{fact.forms[0]}")) for fact in facts]
    first = next(one for one in blocks(version.body) if isinstance(one, Heading | Paragraph))
    begins = words.index(bare("".join(run.text for run in first.runs))[:BEGINS])
    assert max([words.index(bare(version.summary)), *shown]) < begins


def test_a_finger_finds_each_telephone_in_one_piece(read: Page, said: Message) -> None:
    """The editor keeps no link to a telephone: what a phone makes one of are plain digits that nothing parts."""
    assert read.locator(".content a").count() == 0
    words = bare(read.locator(".content").inner_text())
    for name, number in (("咨询电话", said.version.phone), ("监督电话", said.version.supervision_phone)):
        assert f"{name}{number}" in words
        found = where(read, number)
        assert len(found) == words.count(number), "and no part of it stands in an element of its own"
        assert {place["lines"] for place in found} == {1}
        assert found[-1]["size"] >= SMALLEST + 2


def test_the_way_to_the_notice_is_a_link_and_a_code_that_is_read_off_the_screen(read: Page, said: Message) -> None:
    leads = read.get_by_role("link", name="阅读原文").get_attribute("href")
    assert leads == f"{said.address}?wx={said.sequence}"
    code = read.locator(".content img").last
    shown = Image.open(BytesIO(code.screenshot()))
    assert min(shown.size) >= FINGER
    (found,) = zxingcpp.read_barcodes(shown)
    assert found.text == said.address


def test_its_cover_fills_the_width_and_the_words_are_large_and_dark_enough(read: Page) -> None:
    cover, content = read.locator(".content img").first.bounding_box(), read.locator(".content").bounding_box()
    assert cover is not None
    assert content is not None
    assert cover["width"] == content["width"]
    assert cover["width"] / cover["height"] == pytest.approx(900 / 383, rel=0.01)
    assert min(read.locator(".content").evaluate(SIZES)) >= SMALLEST
    assert [one for one in axe(read) if not one.startswith(MOVED)] == []
