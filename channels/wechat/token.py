"""The access token: one for all workers, fetched by one at a time (``stable_token``), never said aloud."""

import json
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Tools, TryAgain, Unsure
from channels.wechat.answer import read, say_error
from channels.wechat.rules import answer_rule, waits
from config.messages import say
from config.settings import SettingsError

FORCED_EVERY = timedelta(hours=1)
LIFE = 7200  # seconds that a token is good at most, by the documents


@dataclass(frozen=True)
class Account:
    """Which account, where the platform is, and the name of the secret."""

    host: str
    appid: str
    secret: str


class Tokens:
    """Keeps the token of one account in the store that all workers share."""

    def __init__(self, tools: Tools, account: Account) -> None:
        self._tools = tools
        self._account = account
        self._key = f"wechat.token.{account.appid}"
        self._forced = f"wechat.forced.{account.appid}"

    def present(self) -> str:
        """The token in force, fetched when there is none. Raises ``TryAgain``."""
        return self._tools.shared.get(self._key) or self._fetched(refused="")

    def renewed(self, refused: str) -> str:
        """Another token than ``refused``, which the platform did not accept. Raises ``TryAgain``.

        Who comes second finds what the first has fetched. Only when the platform itself still gives the refused one is
        it forced to make another, which ends all others and may be done twenty times a day: here once an hour. In
        between there is none but the refused one.
        """
        token = self._fetched(refused=refused)
        return self._fetched(refused=refused, force=True) if token == refused else token

    def secret(self) -> str:
        """AppSecret. Raises ``TryAgain`` when it cannot be read."""
        try:
            return self._tools.secret(self._account.secret).strip()
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("wechat.no_secret", name=self._account.secret)) from None

    def _fetched(self, refused: str, *, force: bool = False) -> str:
        """What another worker fetched meanwhile, or what the platform gives. One request: the key is held no longer."""
        shared, now = self._tools.shared, self._tools.clock.now()
        with shared.hold(self._key) as held:
            if not held:
                raise TryAgain(say("wechat.held"), retry_after=1)
            found = shared.get(self._key)
            if found is not None and found != refused:
                return found
            if force and shared.get(self._forced):
                return refused
            if force:
                shared.put(self._forced, "forced", expires_at=now + FORCED_EVERY)
            token, seconds = self._asked(force=force)
            life = max(seconds - waits().early, 1)
            shared.put(self._key, token, expires_at=self._tools.clock.now() + timedelta(seconds=life))
            return token

    def _asked(self, *, force: bool) -> tuple[str, float]:
        secret = self.secret()
        said = {"grant_type": "client_credential", "appid": self._account.appid, "secret": secret}
        body = json.dumps({**said, "force_refresh": force}).encode()
        headers = {"content-type": "application/json"}
        url = f"{self._account.host}/cgi-bin/stable_token"
        try:
            answer = read(self._tools.http.request("POST", url, headers=headers, body=body))
        except Unsure as unseen:  # nothing was published by it: asking again gives the same token
            raise TryAgain(str(unseen), throttled=True) from None
        if answer.get("errcode"):
            rule = answer_rule(answer["errcode"])
            raise TryAgain(say_error(rule, answer, self._account.secret, hidden=secret), throttled=True)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int) or seconds <= 0:
            raise TryAgain(say("wechat.odd", status=200), throttled=True)
        return token, min(seconds, LIFE)
