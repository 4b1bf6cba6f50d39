"""The platform's interface: one call, with the token in force, and its answer in our words."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from urllib3 import encode_multipart_formdata

from channels.base import Refused, Tools, TryAgain
from channels.wechat.answer import PerhapsTaken, read, say_error
from channels.wechat.rules import AnswerRule, Means, answer_rule
from channels.wechat.token import Account, Tokens
from config.clock import SHANGHAI, wall

MOST = 400_000  # bytes of an answer: a page of a list with its digests
BUSY = -1  # 系统繁忙: it does not say before or after what
OF_THE_ARTICLE = ("draft/add", "freepublish/submit")  # a number nobody knows may be about the article: refused there


class Absent(Refused):
    """There is no such picture, draft or article in the account."""


class OutOfQuota(TryAgain):
    """Today's calls are used up; in so many ``seconds`` there are others."""

    def __init__(self, cause: str, seconds: float) -> None:
        super().__init__(cause, retry_after=seconds, throttled=True)
        self.seconds = seconds


class Client:
    """Speaks for one account."""

    def __init__(self, tools: Tools, account: Account) -> None:
        self._tools = tools
        self._account = account
        self._tokens = Tokens(tools, account)

    def call(self, interface: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Ask ``interface`` (``draft/add``). Raises the contract's exceptions, ``Absent`` and ``OutOfQuota``."""
        body = json.dumps(said, ensure_ascii=False).encode()  # no escapes: they would stand in the article
        return self._asked(interface, "", body, "application/json; charset=utf-8")

    def answered(self, interface: str, said: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """As ``call``, for who judges the platform's errors himself: its answer, and its error in words."""
        body = json.dumps(said, ensure_ascii=False).encode()
        answer, token = self._seen(interface, "", body, "application/json; charset=utf-8")
        return answer, self._cause(answer, token) if answer.get("errcode") else ""

    def upload(self, interface: str, query: str, name: str, media_type: str, picture: bytes) -> dict[str, Any]:
        """Upload a picture. Raises as ``call``."""
        body, content_type = encode_multipart_formdata({"media": (name, picture, media_type)})
        return self._asked(interface, query, body, content_type)

    def _asked(self, interface: str, query: str, body: bytes, content_type: str) -> dict[str, Any]:
        answer, token = self._seen(interface, query, body, content_type)
        self._judge(interface, answer, token)
        return answer

    def _seen(self, interface: str, query: str, body: bytes, content_type: str) -> tuple[dict[str, Any], str]:
        """The answer, and the token that was good for it."""
        token = self._tokens.present()
        answer = self._post(interface, query, token, body, content_type)
        if _rule(answer).means is Means.TOKEN:
            before, token = token, self._tokens.renewed(token)
            if token != before:
                answer = self._post(interface, query, token, body, content_type)
        return answer, token

    def _post(self, interface: str, query: str, token: str, body: bytes, content_type: str) -> dict[str, Any]:
        url = f"{self._account.host}/cgi-bin/{interface}?access_token={token}{query}"
        headers = {"content-type": content_type}
        return read(self._tools.http.request("POST", url, headers=headers, body=body, limit=MOST))

    def _cause(self, answer: Mapping[str, Any], token: str) -> str:
        return say_error(_rule(answer), answer, self._account.secret, hidden=token)

    def _judge(self, interface: str, answer: Mapping[str, Any], token: str) -> None:
        """Raises what an error number means."""
        if not answer.get("errcode"):
            return
        rule, code = _rule(answer), answer["errcode"]
        cause = self._cause(answer, token)
        match rule.means:
            case Means.ABSENT:
                raise Absent(cause)
            case Means.QUOTA:
                now = self._tools.clock.now()
                raise OutOfQuota(cause, (midnight(now) - now).total_seconds())
            case Means.REFUSED:
                raise Refused(cause, final=True)
            case Means.OTHER if interface in OF_THE_ARTICLE:
                raise Refused(cause)
            case _ if code == BUSY:
                raise PerhapsTaken(cause)
            case _:  # token, again, person, other: nothing was taken, and it may be another day
                raise TryAgain(cause, throttled=True)


def midnight(now: datetime) -> datetime:
    """When the platform counts calls anew: a minute after the next midnight, Asia/Shanghai."""
    return datetime.combine(wall(now).date() + timedelta(days=1), time(0, 1), SHANGHAI)


def _rule(answer: Mapping[str, Any]) -> AnswerRule:
    return answer_rule(int(answer.get("errcode", 0)))
