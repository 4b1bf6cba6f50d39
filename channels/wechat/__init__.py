"""微信公众号: an article of an official account, published; followers are alerted by it when a person pushes it.

Pictures are uploaded, a draft is made, submitted, and asked after until it is published; then what is older goes. The
platform knows no key: before a step is repeated our own mark is looked for (docs/decisions/0055-wechat-articles.md).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from channels import base
from channels.base import (
    Accepted,
    Answer,
    Compared,
    Done,
    File,
    Nature,
    NotYet,
    Refused,
    Rendition,
    Tools,
    TryAgain,
    Unsure,
    Work,
    closed,
)
from channels.http.target import parse
from channels.wechat import clearing, publishing, pushing
from channels.wechat.client import Client, OutOfQuota
from channels.wechat.known import Known
from channels.wechat.preview import preview
from channels.wechat.pushing import Pushed
from channels.wechat.rendition import publishes, rendition
from channels.wechat.rules import host
from channels.wechat.shelf import listed
from channels.wechat.slots import QUOTAS, Slots
from channels.wechat.token import Account, Tokens
from notices.notice import Message


class WechatOptions(base.Options):
    """One official account."""

    appid: str = Field(pattern=r"^wx[0-9a-f]{16}$")
    secret: str = Field("wechat", min_length=1)  # the name of AppSecret
    author: str = ""  # who is named above the article; without one the office's short name
    account: Literal["subscription", "service"] = "subscription"  # 订阅号, or 服务号
    push_quota: dict[Literal["day", "month"], Annotated[int, Field(ge=1)]] | None = Field(
        None, min_length=1, max_length=1
    )  # how many pushes it has; without it what the platform gives to such an account
    emergency_reserve: int = Field(1, ge=0)  # of those, kept for emergencies
    host: str = Field(default_factory=host)  # the platform's; of the sandbox where one tries

    @field_validator("host")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        try:
            parse(given)
        except Refused as refused:
            raise PydanticCustomError("address", "{cause}", {"cause": str(refused)}) from None
        return given.rstrip("/")

    def slots(self, spent: int = 0) -> Slots:
        """Its pushes, ``spent`` of them since the period began."""
        period, most = next(iter((self.push_quota or {}).items()), QUOTAS[self.account])
        return Slots(period, most, self.emergency_reserve, spent)


class Channel(base.Channel):
    """One account."""

    name = "wechat"
    nature = Nature.LOOKED_UP
    Options: ClassVar[type[base.Options]] = WechatOptions
    options: WechatOptions

    def __init__(self, options: Any, tools: Tools) -> None:
        super().__init__(options, tools)
        self._account = Account(options.host, options.appid, options.secret)
        self._client = Client(tools, self._account)
        self._known = Known(tools.shared, options.appid)

    @property
    def edition(self) -> str:
        return f"{self.name} {self.options.author}".strip()

    def render(self, message: Message) -> Rendition:
        return rendition(closed(message), self.options.author)

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """The article in a page of its own, its pictures beside it."""
        return preview(rendition, attached)

    def ready(self) -> None:
        """Raises ``TryAgain`` without the secret, and ``Refused`` for a platform that is never spoken to."""
        self.tools.http.check(self.options.host)
        Tokens(self.tools, self._account).secret()

    def next_step(self, work: Work) -> str:
        scratch, message = work.scratch, work.message
        if scratch.get("stale"):
            return "delete"
        if message.withdrawal and not scratch.get("cleared"):
            return "look"  # first of all nothing of it may stand any longer
        return (publishing.next_step(work) if publishes(message) else None) or "look"

    def send(self, step: str, work: Work) -> Answer:
        now = self.tools.clock.now()
        try:
            if work.message.withdrawal:
                self._known.stands(work, now)
            answer = self._done(step, work, now)
            if isinstance(answer, Done) and answer.scratch.get("article"):
                self._known.stands(work, now)
                self._known.ended(work, now)
        except OutOfQuota as out:  # `TryAgain` would hold the whole lane, and in it what has calls left
            again = now + timedelta(seconds=out.seconds)
            if work.scratch.get("article") or work.message.withdrawal:
                return Accepted(ask_again_at=again, note=str(out))
            return NotYet(again, str(out))  # nothing of it is there: what is newer takes its place meanwhile
        return answer

    def _done(self, step: str, work: Work, now: datetime) -> Answer:
        client, known = self._client, self._known
        if known.newest(work) > work.message.sequence and step not in ("poll", "delete"):
            return clearing.look(client, known, work, now)  # it is too late to publish this
        match step.partition(" "):
            case ("upload", _, name):
                return publishing.upload(client, self.tools.blobs, work, name)
            case ("cover", _, _):
                return publishing.cover(client, work)
            case ("draft", _, _):
                return publishing.draft(client, work)
            case ("submit", _, _):
                return publishing.submit(client, known, work, now)
            case ("poll", _, _):
                return publishing.poll(client, known, work, now)
            case ("delete", _, _):
                return clearing.delete(client, known, work, now)
        return clearing.look(client, known, work, now)

    def push(self, work: Work, key: str, began: datetime, *, doubted: bool) -> Pushed:
        """Push the published ``work`` under ``key``; see ``channels.wechat.pushing``."""
        return pushing.push(self._client, self._known, work, key, began, clock=self.tools.clock, doubted=doubted)

    def asked(self, reference: str) -> Pushed:
        """What became of a push. Raises ``TryAgain`` or ``Unsure``."""
        return pushing.asked(self._client, reference)

    def read_back(self, work: Work) -> str | None:
        """Whether one article of this notice stands in the account, this message's, with its title and digest."""
        return next(iter(self.compare([work]))).difference

    def compare(self, works: Iterable[Work]) -> Iterator[Compared]:
        """The account's list is read once: it has few calls a day."""
        wanted = list(works)
        since = min((work.first_released_at for work in wanted), default=self.tools.clock.now())
        try:
            found = list(listed(self._client, "freepublish", since))
        except (TryAgain, Unsure, Refused):
            yield from (Compared(work.message.subject, None) for work in wanted)
            return
        for work in wanted:
            own = [one for one in found if one.mark.is_of(work.message.address)]
            yield Compared(work.message.subject, clearing.difference(work, own))
