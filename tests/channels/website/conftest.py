"""A website endpoint behind a plain file server that sends nothing but files and the strict policy."""

import functools
import hashlib
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import Accepted, Answer, Rendition, Tools, Work
from channels.files import PUBLIC
from channels.http import AllowEntry, Guarded
from channels.shelf import opened
from channels.website import Channel, look
from channels.website.entry import columns_of, item
from channels.website.pages import File, Pages
from channels.website.site import CSP, Site, SiteOptions
from channels.website.whole import files_of, pieces
from config.clock import DrivenClock
from notices.document import read
from notices.notice import Message, Relation
from notices.samples import lay_out
from tests.factories import RELEASED, message, office, version, work
from tests.source import ROOT


def everything(made: Pages) -> Iterator[File]:
    """Every file of the site."""
    for piece in pieces(made.shelf):
        yield from files_of(made, piece)


class Blobs(dict[str, bytes]):
    """Bytes by their SHA-256."""

    def get(self, sha256: str) -> bytes:  # type: ignore[override]  # as channels.base.Blobs says: KeyError, no default
        return self[sha256]

    def add(self, body: bytes) -> str:
        name = hashlib.sha256(body).hexdigest()
        self[name] = body
        return name


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves files and keeps quiet."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The origin of a file server before ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(Server, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Outlet:
    """The endpoint under test: its channel, its clock, its files, and what the store would hold."""

    channel: Channel
    clock: DrivenClock
    blobs: Blobs
    at: datetime = RELEASED
    first: dict[str, datetime] = field(default_factory=dict)

    @property
    def public(self) -> Path:
        return self.channel.tools.place / PUBLIC

    def said(self, **changes: Any) -> Message:
        """A message about ``version(**changes)`` at this site's address."""
        return self.addressed(message(version(**changes)))

    def addressed(self, said: Message) -> Message:
        month, name = said.subject.split("-")
        return said.model_copy(update={"address": f"{self.channel.tools.public_url}/n/{month}/{name}.html"})

    def work(self, said: Message) -> Work:
        """``said`` approved, stored and released a minute after the last one."""
        rendition = self.channel.render(said)
        self.keep(rendition)
        self.at += timedelta(minutes=1)
        first = self.first.setdefault(said.subject, self.at)
        return work(said, rendition, released_at=self.at, first_released_at=first)

    def keep(self, rendition: Rendition) -> None:
        for file in rendition.files:
            self.blobs.add(file.body)

    def write(self, said: Message) -> Work:
        """The first step only."""
        todo = self.work(said)
        assert self.channel.next_step(todo) == "write"
        self.channel.send("write", todo)
        return todo

    def deliver(self, said: Message) -> Answer:
        """Every step that is due at once; the last answer."""
        return self.steps(self.work(said))[-1]

    def steps(self, todo: Work) -> list[Answer]:
        answers: list[Answer] = []
        scratch: dict[str, Any] = {}
        while (step := self.channel.next_step(replace(todo, scratch=scratch))) and len(answers) < 20:
            answers.append(self.channel.send(step, replace(todo, scratch=scratch)))
            if not isinstance(answers[-1], Accepted) or answers[-1].ask_again_at is None:
                break
            scratch |= answers[-1].scratch
        return answers

    def page(self, said: Message) -> str:
        """What stands at the address."""
        return (self.public / said.address.removeprefix(f"{self.channel.tools.public_url}/")).read_text("utf-8")

    def files(self) -> dict[str, bytes]:
        """Every public file."""
        return {str(f.relative_to(self.public)): f.read_bytes() for f in self.public.rglob("*") if f.is_file()}

    def pages(self, shelf: Any, said: Message) -> Pages:
        return Pages(Site(self.channel.tools.public_url, said.office, self.channel.options), shelf, self.blobs)

    def seed(self, count: int) -> None:
        """``count`` notices on the shelf at once, their files left out."""
        todo = self.work(self.said(notice="202601-seed"))
        with opened(self.channel.tools.place) as shelf, shelf.transaction():
            for n in range(count):
                one = replace(item(todo, None), subject=f"202601-{n:08d}")
                shelf.put(one, columns_of(todo.message), ranks={"year:2026": n * 100 + 1})
            shelf.note("look", look(Site(self.channel.tools.public_url, todo.message.office, self.channel.options)))


def outlet_in(place: Path, origin: str, *, may_ask: bool = True) -> Outlet:
    """An endpoint in ``place``, whose site readers reach at ``origin``; ``may_ask``: it is on the allow-list."""
    clock, blobs = DrivenClock(), Blobs()
    allowed = [AllowEntry(origin="/".join(origin.split("/")[:3]), owner="测试")]
    tools = Tools(
        clock=clock,
        http=Guarded(clock=clock, allow=allowed if may_ask else [], total=5),
        smtp=None,  # type: ignore[arg-type]  # a site sends no mail
        blobs=blobs,
        shared=None,  # type: ignore[arg-type]  # a site shares nothing
        place=place,
        public_url=origin,
        secret=lambda name: name,
    )
    return Outlet(Channel(SiteOptions(icp="云ICP备00000000号-1"), tools), clock, blobs)


@pytest.fixture
def outlet(tmp_path: Path) -> Outlet:
    """Without a server: what it writes is looked at on disk."""
    return outlet_in(tmp_path, "http://gongkai.test")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Outlet]:
    """With a server before its files."""
    with served(tmp_path / PUBLIC) as origin:
        yield outlet_in(tmp_path, origin)


@pytest.fixture(scope="module")
def unsynced() -> Iterator[None]:
    """The machine stays up, so nothing is lost that was not synced: leave the syncing out and save the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


Publish = Callable[[Outlet, Path], dict[str, Message]]


@pytest.fixture(scope="session")
def publish_samples() -> Publish:
    return _publish_samples


def _publish_samples(outlet: Outlet, folder: Path) -> dict[str, Message]:
    """Every sample notice, published in order; the messages by the sample's name."""
    said: dict[str, Message] = {}
    folder.mkdir()
    for file in lay_out(ROOT / "samples", folder, outlet.clock.now()):
        draft = read(file, offices=[office()], public_channels=["website", "feed", "poster"])
        number = len(said) + 1
        for body in draft.files.values():
            outlet.blobs.add(body)
        relations = [
            Relation(type=tie.type, title=tie.title, notice=said[tie.to].subject if tie.to in said else None)
            for tie in draft.ties
        ]
        made = draft.version(
            notice=f"202611-sample{number:02d}",
            number=1,
            index_number=f"11530100MB1A2B3C4D/2026-{number:05d}",
            relations=relations,
        )
        said[file.stem] = outlet.addressed(message(made))
        outlet.write(said[file.stem])
    return said
