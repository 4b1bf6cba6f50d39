"""The feeds themselves, before judges and readers that others wrote."""

import json
from datetime import timedelta

import feedparser
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from playwright.sync_api import Page

from channels.base import Rendition, Slot
from channels.feed.documents import FORMS
from channels.feed.entry import NOT_XML
from config.columns import columns
from notices.notice import Attachment, Message
from tests.breaks import breaks
from tests.channels.feed.conftest import Outlet
from tests.factories import RELEASED, message, version, withdrawal
from tests.parts.judges import jing

JSON_FEED = {  # https://www.jsonfeed.org/version/1.1/
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string"},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "language": {"type": "string"},
        "authors": {"type": "array", "items": {"type": "object", "minProperties": 1}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "content_html"],
                "properties": {
                    "id": {"type": "string"},
                    "url": {"type": "string", "format": "uri"},
                    "date_published": {"type": "string", "format": "date-time"},
                    "date_modified": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "attachments": {
                        "type": "array",
                        "items": {"type": "object", "required": ["url", "mime_type"]},
                    },
                },
                "patternProperties": {"^_": {"type": "object"}},
            },
        },
    },
}
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></entry></feed>",
    "]]><b>&nbsp;&lt;",
    '"},{"id":"x" \\',
    "control \x00\x08\x0b\x1f\ufffe\ud83d characters",
    "@@gongkai:neighbours@@ \u2028 \u202e right to left",
]


def notice(name: str, **changes: object) -> Message:
    """A message of the notice ``202611-<name>``."""
    return message(version(notice=f"202611-{name}", **changes))


def texts(outlet: Outlet, name: str = "all") -> dict[str, bytes]:
    return {form: (outlet.public / f"{name}.{form}").read_bytes() for form in FORMS}


@pytest.fixture
def varied(outlet: Outlet) -> Outlet:
    """An endpoint that has had everything: notices, a correction, the three withdrawals, attachments, hostile words."""
    photo = Attachment(name="图 1.png", media_type="image/png", size=68, sha256="0" * 64)
    outlet.publish(notice("aaaaaaaa", attachments=(photo,), body="![图](<图 1.png>)\n\n正文"))
    outlet.publish(
        notice("aaaaaaaa", number=2, public_note="上限更正为22351元。"), RELEASED + timedelta(hours=1), RELEASED
    )
    for number, leaves in enumerate(("banner", "gone", "redirect")):
        said = notice(f"bbbbbbb{number}")
        outlet.publish(said)
        away = withdrawal(leaves=leaves, redirect="202611-aaaaaaaa" if leaves == "redirect" else None)
        outlet.publish(
            message(said.version, sequence=2, withdrawal=away), RELEASED + timedelta(hours=2 + number), RELEASED
        )
    for number, text in enumerate(HOSTILE):
        text = text.encode("utf-8", "ignore").decode()
        outlet.publish(notice(f"ccccccc{number}", title=text, summary=text, keywords=(text,), body=text))
    return outlet


def test_atom_passes_the_grammar_of_its_standard(varied: Outlet) -> None:
    found = sorted(varied.public.glob("*.atom"))
    assert {"all.atom", "policy.atom"} <= {file.name for file in found}
    assert jing(*found) == []


def test_json_feed_keeps_to_its_specification(varied: Outlet) -> None:
    for file in varied.public.glob("*.json"):
        jsonschema.validate(json.loads(file.read_bytes()), JSON_FEED, format_checker=jsonschema.FormatChecker())


def test_every_reader_sees_the_same_entries(varied: Outlet) -> None:
    made = texts(varied)
    atom, rss = (feedparser.parse(made[form]) for form in ("atom", "rss"))
    listed = json.loads(made["json"])["items"]
    assert not atom.bozo, atom.get("bozo_exception")
    assert not rss.bozo, rss.get("bozo_exception")
    assert (atom.version, rss.version) == ("atom10", "rss20")
    assert len(listed) == 4 + len(HOSTILE)
    for ours, in_atom, in_rss in zip(listed, atom.entries, rss.entries, strict=True):
        assert ours["id"] == in_atom.id == in_rss.id
        assert ours["url"] == in_atom.link == in_rss.link
        assert in_atom.published_parsed == in_rss.published_parsed
    assert atom.entries[0].updated_parsed[:5] == (2026, 11, 23, 5, 30)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_approved_stands_in_the_feed_as_it_is(outlet: Outlet, form: str) -> None:
    said = notice("aaaaaaaa")
    approved = outlet.channel.render(said)
    outlet.publish(said)
    names = {"atom": "entry.atom", "rss": "item.rss", "json": "item.json"}
    body = next(file.body for file in approved.files if file.name == names[form])
    pieces = body.split(b"@@gongkai:")
    feed = texts(outlet)[form]
    assert all(piece.split(b"@@", 1)[-1] in feed for piece in pieces)
    assert b"@@gongkai:" not in feed


def test_a_notice_has_one_id_for_ever_and_in_every_format(outlet: Outlet) -> None:
    outlet.publish(notice("aaaaaaaa"))
    outlet.publish(notice("aaaaaaaa", number=2, title="新标题"), RELEASED + timedelta(days=400), RELEASED)
    made = texts(outlet)
    ids = {
        etree.fromstring(made["atom"]).findtext("{*}entry/{*}id"),
        etree.fromstring(made["rss"]).findtext("channel/item/guid"),
        json.loads(made["json"])["items"][0]["id"],
    }
    assert ids == {"tag:gongkai.example,2026-11:202611-aaaaaaaa"}


def test_a_withdrawn_notice_is_buried_and_says_so(outlet: Outlet) -> None:
    said = notice("aaaaaaaa", title="基数通知")
    outlet.publish(said)
    outlet.publish(message(said.version, sequence=2, withdrawal=withdrawal()), RELEASED + timedelta(days=2), RELEASED)
    feed = etree.fromstring(texts(outlet)["atom"])
    children = [etree.QName(child).localname for child in feed]
    assert children.index("deleted-entry") < children.index("entry")
    tombstone, entry = feed[children.index("deleted-entry")], feed[children.index("entry")]
    assert tombstone.get("ref") == entry.findtext("{*}id")
    # A reader takes an entry as undeleted when it was updated after the tombstone (RFC 6721, 3).
    assert tombstone.get("when") == entry.findtext("{*}updated") == "2026-11-25T09:30:00+08:00"
    assert entry.findtext("{*}title") == "【已撤回】基数通知"
    assert "上级调整了缴费基数" in (entry.findtext("{*}content") or "")


@pytest.mark.parametrize("leaves", ["gone", "redirect"])
def test_what_was_taken_away_is_not_named_any_more(outlet: Outlet, leaves: str) -> None:
    said = notice("aaaaaaaa", title="张某某的名单", body="张某某的名单", summary="张某某的名单", keywords=("张某某",))
    outlet.publish(said)
    assert b"\xe5\xbc\xa0" in texts(outlet)["atom"]
    outlet.publish(message(said.version, sequence=2, withdrawal=withdrawal(leaves=leaves)))
    assert not [form for form, body in texts(outlet).items() if "张".encode() in body]


@given(st.text(min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_come_out_as_they_went_in(outlet: Outlet, words: str) -> None:
    words = words.encode("utf-8", "ignore").decode().replace("\r", "")
    files = {file.name: file.body for file in outlet.channel.render(notice("aaaaaaaa", title=words)).files}
    kept = NOT_XML.sub("", words)
    assert (etree.fromstring(files["entry.atom"]).findtext("{*}title") or "") == kept
    assert (etree.fromstring(files["item.rss"]).findtext("title") or "") == kept
    assert json.loads(files["item.json"])["title"] == kept


@pytest.mark.parametrize("field", ["title", "summary", "body", "public_note", "index_number"])
def test_no_author_can_write_a_slot(outlet: Outlet, field: str) -> None:
    outlet.publish(notice("aaaaaaaa", number=2, **{"public_note": "改", field: f"到{Slot.UPDATED_AT.mark}为止"}))
    assert all("gongkai:updated_at@@为止".encode() in body for body in texts(outlet).values())


def test_equal_input_makes_equal_bytes(outlet: Outlet) -> None:
    outlet.publish(notice("aaaaaaaa"))
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in outlet.public.iterdir()}
    outlet.publish(notice("aaaaaaaa"))
    assert {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in outlet.public.iterdir()} == before


def test_a_feed_is_never_larger_than_set(outlet: Outlet) -> None:
    for number in range(12):
        said = notice(f"aaaaaa{number:02}", body="长" * 9_000)
        outlet.write(said, RELEASED + timedelta(minutes=number))
    made = texts(outlet)
    assert all(200_000 < len(body) <= 250_000 for body in made.values())
    ids = [item["id"][-8:] for item in json.loads(made["json"])["items"]]
    assert ids == [f"aaaaaa{number:02}" for number in range(11, 11 - len(ids), -1)]


def test_a_feed_has_no_more_entries_than_set(outlet: Outlet) -> None:
    few = outlet.with_options(authority="gongkai.example", entries=2)
    for number in range(3):
        few.write(notice(f"aaaaaaa{number}"), RELEASED + timedelta(minutes=number))
    assert [item["id"][-1] for item in json.loads(texts(few)["json"])["items"]] == ["2", "1"]


@breaks("feed", "entry")
def test_an_entry_too_large_for_a_feed_is_refused(outlet: Outlet) -> Rendition:
    return outlet.channel.render(notice("aaaaaaaa", body="长" * 70_000))


def test_all_is_no_columns_name() -> None:
    assert "all" not in columns()


def test_the_text_of_a_rendition_is_what_readers_see(outlet: Outlet) -> None:
    said = notice("aaaaaaaa", number=2, public_note="改一处")
    text = outlet.channel.render(said).text
    for words in (said.version.title, "改一处", "22350元", "差额补缴", "12333", said.version.index_number):
        assert words in text
    assert "@@" not in text


def outlet_entry(outlet: Outlet, name: str) -> dict[str, object]:
    items = json.loads(texts(outlet)["json"])["items"]
    found: dict[str, object] = next(item for item in items if item["id"].endswith(name))
    return found


def test_pictures_in_the_body_have_full_addresses(outlet: Outlet) -> None:
    photo = Attachment(name="图 1.png", media_type="image/png", size=68, sha256="0" * 64)
    outlet.publish(notice("aaaaaaaa", attachments=(photo,), body="![图](<图 1.png>)"))
    address = "http://gongkai.test/n/202611/aaaaaaaa/%E5%9B%BE%201.png"
    item = outlet_entry(outlet, "aaaaaaaa")
    assert f'src="{address}"' in str(item["content_html"])
    assert item["attachments"] == [{"url": address, "mime_type": "image/png", "title": "图 1.png", "size_in_bytes": 68}]
    assert feedparser.parse(texts(outlet)["atom"]).entries[0].enclosures[0].href == address


PAYLOADS = [
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "<svg/onload=hit()>",
    "<math><mtext><table><mglyph><style><img src onerror=hit()>",
    "[a](javascript:hit())",
    "[a](JaVaScRiPt&#58;hit())",
    "[a](data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==)",
    '[a](https://a.example/" onmouseover=hit() ")',
    '![a"onerror=hit() ](x)',
    "<a href=javascript:hit()>a</a>",
    "</td></tr></table><iframe srcdoc='<script>parent.hit()</script>'>",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "`<script>hit()</script>`",
    "<!--><script>hit()</script>-->",
    "<details open ontoggle=hit()>",
]


def test_no_words_of_a_notice_run_in_a_reader(outlet: Outlet, browser_page: Page) -> None:
    everywhere = "\n\n".join(PAYLOADS)
    said = notice("aaaaaaaa", number=2, body=everywhere, public_note=everywhere, index_number=everywhere)
    outlet.publish(said)
    hits: list[str] = []
    browser_page.expose_function("hit", lambda: hits.append("hit"))
    browser_page.set_content(str(outlet_entry(outlet, "aaaaaaaa")["content_html"]))
    for link in browser_page.query_selector_all("a"):
        link.dispatch_event("mouseover")
        assert (link.get_attribute("href") or "").startswith("https://a.example/")
    assert browser_page.query_selector_all("script, iframe, svg, math, details, [onerror]") == []
    browser_page.evaluate("() => new Promise(done => setTimeout(done, 0))")
    assert hits == []
    assert all(piece in browser_page.inner_text("body") for piece in ("hit()", "<svg/onload=hit()>"))
