"""发布: ``freepublish/submit``, ``get``, ``getarticle``, ``batchget``, ``delete``. It reaches no follower by itself."""

from typing import Any

from sandbox.wechat.account import BANNED, DELETED, NOT_ORIGINAL, PUBLISHED, REFUSED, Account, Publication
from sandbox.wechat.drafts import item, paging
from sandbox.wechat.faults import Fault
from sandbox.wechat.happening import Ending


def submit(account: Account, body: dict[str, Any], ending: Ending) -> dict[str, Any]:
    """Queue a draft; that it was queued is all that this says. Raises ``Fault``.

    A draft that is under way already is queued again, and makes a second article: the documents promise nothing else.
    """
    account.spend("submit")
    if not body.get("media_id"):
        raise Fault(41006)
    media_id = str(body["media_id"])
    if media_id not in account.drafts:
        raise Fault(40007)
    publish_id = str(2_247_483_650 + len(account.publications))
    account.did(
        "submit",
        publish_id=publish_id,
        media_id=media_id,
        seconds=ending.seconds,
        status=ending.status,
        hides=ending.hides,
    )
    return {"errcode": 0, "errmsg": "ok", "publish_id": publish_id, "msg_data_id": publish_id}


def get(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """How a publication stands. Raises ``Fault``."""
    job = account.publications.get(str(body.get("publish_id", "")))
    if job is None:
        raise Fault(40035)
    found: dict[str, Any] = {"publish_id": job.publish_id, "publish_status": job.status, "fail_idx": []}
    if job.status in (NOT_ORIGINAL, REFUSED):
        found["fail_idx"] = [1]
    if job.status in (PUBLISHED, DELETED, BANNED):
        found["article_id"] = job.article_id
    if job.status == PUBLISHED:
        found["article_detail"] = {"count": 1, "item": [{"idx": 1, "article_url": address(job)}]}
    return found


def get_article(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """One article that readers can open. Raises ``Fault``."""
    return {"news_item": [_shown(account, _found(account, body), content=True)]}


def batchget(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """A page of the articles that readers can open, the newest first; none that was sent to all. Raises ``Fault``."""
    offset, most, content = paging(body)
    found = account.articles()
    shown = [
        {
            "article_id": job.article_id,
            "content": {"news_item": [_shown(account, job, content=content)]},
            "update_time": int(job.updated_at.timestamp()) if job.updated_at else 0,
        }
        for job in found[offset : offset + most]
    ]
    return {"total_count": len(found), "item_count": len(shown), "item": shown}


def delete(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Take an article away for good. Raises ``Fault``."""
    account.spend("delete")
    account.did("delete", article_id=_found(account, body).article_id)
    return {"errcode": 0, "errmsg": "ok"}


def address(job: Publication) -> str:
    """Where readers of WeChat find it."""
    return f"https://mp.weixin.qq.com/s/{job.article_id}"


def _shown(account: Account, job: Publication, *, content: bool) -> dict[str, Any]:
    return {**item(account, job.article, content=content), "url": address(job), "is_deleted": False}


def _found(account: Account, body: dict[str, Any]) -> Publication:
    wanted = str(body.get("article_id", ""))
    for job in account.articles():
        if job.article_id == wanted:
            return job
    raise Fault(53600)
