"""A webhook channel towards a listener or a sandbox on loopback, with everything real in between."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.base import Rendition, Tools, Work
from channels.http import AllowEntry, Guarded
from channels.webhook import Channel, WebhookOptions
from config.clock import Clock, SystemClock
from notices.notice import Message
from tests import factories

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # fixed: it stands in the names of tests


class Nothing:
    """Blobs and shared store of a channel that uses neither."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the webhook channel has no use for {name}")


def channel(
    url: str = "https://partner.example.org/hook",
    *,
    clock: Clock | None = None,
    secret: Callable[[str], str] = lambda name: SECRET,
    total: float = 5,
    **options: Any,
) -> Channel:
    """The channel of an endpoint at ``url``, whose origin is on the allow-list when it is on loopback."""
    clock = clock or SystemClock()
    origin = "/".join(url.split("/")[:3])
    tools = Tools(
        clock=clock,
        http=Guarded(clock=clock, allow=[AllowEntry(origin, "测试")] if "127.0.0.1" in origin else [], total=total),
        smtp=Nothing(),
        blobs=Nothing(),
        shared=Nothing(),
        place=Path("/nowhere"),
        public_url=factories.PUBLIC_URL,
        secret=secret,
    )
    return Channel(WebhookOptions(url=url, secret="ribao", **options), tools)


def work(said: Message | None = None, rendition: Rendition | None = None, **changes: Any) -> Work:
    """A delivery of ``said``."""
    said = said or factories.message()
    return factories.work(said, rendition or channel().render(said), **{"key": "4f1f8f4b.0", **changes})
