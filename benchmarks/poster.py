"""Posters: one warm, and as many a second as go, against bare typst on the very same sources."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bare_typst import Bare, Page
from benchmarks.figures import Figure, seconds
from channels.base import Tools
from channels.poster import Channel, PosterOptions
from channels.press.press import press
from config.clock import SystemClock
from notices.notice import Message
from tests.factories import PUBLIC_URL, message, version
from tests.streams.installation import NoHttp

ROUNDS = 4
MANY = 6


def measure() -> Iterator[Figure]:
    """A3 as PDF and PNG, as a notice gets it; neither has seen the posters before, both are warm."""
    numbers = count()
    with TemporaryDirectory() as folder:
        channel, bare = Channel(PosterOptions(), tools(Path(folder))), Bare()
        both(channel, bare, numbers, 1)
        one = best(both(channel, bare, numbers, 1) for _ in range(ROUNDS))
        many = best(both(channel, bare, numbers, MANY) for _ in range(ROUNDS))
    yield Figure("one poster, warm (A3: PDF and PNG)", *one, "s", 1.2)
    ours, least = (MANY / seconds for seconds in many)
    yield Figure(f"posters, {MANY} in a row", ours, least, "posters/s", 1 / 1.2, at_least=True)


def both(channel: Channel, bare: Bare, numbers: Iterator[int], many: int) -> tuple[float, float]:
    """The seconds that so many new posters take us, and bare typst with the same sources."""
    said = [made(next(numbers)) for _ in range(many)]
    with recorded() as pages:
        ours = seconds(lambda: [channel.render(one) for one in said])
    return ours, seconds(lambda: bare.run(pages))


def best(rounds: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The best of each."""
    ours, least = zip(*rounds, strict=True)
    return min(ours), min(least)


def made(number: int) -> Message:
    """A notice whose poster is like no other."""
    return message(version(notice=f"202611-{number:08}", index_number=f"11530100MB1A2B3C4D/2026-{number:05}"))


def tools(folder: Path) -> Tools:
    """What the channel may use: it needs none of it to render."""
    empty: Any = None
    return Tools(
        clock=SystemClock(),
        http=NoHttp(),
        smtp=empty,
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
