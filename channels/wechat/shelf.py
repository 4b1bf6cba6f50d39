"""What of ours is in the account: drafts and articles, known by their marks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

from channels.base import TryAgain
from channels.wechat.client import Client
from channels.wechat.mark import Mark, read_mark
from config.messages import say

PAGE = 20  # most of a list at once
MARGIN = timedelta(days=1)  # clocks differ, and lists are not always in order
PAGES = 200  # of a list that are read at most: 4,000 articles


@dataclass(frozen=True)
class Found:
    """A draft or an article of ours."""

    place: str  # "draft" | "freepublish"
    id: str
    mark: Mark
    url: str
    title: str
    digest: str


def ours(client: Client, place: str, address: str, since: datetime) -> list[Found]:
    """The drafts or articles of the notice at ``address`` that were changed since, the newest first.

    Raises as ``Client.call``.
    """
    return [found for found in listed(client, place, since) if found.mark.is_of(address)]


def listed(client: Client, place: str, since: datetime) -> Iterator[Found]:
    """Every draft or article of ours that was changed since, the newest first. Raises as ``Client.call``."""
    key = "media_id" if place == "draft" else "article_id"
    for page in range(PAGES):
        answer = client.call(f"{place}/batchget", {"offset": page * PAGE, "count": PAGE, "no_content": 1})
        items, total = answer.get("item"), answer.get("total_count")
        if not isinstance(items, list) or not isinstance(total, int):
            raise TryAgain(say("wechat.odd", status=200))
        for item in items:
            yield from _found(place, key, item)
        oldest = min(map(_changed, items), default=inf)
        if (page + 1) * PAGE >= total or not items or oldest < (since - MARGIN).timestamp():
            return
    raise TryAgain(say("wechat.too_many", most=PAGES * PAGE), throttled=True)


def _found(place: str, key: str, item: Any) -> Iterator[Found]:
    """What is ours in an entry of the list; nothing in one that is not of the documents' shape."""
    try:
        name, articles = str(item[key]), list(item["content"]["news_item"])
    except (KeyError, TypeError):
        return
    for article in articles:
        mark = read_mark(str(article.get("content_source_url", ""))) if isinstance(article, dict) else None
        if mark is not None and not article.get("is_deleted"):
            said = (str(article.get(name, "")) for name in ("url", "title", "digest"))
            yield Found(place, name, mark, *said)


def _changed(item: Any) -> float:
    """When an entry was changed, in seconds since 1970; one that does not say may have been now."""
    at = item.get("update_time") if isinstance(item, dict) else None
    return at if isinstance(at, int) else inf
