"""The account is proven by a client that knows nothing of us: wechatpy, its hard-coded host led here."""

from io import BytesIO
from typing import Any

import pytest
from wechatpy import WeChatClient  # type: ignore[import-untyped]  # it has no types
from wechatpy.exceptions import WeChatClientException  # type: ignore[import-untyped]

from tests.sandbox.wechat.platform import APPID, PNG, Platform

JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"  # how every one begins


@pytest.fixture
def client(there: Platform) -> Any:
    """With a token of ours: the old way to one is not served here."""

    class Here(WeChatClient):  # type: ignore[misc]  # the library has no types
        API_BASE_URL = f"{there.host}/cgi-bin/"

    return Here(APPID, there.secret, access_token=there.token()["access_token"], auto_retry=False)


def test_an_article_from_its_pictures_to_its_end(there: Platform, client: Any) -> None:
    inside = client.media.upload_image(BytesIO(PNG))
    cover = client.material.add("image", ("cover.png", PNG))["media_id"]
    article = {
        "title": "2026年度社保缴费基数公布",
        "author": "区人社局",
        "digest": "摘要",
        "content": f'<p>正文</p><img src="{inside}">',
        "content_source_url": "https://www.example.gov.cn/n/1.html",
        "thumb_media_id": cover,
    }
    draft = client.draft.add([article])["media_id"]
    assert client.draft.get(draft)["news_item"][0]["title"] == article["title"]
    assert client.draft.count()["total_count"] == 1
    assert client.draft.batchget()["item"][0]["media_id"] == draft
    job = client.freepublish.submit(draft)["publish_id"]
    assert client.freepublish.get(job)["publish_status"] == 1
    there.clock.advance(2)
    found = client.freepublish.get(job)
    assert found["publish_status"] == 0
    kept = client.freepublish.getarticle(found["article_id"])["news_item"][0]
    assert {name: kept[name] for name in article} == article
    assert client.freepublish.batchget(0, 20)["item"][0]["article_id"] == found["article_id"]
    client.freepublish.delete(found["article_id"])
    assert client.freepublish.batchget(0, 20)["total_count"] == 0


def test_pictures_of_the_inside_and_what_is_no_such_picture(there: Platform, client: Any) -> None:
    inside = [client.media.upload_image(BytesIO(body)) for body in (PNG, JPG)]
    content = "".join(f'<p>图<img src="{address}" alt="图"></p>' for address in inside)
    cover = client.material.add("image", ("cover.png", PNG))["media_id"]
    strange = '<img src="https://www.example.gov.cn/a.png">'
    draft = client.draft.add([{"title": "题", "content": content + strange, "thumb_media_id": cover}])["media_id"]
    assert client.draft.get(draft)["news_item"][0]["content"] == content
    for body, code in ((b"GIF89a", 40137), (PNG + bytes(1_048_576), 40009)):
        with pytest.raises(WeChatClientException) as caught:
            client.media.upload_image(BytesIO(body))
        assert caught.value.errcode == code


def test_it_understands_what_is_wrong(client: Any) -> None:
    with pytest.raises(WeChatClientException) as caught:
        client.draft.get("nowhere")
    assert caught.value.errcode == 40007
    with pytest.raises(WeChatClientException) as caught:
        client.freepublish.delete("nowhere")
    assert caught.value.errcode == 53600


def test_a_draft_that_is_not_wanted_goes(there: Platform, client: Any) -> None:
    draft = there.draft()["media_id"]
    client.draft.delete(draft)
    assert client.draft.count()["total_count"] == 0


def test_a_push_and_what_became_of_it(there: Platform, client: Any) -> None:
    draft = there.draft()["media_id"]
    sent = client.message.send_mass_article(draft, is_to_all=True, client_msg_id="n.1")
    assert client.message.get_mass(sent["msg_id"])["msg_status"] == "SENDING"
    there.clock.advance(60)
    assert client.message.get_mass(sent["msg_id"])["msg_status"] == "SEND_SUCCESS"
    with pytest.raises(WeChatClientException) as caught:
        client.message.send_mass_article(draft, is_to_all=True, client_msg_id="n.1")
    assert caught.value.errcode == 45065
    client.message.delete_mass(sent["msg_id"])
    assert client.message.get_mass(sent["msg_id"])["msg_status"] == "DELETE"
