"""Feeds of 2,000 entries in three formats, against a bare lxml loop over the same entries."""

from collections.abc import Iterator

from benchmarks import bare_feed
from benchmarks.figures import Figure, in_turn
from channels.base import Slot, fill
from channels.feed.documents import Head, documents, instant, rss_instant
from channels.feed.entry import entry, files
from channels.shelf import Item, State
from tests.factories import PUBLIC_URL, RELEASED, message, version

ENTRIES = 2_000
ROUNDS = 5
HEAD = Head(
    "tag:bench", "全部公开件", "主动公开的政府信息", "云岭高新区", f"{PUBLIC_URL}/feeds/all", f"{PUBLIC_URL}/", RELEASED
)


def measure() -> Iterator[Figure]:
    """From what stands on the shelf to the bytes of Atom, RSS and JSON Feed."""
    items, entries = [], []
    for number in range(ENTRIES):
        item, bare = made(number)
        items.append(item)
        entries.append(bare)
    ours, bare_time = in_turn(
        [
            lambda: documents(HEAD, items, most=2**40),
            lambda: [write(entries) for write in (bare_feed.atom, bare_feed.rss, bare_feed.json_feed)],
        ],
        ROUNDS,
    )
    yield Figure(f"feed of {ENTRIES:,} entries (Atom, RSS, JSON)", ours * 1_000, bare_time * 1_000, "ms", 1.2)


def made(number: int) -> tuple[Item, bare_feed.Entry]:
    """One entry, as the shelf has it and as the baseline is given it."""
    said = message(version(notice=f"202611-{number:08}"))
    one = entry(said, "gongkai.test")
    kept = {}
    for file in files(one):
        written = rss_instant if file.name.endswith(".rss") else instant
        slots = {Slot.PUBLISHED_AT: written(RELEASED), Slot.UPDATED_AT: written(RELEASED)}
        kept[file.name] = fill(file.body, slots).decode()
    item = Item(
        subject=said.subject,
        sequence=1,
        state=State.SHOWN,
        first_released_at=RELEASED,
        updated_at=RELEASED,
        rendition="",
        entry=kept,
    )
    at = instant(RELEASED)
    return item, bare_feed.Entry(one.id, said.address, one.title, one.summary, one.html, one.tags, at, at)
