"""An endpoint at the sandbox's account, deliveries as ``streams.deliver`` makes them, and the account as witness."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from channels.base import (
    Accepted,
    Delivered,
    Done,
    NeverFound,
    NotYet,
    Refused,
    Rendition,
    Tools,
    TryAgain,
    Unsure,
    Work,
)
from channels.http import AllowEntry, Guarded
from channels.wechat import Channel, WechatOptions
from notices.notice import Message
from streams.outlets import SharedStore
from streams.store.migrate import open_store
from tests import factories
from tests.channels.contract import Memory, files
from tests.channels.wechat.pictures import BLOBS, illustrated
from tests.sandbox.wechat.platform import APPID, Platform
from tests.stores import lay_store

MOST = 200  # tries after which a delivery should long have ended
REFUSALS = 3

End = Accepted | Delivered | Refused | NeverFound


@contextmanager
def endpoint(there: Platform, folder: Path, *, total: float = 2) -> Iterator[Channel]:
    """The channel of an endpoint at the account, as a worker has it; ``total`` seconds a request may take."""
    folder.mkdir(parents=True, exist_ok=True)
    lay_store(folder / "store.sqlite")
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}", there.clock)
    origin = there.host.removesuffix("/wechat")
    http = Guarded(clock=there.clock, allow=[AllowEntry(origin, "测试")], total=total)
    try:
        tools = Tools(
            clock=there.clock,
            http=http,
            smtp=None,  # type: ignore[arg-type]  # an account sends no mail
            blobs=Memory({**BLOBS, **files()}),
            shared=SharedStore(store, "test"),
            place=folder / "place",
            public_url=factories.PUBLIC_URL,
            secret=lambda name: there.secret,
        )
        yield Channel(WechatOptions(appid=APPID, host=there.host), tools)
    finally:
        http.close()
        store.close()


@dataclass
class Notice:
    """One notice of its own address, with pictures or without, and how often each of its versions should be said."""

    name: str
    illustrated: bool = False
    sequence: int = 0
    version: Any = None

    def release(self) -> Message:
        """Its first version."""
        self.sequence = 1
        self.version = (illustrated if self.illustrated else factories.version)(notice=f"202611-{self.name}")
        return factories.message(self.version)

    def correct(self) -> Message:
        """The next version."""
        before, self.sequence = self.version, self.sequence + 1
        self.version = before.model_copy(update={"number": self.sequence, "public_note": "更正了补缴的说明。"})
        return factories.message(self.version, previous=before, sequence=self.sequence)

    def withdraw(self, leaves: str = "banner") -> Message:
        """Its end."""
        self.sequence += 1
        gone = factories.withdrawal(leaves=leaves, redirect="202611-elsewher" if leaves == "redirect" else None)
        return factories.message(self.version, previous=self.version, sequence=self.sequence, withdrawal=gone)


def work(channel: Channel, said: Message) -> Work:
    """``said`` approved, and ready to be sent."""
    made: Rendition = channel.render(said)
    now = channel.tools.clock.now()
    earlier = tuple(range(1, said.sequence))
    return replace(factories.work(said, made), supersedes=earlier, released_at=now, first_released_at=now)


def deliver(
    channel: Channel,
    there: Platform,
    todo: Work,
    *,
    dies_before: Collection[int] = (),
    dies_after: Collection[int] = (),
    before: Callable[[int, str], None] = lambda number, step: None,
) -> tuple[End, int]:
    """Every step until the end, and how many tries it took.

    Whoever sends dies before or after some of the tries; another one goes on with what was written down before.
    """
    scratch: dict[str, Any] = {}
    refusals = 0
    for number in range(1, MOST):
        now = replace(todo, scratch=json.loads(json.dumps(scratch)), attempt=number)
        step = channel.next_step(now)
        before(number, step)
        if number in dies_before:
            continue
        try:
            answer = channel.send(step, now)
        except NeverFound as failure:
            return failure, number
        except (TryAgain, Unsure) as failure:
            there.clock.advance(max(getattr(failure, "retry_after", None) or 0, 60))
            continue
        except Refused as refused:
            refusals += 1
            if refused.final or refusals == REFUSALS:
                return refused, number
            continue
        if number in dies_after:
            there.clock.advance(15)
            continue
        match answer:
            case Done(scratch=kept):
                scratch |= kept
            case Accepted(ask_again_at=at, scratch=kept) if at is not None:
                scratch |= kept
                there.clock.set(max(at, there.clock.now()))
            case NotYet(until=at, scratch=kept):
                scratch |= kept
                there.clock.set(max(at, there.clock.now()))
            case _:
                assert isinstance(answer, Accepted | Delivered)
                return answer, number
    raise AssertionError(f"no end after {MOST} tries")


def published(there: Platform, said: Message) -> dict[int, int]:
    """How often each message of the notice was ever published, by sequence: from the account's own journal."""
    articles = {entry["media_id"]: entry["article"] for entry in there.did("draft")}
    jobs = {entry["publish_id"]: articles[entry["media_id"]] for entry in there.did("submit")}
    ended = [jobs[entry["publish_id"]] for entry in there.did("ended") if entry["status"] == 0]
    return dict(Counter(_sequence(article, said) for article in ended if _is_of(article, said)))


def standing(there: Platform, said: Message) -> list[int]:
    """The messages of the notice that readers can open, by sequence."""
    items: list[dict[str, Any]] = []
    while True:
        found = there.call("freepublish/batchget", {"offset": len(items), "count": 20, "no_content": 1})
        items += found["item"]
        if len(items) >= found["total_count"]:
            break
    articles = [item["content"]["news_item"][0] for item in items]
    return sorted(_sequence(article, said) for article in articles if _is_of(article, said))


def drafts(there: Platform, said: Message) -> list[int]:
    """The notice's drafts that are left, by sequence."""
    found = there.call("draft/batchget", {"offset": 0, "count": 20, "no_content": 1})
    articles = [item["content"]["news_item"][0] for item in found["item"]]
    return sorted(_sequence(article, said) for article in articles if _is_of(article, said))


def _is_of(article: dict[str, Any], said: Message) -> bool:
    return str(article["content_source_url"]).startswith(f"{said.address}?")


def _sequence(article: dict[str, Any], said: Message) -> int:
    return int(str(article["content_source_url"]).removeprefix(f"{said.address}?wx="))
