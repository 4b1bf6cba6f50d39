"""Webhook: a signed, thin event to a partner's address (Standard Webhooks 1.0.0, CloudEvents 1.0).

A 2xx is *delivered*: the standard lets a receiver say it only once it has the event
(docs/decisions/0042-webhook-delivered.md).
"""

import secrets
from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from channels import base
from channels.base import Delivered, File, Nature, Refused, Rendition, Tools, TryAgain, Unsure, Work
from channels.http.target import parse
from channels.webhook.answer import judge
from channels.webhook.payload import CONTENT_TYPE, filled, rendered, trial_event
from channels.webhook.sign import BadSecret, keys, new_secret, signed_headers
from config.messages import say
from config.settings import SettingsError
from notices.notice import Message


class WebhookOptions(base.Options):
    """Where a partner's webhook goes."""

    url: str
    secret: str = Field(min_length=1)  # the name of the secret; during a rotation it holds the new and the old one
    supersede: bool = True  # a newer message replaces one that still waits; false for a partner that wants every one

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            parse(url)
        except Refused as refused:
            raise PydanticCustomError("address", "{cause}", {"cause": str(refused)}) from None
        return url


class Channel(base.Channel):
    """One partner's address."""

    name = "webhook"
    nature = Nature.KEYED
    Options = WebhookOptions
    new_secret = staticmethod(new_secret)

    def __init__(self, options: Any, tools: Tools) -> None:
        super().__init__(options, tools)
        self.supersedes = options.supersede

    def render(self, message: Message) -> Rendition:
        """The payload, with the time and the delivery still open; the same for every partner."""
        body, text, size = rendered(message, self._source)
        return Rendition((File("event.json", CONTENT_TYPE, body),), text, used={"payload": size})

    def ready(self) -> None:
        """Raises ``TryAgain`` when the key cannot be read, and ``Refused`` for an address that is never spoken to:
        nothing is released that could only go out unsigned, or not at all."""
        self.tools.http.check(self.options.url)
        self._keys()

    def next_step(self, work: Work) -> str | None:
        """One step: post."""
        return None if work.scratch.get("sent") else "post"

    def send(self, step: str, work: Work) -> Delivered:
        """Post it, signed anew. The identity is the same at every repeat, so the partner can drop what it has."""
        body = filled(work.rendition.main.body, work.released_at, work.endpoint_sequence, work.supersedes)
        return self._post(work.key.replace(".", "_"), body)

    def test(self) -> str:
        """Send an event that is marked as a test, after the handshake of CloudEvents; what came of it, in a sentence.

        Raises as ``send`` does.
        """
        handshake = self._handshake()
        identity = f"test_{secrets.token_hex(8)}"
        answer = self._post(identity, trial_event(identity, self._source, self.tools.clock.now()))
        return say("webhook.tested", answer=answer.note, handshake=handshake)

    def _post(self, identity: str, body: bytes) -> Delivered:
        headers = {
            "content-type": CONTENT_TYPE,
            **signed_headers(identity, self.tools.clock.now(), body, self._keys()),
        }
        answer = self.tools.http.request("POST", self.options.url, headers=headers, body=body)
        return judge(answer, self.tools.clock.now())

    def _keys(self) -> tuple[bytes, ...]:
        name = self.options.secret
        try:
            return keys(self.tools.secret(name))
        except BadSecret:
            raise TryAgain(say("webhook.bad_secret", name=name)) from None
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("webhook.no_secret", name=name)) from None

    @property
    def _source(self) -> str:
        return f"{self.tools.public_url}/"

    def _handshake(self) -> str:
        """Ask as CloudEvents' webhook binding §4 has it whether we are welcome, and how much of us."""
        origin = self.tools.public_url.partition("://")[2].partition("/")[0].partition(":")[0]
        try:
            answer = self.tools.http.request("OPTIONS", self.options.url, headers={"WebHook-Request-Origin": origin})
        except (TryAgain, Unsure):
            return say("webhook.handshake_none")
        allowed, rate = answer.headers.get("webhook-allowed-origin"), answer.headers.get("webhook-allowed-rate", "")
        if not 200 <= answer.status < 300 or allowed is None:
            return say("webhook.handshake_none")
        if allowed not in ("*", origin):
            return say("webhook.handshake_denied", origin=origin)
        stated = say("webhook.handshake_rate", rate=rate) if rate.isascii() and rate.isdigit() else ""
        return say("webhook.handshake_agreed", rate=stated)
