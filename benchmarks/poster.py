"""Posters: one warm, and as many a second as go, against bare typst on the very same sources."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bare_typst import Bare, Page
from benchmarks.figures import Figure, in_turn
from channels.base import Tools
from channels.poster import Channel, PosterOptions
from channels.poster.press import press
from config.clock import SystemClock
from notices.notice import Message
from tests.factories import PUBLIC_URL, message, version
from tests.streams.installation import NoHttp

ROUNDS = 5
DIFFERENT = 6


def measure() -> Iterator[Figure]:
    """A3 as PDF and PNG, as a notice gets it."""
    with TemporaryDirectory() as folder:
        channel = Channel(PosterOptions(), tools(Path(folder)))
        same = made(0)
        others = [made(number) for number in range(1, DIFFERENT + 1)]
        with recorded() as page_of_same:
            channel.render(same)
        with recorded() as pages:
            for one in others:
                channel.render(one)
        bare = Bare()
        bare.run(page_of_same)
        warm = in_turn([lambda: channel.render(same), lambda: bare.run(page_of_same)], ROUNDS)
        yield Figure("poster, warm (A3: PDF and PNG)", warm[0], warm[1], "s", 1.2)
        shared = [lambda: [channel.render(one) for one in others], lambda: bare.run(pages)]
        times = in_turn(shared, 2)
        yield Figure(
            f"posters, {DIFFERENT} different ones",
            DIFFERENT / times[0],
            DIFFERENT / times[1],
            "posters/s",
            1 / 1.2,
            at_least=True,
        )


def made(number: int) -> Message:
    """A notice whose poster is like no other."""
    return message(version(notice=f"202611-{number:08}", index_number=f"11530100MB1A2B3C4D/2026-{number:05}"))


def tools(folder: Path) -> Tools:
    """What the channel may use: it needs none of it to render."""
    empty: Any = None
    return Tools(
        clock=SystemClock(),
        http=NoHttp(),
        blobs=empty,
        shared=empty,
        place=folder,
        public_url=PUBLIC_URL,
        secret=lambda name: name,
    )


@contextmanager
def recorded() -> Iterator[list[Page]]:
    """Everything that the press sets meanwhile."""
    pages: list[Page] = []
    real = press().set_page

    def listen(source: str, form: Mapping[str, Any], timestamp: int) -> bytes:
        pages.append(Page(source, form, timestamp))
        return real(source, form, timestamp)

    press().set_page = listen  # type: ignore[method-assign]  # for as long as we listen
    yield pages
    press().set_page = real  # type: ignore[method-assign]  # as it was
