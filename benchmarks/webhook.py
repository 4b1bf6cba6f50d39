"""Signed webhook posts a second, guarded as they go out, against a bare client loop to the same server."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import bare_posts
from benchmarks.figures import Figure, in_turn
from benchmarks.sink import sink
from channels.base import Tools
from channels.http import AllowEntry, Guarded
from channels.webhook import Channel, WebhookOptions
from channels.webhook.payload import CONTENT_TYPE
from channels.webhook.sign import keys, new_secret, signed_headers
from config.clock import SystemClock
from tests.factories import PUBLIC_URL, message, work

POSTS = 300
ROUNDS = 5


def measure() -> Iterator[Figure]:
    """One partner, one post after another."""
    secret, clock = new_secret(), SystemClock()
    nothing: Any = None
    with sink() as url, TemporaryDirectory() as folder:
        tools = Tools(
            clock=clock,
            http=Guarded(allow=(AllowEntry(url, owner="bench"),), clock=clock),
            smtp=nothing,
            blobs=nothing,
            shared=nothing,
            place=Path(folder),
            public_url=PUBLIC_URL,
            secret=lambda _: secret,
        )
        channel = Channel(WebhookOptions(url=url, secret="bench"), tools)
        said = message()
        todo = work(said, channel.render(said))
        body = todo.rendition.main.body
        signed = signed_headers("k", clock.now(), body, keys(secret))
        headers = {"content-type": CONTENT_TYPE, **signed}
        ours, bare = in_turn(
            [
                lambda: [channel.send("post", todo) for _ in range(POSTS)],
                lambda: bare_posts.run(url, [(headers, body)] * POSTS),
            ],
            ROUNDS,
        )
    yield Figure("signed webhook posts", POSTS / ours, POSTS / bare, "posts/s", 0.7, at_least=True)
