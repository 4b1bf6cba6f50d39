"""草稿箱: ``draft/add``, ``get``, ``batchget``, ``count``, ``delete``."""

import secrets
from typing import Any

from sandbox.wechat.account import Account, Draft
from sandbox.wechat.cleaning import cleaned, words
from sandbox.wechat.faults import Fault
from sandbox.wechat.pictures import HOST

TITLE, AUTHOR, DIGEST = 32, 16, 128  # characters
CONTENT, CONTENT_BYTES = 20_000, 1_048_576  # to stay below
SOURCE = 1024  # bytes
SHORT = 54  # characters of the content that stand for a digest which was not given
PAGE = 20  # most of a list at once


def add(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Keep an article. Raises ``Fault``."""
    account.spend("draft")
    articles = body.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise Fault(44003)
    if len(articles) != 1:  # eight together are allowed there; nobody here wants more than one
        raise Fault(40035)
    article, media_id = _checked(account, articles[0]), secrets.token_urlsafe(48)
    account.did("draft", media_id=media_id, article=article)
    return {"media_id": media_id, "item": []}


def get(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """One draft. Raises ``Fault``."""
    return {"news_item": [item(account, _found(account, body).article)]}


def delete(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Drop a draft. Raises ``Fault``."""
    account.did("undraft", media_id=_found(account, body).media_id)
    return {"errcode": 0, "errmsg": "ok"}


def count(account: Account) -> dict[str, Any]:
    """How many there are."""
    return {"total_count": len(account.drafts)}


def batchget(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """A page of the drafts, the newest first. Raises ``Fault``."""
    found = sorted(account.drafts.values(), key=lambda draft: draft.updated_at, reverse=True)
    offset, most, content = paging(body)
    shown = [
        {
            "media_id": draft.media_id,
            "content": {"news_item": [item(account, draft.article, content=content)]},
            "update_time": int(draft.updated_at.timestamp()),
        }
        for draft in found[offset : offset + most]
    ]
    return {"total_count": len(found), "item_count": len(shown), "item": shown}


def paging(body: dict[str, Any]) -> tuple[int, int, bool]:
    """From where, how many, and whether with the content. Raises ``Fault``."""
    offset, most = body.get("offset"), body.get("count")
    if not isinstance(offset, int) or not isinstance(most, int) or offset < 0 or not 1 <= most <= PAGE:
        raise Fault(40035)
    return offset, most, body.get("no_content") not in (1, "1")


def item(account: Account, article: dict[str, Any], *, content: bool = True) -> dict[str, Any]:
    """An article as lists and single answers show it."""
    shown = {name: value for name, value in article.items() if content or name != "content"}
    thumb = account.media.get(article["thumb_media_id"], "")
    return {**shown, "show_cover_pic": 0, "thumb_url": HOST + thumb, "url": "http://mp.weixin.qq.com/s?tempkey"}


def _checked(account: Account, given: dict[str, Any]) -> dict[str, Any]:
    """The article as it is kept. Raises ``Fault`` with what is wrong first."""
    text = {name: given.get(name) or "" for name in ("title", "author", "digest", "content", "content_source_url")}
    if not all(isinstance(value, str) for value in text.values()) or given.get("article_type", "news") != "news":
        raise Fault(40035)
    if not text["title"]:
        raise Fault(40227)
    if not text["content"]:
        raise Fault(44004)
    for wrong, code in (
        (len(text["title"]) > TITLE, 45003),
        (len(text["author"]) > AUTHOR, 45110),
        (len(text["digest"]) > DIGEST, 45004),
        (len(text["content"]) >= CONTENT or len(text["content"].encode()) >= CONTENT_BYTES, 45002),
        (len(text["content_source_url"].encode()) > SOURCE, 45005),
        (given.get("thumb_media_id") not in account.media, 40007),
    ):
        if wrong:
            raise Fault(code)
    kept = cleaned(account, text["content"])
    return {
        **text,
        "content": kept,
        "digest": text["digest"] or words(kept).strip()[:SHORT],
        "thumb_media_id": given["thumb_media_id"],
        "need_open_comment": int(bool(given.get("need_open_comment"))),
        "only_fans_can_comment": int(bool(given.get("only_fans_can_comment"))),
    }


def _found(account: Account, body: dict[str, Any]) -> Draft:
    if not body.get("media_id"):
        raise Fault(41006)
    draft = account.drafts.get(str(body["media_id"]))
    if draft is None:
        raise Fault(40007)
    return draft
