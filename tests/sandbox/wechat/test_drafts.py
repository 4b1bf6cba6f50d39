"""Drafts and pictures: the limits of the documents, and what the editor leaves of an article."""

from typing import Any

import pytest
import requests

from tests.sandbox.wechat.platform import PNG, Platform


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": "题" * 33}, 45003),
        ({"title": ""}, 40227),
        ({"author": "者" * 17}, 45110),
        ({"digest": "摘" * 129}, 45004),
        ({"content": ""}, 44004),
        ({"content": "文" * 20_000}, 45002),
        ({"content_source_url": f"https://www.example.gov.cn/{'x' * 1000}"}, 45005),
        ({"thumb_media_id": "nowhere"}, 40007),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_over_a_limit_is_refused(there: Platform, changes: dict[str, Any], code: int) -> None:
    assert there.draft(**changes)["errcode"] == code
    assert there.did("draft") == []


def test_what_fills_the_limits_is_taken(there: Platform) -> None:
    full = {"title": "题" * 32, "author": "者" * 16, "digest": "摘" * 128, "content": "文" * 19_999}
    full["content_source_url"] = f"https://www.example.gov.cn/{'x' * 997}"  # a kilobyte
    assert "media_id" in there.draft(**full)


def test_what_is_no_such_json_is_said_so_and_kept_nowhere(there: Platform) -> None:
    params = {"access_token": there.token()["access_token"]}
    said = dict.fromkeys((b"", b"{", b"[]", b'"x"', b"\xff"), 47001)
    said |= dict.fromkeys((b"{}", b'{"articles": "x"}', b'{"articles": []}', b'{"articles": [1]}'), 44003)
    said |= {b'{"articles": [{}, {}]}': 40035}
    for body, code in said.items():
        answer = requests.post(f"{there.host}/cgi-bin/draft/add", params=params, data=body, timeout=10)
        assert (answer.status_code, answer.json()["errcode"]) == (200, code), body
    assert there.did("draft") == []


def test_the_editor_keeps_words_and_looks_and_nothing_that_acts(there: Platform) -> None:
    inside = there.call("media/uploadimg", PNG)["url"]
    there.draft(
        content='<section class="a" id="b" style="color:#111;position:fixed;background:url(x)" onclick="x()">甲'
        f'<script>alert(1)</script><img src="{inside}"><img src="https://elsewhere.example/a.png">'
        '<a href="https://www.example.gov.cn/">乙</a><a href="https://mp.weixin.qq.com/s/x">丙</a></section>'
    )
    assert there.did("draft")[0]["article"]["content"] == (
        f'<section style="color:#111">甲<img src="{inside}">乙<a href="https://mp.weixin.qq.com/s/x">丙</a></section>'
    )


def test_a_link_that_leads_anywhere_but_to_an_article_becomes_its_words(there: Platform) -> None:
    for leads in ("tel:12333", "mailto:a@yunling.example", "weixin://dl/business", "#a", "//mp.weixin.qq.com/s"):
        there.draft(content=f'<p>请拨<a href="{leads}" style="color:#111">12333</a>。</p>')
        assert there.did("draft")[-1]["article"]["content"] == "<p>请拨12333。</p>", leads


def test_what_acts_or_loads_goes_with_all_that_is_in_it(there: Platform) -> None:
    for tag in ("style", "iframe", "object", "form", "button", "textarea"):
        there.draft(content=f"<p>甲</p><section><{tag}>乙</{tag}>丙</section>")
        assert there.did("draft")[-1]["article"]["content"] == "<p>甲</p><section>丙</section>", tag


def test_an_escaped_character_is_kept_as_it_was_written(there: Platform) -> None:
    token, cover = there.token()["access_token"], there.call("material/add_material", PNG, type="image")["media_id"]
    body = '{"articles":[{"title":"\\u4f5c\\\\者","content":"x","thumb_media_id":"COVER"}]}'.replace("COVER", cover)
    requests.post(f"{there.host}/cgi-bin/draft/add", params={"access_token": token}, data=body.encode(), timeout=10)
    assert there.did("draft")[0]["article"]["title"] == "\\u4f5c\\者"


def test_pictures_are_what_they_say_and_small_enough(there: Platform) -> None:
    assert there.call("media/uploadimg", b"GIF89a")["errcode"] == 40137
    assert there.call("media/uploadimg", PNG + bytes(1_048_576))["errcode"] == 40009
    assert there.call("media/uploadimg", {})["errcode"] == 41005
    assert there.call("material/add_material", PNG, type="thumb")["errcode"] == 40137
    assert there.call("material/add_material", PNG, type="voice")["errcode"] == 40004


def test_a_picture_comes_in_the_field_that_the_documents_name_by_post(there: Platform) -> None:
    address = f"{there.host}/cgi-bin/media/uploadimg"
    params = {"access_token": there.token()["access_token"]}
    wrong = requests.post(address, params=params, files={"image": ("a.png", PNG)}, timeout=10)
    assert wrong.json()["errcode"] == 41005
    assert requests.get(address, params=params, timeout=10).json()["errcode"] == 43002
    assert there.call("media/uploadimg", PNG, token="")["errcode"] == 41001
    assert there.call("media/uploadimg", PNG, token="nobody's")["errcode"] == 40014
    assert there.did("picture") == []
    right = requests.post(address, params=params, files={"media": ("a.png", PNG)}, timeout=10)
    assert right.json()["url"].startswith("https://mmbiz.qpic.cn/")


def test_inside_an_article_only_what_was_uploaded_for_that_is_kept(there: Platform) -> None:
    """The address that a permanent picture has is not enough, by the documents."""
    cover = there.call("material/add_material", PNG, type="image")["url"]
    there.draft(content=f'<p>甲<img src="{cover}"></p>')
    assert there.call("media/uploadimg", PNG)["url"] == cover
    there.draft(content=f'<p>甲<img src="{cover}"></p>')
    kept = [entry["article"]["content"] for entry in there.did("draft")]
    assert kept == ["<p>甲</p>", f'<p>甲<img src="{cover}"></p>']


def test_drafts_are_listed_newest_first_and_go_when_deleted(there: Platform) -> None:
    first = there.draft(title="一")["media_id"]
    there.clock.advance(1)
    second = there.draft(title="二")["media_id"]
    found = there.call("draft/batchget", {"offset": 0, "count": 20, "no_content": 1})
    assert [item["media_id"] for item in found["item"]] == [second, first]
    assert "content" not in found["item"][0]["content"]["news_item"][0]
    assert there.call("draft/batchget", {"offset": 0, "count": 21})["errcode"] == 40035
    assert there.call("draft/delete", {"media_id": first})["errcode"] == 0
    assert there.call("draft/get", {"media_id": first})["errcode"] == 40007
    assert there.call("draft/get", {"media_id": second})["news_item"][0]["title"] == "二"


def test_a_day_has_so_many_drafts_and_midnight_here_begins_another(there: Platform) -> None:
    there.happen("quota", of="draft", amount=1)
    there.draft()
    assert there.draft()["errcode"] == 45009
    there.clock.advance(15 * 3600)  # from nine in the morning
    assert "media_id" in there.draft()
