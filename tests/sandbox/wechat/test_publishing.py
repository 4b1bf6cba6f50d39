"""Publishing: queued, under way, ended; one way or another, and sometimes later."""

from pathlib import Path

import pytest

from tests.sandbox.wechat.platform import Platform, platform


def test_submitted_is_queued_and_later_published(there: Platform) -> None:
    draft = there.draft(title="一", content_source_url="https://www.example.gov.cn/n?v=1")["media_id"]
    job = there.call("freepublish/submit", {"media_id": draft})
    assert job["errcode"] == 0
    asked = {"publish_id": job["publish_id"]}
    assert there.call("freepublish/get", asked) == {**asked, "publish_status": 1, "fail_idx": []}
    assert there.call("freepublish/batchget", {"offset": 0, "count": 20})["total_count"] == 0
    there.clock.advance(2)
    ended = there.call("freepublish/get", asked)
    assert ended["publish_status"] == 0
    assert ended["article_detail"]["item"][0]["article_url"].startswith("https://mp.weixin.qq.com/s/")
    assert there.call("draft/get", {"media_id": draft})["errcode"] == 40007, "it left the box"
    listed = there.call("freepublish/batchget", {"offset": 0, "count": 20, "no_content": 1})
    item = listed["item"][0]["content"]["news_item"][0]
    assert (item["title"], item["content_source_url"]) == ("一", "https://www.example.gov.cn/n?v=1")
    assert listed["item"][0]["article_id"] == ended["article_id"]


@pytest.mark.parametrize(("status", "wrong"), [(2, [1]), (3, []), (4, [1])])
def test_what_fails_says_how_and_its_draft_is_there_again(there: Platform, status: int, wrong: list[int]) -> None:
    there.happen("publications_end", ending={"status": status, "hides": True})
    draft = there.draft()["media_id"]
    job = there.call("freepublish/submit", {"media_id": draft})["publish_id"]
    assert there.call("draft/get", {"media_id": draft})["errcode"] == 40007
    there.clock.advance(2)
    found = there.call("freepublish/get", {"publish_id": job})
    assert (found["publish_status"], found["fail_idx"]) == (status, wrong)
    assert "news_item" in there.call("draft/get", {"media_id": draft})


def test_submitted_twice_it_is_published_twice(there: Platform) -> None:
    draft = there.draft()["media_id"]
    for _ in range(2):
        there.call("freepublish/submit", {"media_id": draft})
    there.clock.advance(2)
    assert there.call("freepublish/batchget", {"offset": 0, "count": 20})["total_count"] == 2


def test_deleted_is_gone_for_good_and_said_so(there: Platform) -> None:
    article = there.publish()
    assert there.call("freepublish/getarticle", {"article_id": article})["news_item"][0]["title"] == "标题"
    assert there.call("freepublish/delete", {"article_id": article, "index": 0})["errcode"] == 0
    assert there.call("freepublish/delete", {"article_id": article})["errcode"] == 53600
    job = there.did("submit")[0]["publish_id"]
    assert there.call("freepublish/get", {"publish_id": job})["publish_status"] == 5


def test_what_the_platform_bans_is_seen_in_its_state(there: Platform) -> None:
    article = there.publish()
    there.happen("article_banned", article=article)
    job = there.did("submit")[0]["publish_id"]
    assert there.call("freepublish/get", {"publish_id": job})["publish_status"] == 6
    assert there.call("freepublish/batchget", {"offset": 0, "count": 1})["total_count"] == 0


def test_a_day_has_so_many_publications_and_deletions(there: Platform) -> None:
    article = there.publish()
    there.happen("quota", of="submit", amount=1)
    there.happen("quota", of="delete", amount=0)
    assert there.call("freepublish/submit", {"media_id": there.draft()["media_id"]})["errcode"] == 45009
    assert there.call("freepublish/delete", {"article_id": article})["errcode"] == 45009


def test_it_holds_what_it_held_when_it_is_started_again(tmp_path: Path) -> None:
    with platform(tmp_path) as before:
        article = before.publish(title="一")
        token = before.token()["access_token"]
    with platform(tmp_path) as after:
        assert after.call("freepublish/getarticle", {"article_id": article}, token=token)["news_item"]
