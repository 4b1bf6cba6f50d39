"""The account as a reader's phone shows it: its articles, and each as it reads, from what the account holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
)
from sandbox.wechat.pictures import HOST

LIST_HEADERS = {  # the list is fetched anew when something changes
    **page.HEADERS,
    "content-security-policy": page.HEADERS["content-security-policy"] + "; img-src 'self'",
}
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
PUSHES: Mapping[str, tuple[str, str]] = {
    "SEND_SUCCESS": ("已群发，关注者收到提醒", "pushed, followers were alerted"),
    "SENDING": ("群发中", "being pushed"),
    "SEND_FAIL": ("群发失败，没有人收到", "not pushed, nobody has it"),
    "DELETE": ("已删除", "deleted"),
}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Row:
    """An article in the account's list: a publication's, or a push's."""

    number: str
    article: Mapping[str, Any]
    cover: str
    at: datetime
    stands: tuple[str, str]
    is_open: bool  # a reader can open it

    @property
    def when(self) -> str:
        """As the client writes it."""
        at = wall(self.at)
        return f"{at.year}年{at.month}月{at.day}日 星期{WEEKDAYS[at.weekday()]} {at:%H:%M}"


def render_list(account: Account) -> str:
    """The account's own page, the newest article first."""
    rows = sorted(_rows(account), key=lambda row: (row.at, int(row.number)), reverse=True)
    return page.template("wechat/list.html.j2", account=account, rows=rows)


def find_row(account: Account, number: str) -> Row | None:
    """The publication or push of this number."""
    return next((row for row in _rows(account) if row.number == number), None)


def render_article(account: Account, row: Row) -> str:
    """One article; of one that was deleted or banned what the platform shows in its place."""
    content = row.article["content"].replace(HOST, "../pictures/")
    return page.template(
        "wechat/article.html.j2",
        account=account,
        article=row.article,
        content=Markup(content),  # noqa: S704 - cleaned when it came in, and the policy lets nothing in it act
        row=row,
        is_open=row.is_open,
    )


def _rows(account: Account) -> Iterator[Row]:
    for job in account.publications.values():
        at = job.updated_at or job.ends_at
        yield _row(account, job.publish_id, job.article, at, STANDS[job.status], job.status == PUBLISHED)
    for push in account.pushes.values():
        status = push.status(account.clock.now())
        at = push.confirmed_at or push.at
        yield _row(account, str(push.msg_id), push.article, at, PUSHES[status], status == "SEND_SUCCESS")


def _row(
    account: Account, number: str, article: Mapping[str, Any], at: datetime, stands: tuple[str, str], is_open: bool
) -> Row:
    return Row(number, article, account.media.get(article["thumb_media_id"], ""), at, stands, is_open)
