"""The account as a reader's phone shows it: its articles, and each as it reads, from what the account holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from config.clock import wall
from sandbox import page
from sandbox.wechat.account import (
    BANNED,
    DELETED,
    FAILED,
    NOT_ORIGINAL,
    PUBLISHED,
    REFUSED,
    RUNNING,
    Account,
    Publication,
)
from sandbox.wechat.pictures import HOST

HEADERS = {
    **page.HEADERS,
    # An article's looks are in its `style` attributes, as the editor keeps them; no other style, no script at all.
    "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
STANDS: Mapping[int, tuple[str, str]] = {
    PUBLISHED: ("已发布，未群发", "published, not pushed"),
    RUNNING: ("发布中", "being published"),
    NOT_ORIGINAL: ("原创校验失败", "failed the originality check"),
    FAILED: ("发布失败", "failed"),
    REFUSED: ("审核未通过", "refused in review"),
    DELETED: ("已删除", "deleted"),
    BANNED: ("已被封禁", "banned"),
}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Row:
    """An article in the account's list."""

    publish_id: str
    title: str
    digest: str
    cover: str
    when: str
    stands: tuple[str, str]
    is_open: bool  # a reader can open it


def render_list(account: Account) -> str:
    """The account's own page, the newest article first."""
    jobs = sorted(account.publications.values(), key=lambda job: int(job.publish_id), reverse=True)
    return page.template("wechat/list.html.j2", account=account, rows=[_row(account, job) for job in jobs])


def render_article(account: Account, job: Publication) -> str:
    """One article; of one that was deleted or banned what the platform shows in its place."""
    content = job.article["content"].replace(HOST, "../pictures/")
    return page.template(
        "wechat/article.html.j2",
        account=account,
        article=job.article,
        content=Markup(content),  # noqa: S704 - cleaned when it came in, and the policy lets nothing in it act
        row=_row(account, job),
        is_open=job.status == PUBLISHED,
    )


def _row(account: Account, job: Publication) -> Row:
    return Row(
        publish_id=job.publish_id,
        title=job.article["title"],
        digest=job.article["digest"],
        cover=account.media.get(job.article["thumb_media_id"], ""),
        when=_when(job),
        stands=STANDS[job.status],
        is_open=job.status == PUBLISHED,
    )


def _when(job: Publication) -> str:
    at = wall(job.updated_at or job.ends_at)
    return f"{at.year}年{at.month}月{at.day}日 星期{WEEKDAYS[at.weekday()]} {at:%H:%M}"
