"""企业微信: a group robot says it in the chat of a group (developer.work.weixin.qq.com/document/path/99110 and 91770).

It cannot be taken back, and an answer that was never seen is never asked for again: *unknown*, a person looks into the
group. Who is in the group nobody tells us, and members come and go: so it counts as read by anyone, and what is not for
everybody does not go there (docs/decisions/0110-wecom-robot.md).
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from channels import base
from channels.base import Accepted, Nature, Refused, Rendition, Slot, TryAgain, Work, closed, fill
from channels.http.target import parse
from channels.wecom.answer import judge
from channels.wecom.content import rendered
from channels.wecom.envelope import CONTENT_TYPE, Mentions, trial
from config.messages import say
from config.settings import SettingsError
from notices.notice import Message

ORIGIN = "https://qyapi.weixin.qq.com"
PATH = "/cgi-bin/webhook/send"
KEY = re.compile(r"[A-Za-z0-9_.=-]{8,128}")  # they are UUIDs so far; nobody promises it
USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")  # userid (document/path/90195)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # of a secret
MOBILE = re.compile(r"\+?[0-9]{5,20}")
EVERYBODY = "@all"


class WecomOptions(base.Options):
    """The robot of one group. Markdown can mention members by their userid; text everybody and mobiles besides."""

    secret: str = Field(min_length=1)  # the name of the secret: the key at the end of the robot's webhook address
    format: Literal["markdown", "text"] = "markdown"
    mention: tuple[str, ...] = ()  # userids; in a text also @all
    mention_mobiles: str = ""  # the name of the secret that has mobile numbers, one a line; in a text only
    origin: str = ORIGIN  # another one only on this machine: the sandbox

    @field_validator("mention_mobiles", mode="before")
    @classmethod
    def _names_a_secret(cls, given: Any) -> Any:
        """Numbers are no option: they would stand in the store, in every rendition and in what is shown of both."""
        if given and not (isinstance(given, str) and NAME.fullmatch(given) and not MOBILE.fullmatch(given)):
            raise PydanticCustomError("mobiles", "{cause}", {"cause": say("wecom.mobiles_are_secret")})
        return given or ""

    @model_validator(mode="after")
    def _can_be_said(self) -> "WecomOptions":
        if self.origin != ORIGIN and not _is_here(self.origin):
            raise PydanticCustomError("origin", "{cause}", {"cause": say("wecom.origin", origin=ORIGIN)})
        text = self.format == "text"
        users = (one for one in self.mention if not (text and one == EVERYBODY))
        for one in users:
            if USER.fullmatch(one) is None:
                raise PydanticCustomError("mention", "{cause}", {"cause": say("wecom.mention", given=one)})
        if self.mention_mobiles and not text:
            raise PydanticCustomError("mobiles", "{cause}", {"cause": say("wecom.mobiles")})
        return self


class Channel(base.Channel):
    """One group's robot."""

    name = "wecom"
    nature = Nature.IRREVERSIBLE
    hears_minor = False  # it rings in every member's pocket
    Options = WecomOptions
    options: Any

    @property
    def edition(self) -> str:
        """Format and mentions: they are in the approved bytes."""
        mentions = repr((self.options.mention, self.options.mention_mobiles))
        some = self.options.mention or self.options.mention_mobiles
        return (
            f"{self.options.format}-{sha256(mentions.encode()).hexdigest()[:8]}" if some else str(self.options.format)
        )

    def render(self, message: Message) -> Rendition:
        """What is posted, byte for byte. Raises ``LimitsBroken``."""
        return rendered(closed(message), self.options.format, self.mentions)

    @property
    def mentions(self) -> Mentions:
        """Whom every message calls."""
        return Mentions(self.options.mention, bool(self.options.mention_mobiles))

    def ready(self) -> None:
        """Raises ``TryAgain`` when key or mobile numbers cannot be read, ``Refused`` when its address is not on the

        allow-list.
        """
        self.tools.http.check(f"{self.options.origin}{PATH}")
        self._key()
        self._mobiles()

    def next_step(self, work: Work) -> str:
        """One step: say it."""
        return "say"

    def send(self, step: str, work: Work) -> Accepted:
        """Say it, once."""
        mobiles = self._mobiles()
        called = '","'.join(mobiles)  # digits and a plus alone: nothing in them is to be escaped
        return self._post(fill(work.rendition.main.body, {Slot.MOBILES: called}), mobiles)

    def test(self) -> str:
        """Say in the group that this is a test; what came of it, in a sentence. Raises as ``send`` does."""
        return say("wecom.tested", answer=self._post(trial()).note)

    def _post(self, body: bytes, mobiles: Sequence[str] = ()) -> Accepted:
        key = self._key()
        url = f"{self.options.origin}{PATH}?key={quote(key, safe='')}"
        answer = self.tools.http.request("POST", url, headers={"content-type": CONTENT_TYPE}, body=body)
        return judge(answer, key, *mobiles)

    def _mobiles(self) -> list[str]:
        """Whom a text calls by number, as the secret has them now. Raises ``TryAgain``, which says none of them."""
        name = self.options.mention_mobiles
        if not name:
            return []
        try:
            mobiles = self.tools.secret(name).split()
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("wecom.no_mobiles", name=name)) from None
        if not mobiles or any(MOBILE.fullmatch(one) is None for one in mobiles):
            raise TryAgain(say("wecom.malformed_mobiles", name=name))
        return mobiles

    def _key(self) -> str:
        """The key; who pasted the whole webhook address meant the end of it."""
        name = self.options.secret
        try:
            key = self.tools.secret(name).strip().removeprefix(f"{ORIGIN}{PATH}?key=")
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("wecom.no_key", name=name)) from None
        if KEY.fullmatch(key) is None:
            raise TryAgain(say("wecom.malformed_key", name=name))
        return key


def _is_here(origin: str) -> bool:
    """Whether ``origin`` is a plain address of this machine. The allow-list decides besides."""
    try:
        target = parse(origin)
    except Refused:
        return False
    return target.literal and ip_address(target.host).is_loopback and origin == target.origin
