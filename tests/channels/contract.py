"""What the contract suite drives channels with: an example endpoint, the samples as messages, outlets of all sorts.

Run as a program it says the hashes of what a channel makes of them, for comparison between two processes.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from channels.base import (
    Accepted,
    Answer,
    Blobs,
    Channel,
    Delivered,
    Done,
    Gone,
    Http,
    HttpAnswer,
    NotYet,
    Pretended,
    Recipient,
    Refused,
    Rendition,
    Shared,
    Tools,
    TryAgain,
    Unsure,
    Work,
    load,
)
from channels.smtp.letter import Letter, MailServer, Reply, Smtp, SmtpAnswer, Stage
from config.channels import channel_tables
from config.clock import DrivenClock
from notices.document import read
from notices.notice import Message, MessageKind, Version
from notices.samples import lay_out
from streams.outlets import SharedStore
from streams.store.migrate import open_store
from tests import factories
from tests.source import ROOT
from tests.stores import lay_store

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # as good as any for a channel that wants one
MOST = 60  # steps after which a delivery should long have ended
TRIES = 3  # of a step that asks for another try
PERSONS = tuple(Recipient(place, partial("139000000{:02}".format, place)) for place in range(3))
FOLLOWS = ("corrected", "minor", "banner", "gone", "redirect", "corrected again", "withdrawn at last")

End = Answer | Exception  # how the last step ended
Behaviour = Callable[[], HttpAnswer]  # how an outlet answers whatever it is asked


def options(channel: str) -> dict[str, Any]:
    """Options of an example endpoint."""
    found: dict[str, Any] = channel_tables()[channel].get("example", {})
    return found


def yes(channel: str) -> "Behaviour":
    """An outlet that takes everything, as those of this channel say it."""
    body: str | None = channel_tables()[channel].get("yes")
    return answers(204) if body is None else answers(200, body.encode())


# -- messages --------------------------------------------------------------------------------------


@cache
def files() -> dict[str, bytes]:
    """The attachments of the samples by their hashes."""
    return {hashlib.sha256(body).hexdigest(): body for _, attached in _drafts().values() for body in attached.values()}


@cache
def messages() -> dict[str, Message]:
    """Every sample as it is released, and each followed by a correction or a withdrawal, all sorts in turn."""
    found: dict[str, Message] = {}
    said = {name: version for name, (version, _) in _drafts().items()}
    successor = next(iter(said.values())).notice
    for number, (name, version) in enumerate(said.items()):
        found[name] = factories.message(version)
        how = FOLLOWS[number % len(FOLLOWS)]
        found[f"{name} {how}"] = follow(version, how, successor)
    found["reminder"] = factories.reminder()
    return found


def said_by(channel: Channel) -> dict[str, Message]:
    """Those of the messages that the channel has a form for."""
    return {
        label: said
        for label, said in messages().items()
        if (said.kind is MessageKind.REMINDER) != channel.public
        and (said.withdrawal is not None or channel.speaks_of(said.version.kind))
    }


def follow(version: Version, how: str, successor: str = "") -> Message:
    """A message after ``version``: one of ``FOLLOWS``, the next one but for the last two."""
    if how == "corrected again":
        return follow(follow(version, "corrected").version, "corrected")
    if how == "withdrawn at last":
        return follow(follow(version, "corrected again").version, "banner")
    if how in ("corrected", "minor"):
        changes = {"number": version.number + 1, "body": f"{version.body}\n\n补充说明。\n", "minor": how == "minor"}
        corrected = version.model_copy(update={**changes, "public_note": "正文末尾补充了说明。"})
        return factories.message(corrected, previous=version)
    gone = factories.withdrawal(leaves=how, redirect=successor if how == "redirect" else None)
    after = version.number + 1
    return factories.message(version, previous=version, sequence=after, withdrawal=gone, expires_at=None)


@cache
def _drafts() -> dict[str, tuple[Version, dict[str, bytes]]]:
    found: dict[str, tuple[Version, dict[str, bytes]]] = {}
    with TemporaryDirectory() as folder:
        for number, file in enumerate(sorted(lay_out(ROOT / "samples", Path(folder), DrivenClock().now())), 1):
            draft = read(file, offices=[factories.office()], public_channels=[])
            said = draft.version(
                notice=f"202611-sample{number:02}",
                number=1,
                index_number=f"11530100MB1A2B3C4D/2026-{number:05}",
                relations=[],
            )
            found[file.stem] = (said, dict(draft.files))
    return found


# -- endpoints -------------------------------------------------------------------------------------


@dataclass
class Memory(Blobs):
    """Bytes by their hashes."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def get(self, sha256: str) -> bytes:
        return self.kept[sha256]

    def keep(self, rendition: Rendition) -> None:
        """As approval does."""
        self.kept |= {hashlib.sha256(file.body).hexdigest(): file.body for file in rendition.files}


@dataclass
class Partner(Http):
    """An outlet that hears every request and behaves as it was told."""

    behave: Behaviour
    heard: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        self.heard.append((method, url, headers or {}, body or b""))
        answer = self.behave()
        return replace(answer, body=answer.body[:limit])


@dataclass
class Post(Smtp):
    """The same over SMTP: a status is the answer to the end of a mail."""

    partner: Partner

    def send(self, server: MailServer, letter: Letter) -> SmtpAnswer:
        self.partner.heard.append(("MAIL", server.origin, {}, letter.message))
        answer = self.partner.behave()
        return SmtpAnswer(Stage.END, Reply(answer.status, answer.body.decode("utf-8", "replace")))


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """An outlet that always answers so."""
    return lambda: HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def fails(failure: Exception) -> Behaviour:
    """An outlet that cannot be reached so."""

    def behave() -> HttpAnswer:
        raise failure

    return behave


def nobody() -> HttpAnswer:
    """For what must not go out: any request at all is a defect."""
    raise AssertionError("something was asked over HTTP")


@contextmanager
def tools(folder: Path) -> Iterator[Tools]:
    """Everything a channel may use, its place below ``folder``; asking anything over HTTP is a defect."""
    clock = DrivenClock()
    lay_store(folder / "store.sqlite")
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}", clock)
    shared: Shared = SharedStore(store, "contract")
    try:
        partner = Partner(nobody)
        yield Tools(
            clock=clock,
            http=partner,
            smtp=Post(partner),
            blobs=Memory(files().copy()),
            shared=shared,
            place=folder / "place",
            public_url=factories.PUBLIC_URL,
            secret=lambda name: SECRET,
        )
    finally:
        store.close()


def fresh(given: Tools, place: Path, http: Behaviour) -> Tools:
    """The tools of another endpoint, in ``place``, whose outlet behaves so."""
    blobs, partner = Memory(files().copy()), Partner(http)
    return replace(given, clock=DrivenClock(), http=partner, smtp=Post(partner), blobs=blobs, place=place)


def made(channel: str, given: Tools) -> Channel:
    """The channel of the example endpoint."""
    kind = load(channel)
    return kind(kind.Options.model_validate(options(channel)), given)


# -- deliveries ------------------------------------------------------------------------------------


def work(channel: Channel, said: Message, **changes: Any) -> Work:
    """``said`` approved, and ready to be sent."""
    rendition = channel.render(said)
    if isinstance(channel.tools.blobs, Memory):
        channel.tools.blobs.keep(rendition)
    persons = {} if channel.audience is None else {"recipients": PERSONS}
    return factories.work(said, rendition, **persons | changes)


def deliver(channel: Channel, todo: Work, *, die: bool = False) -> End:
    """Every step, as ``streams.deliver`` asks for them; how it ended.

    With ``die`` whoever sent dies after each step, before its answer is written down, and another repeats the step.
    """
    scratch: dict[str, Any] = {}
    tries = 0
    doubted: datetime | None = None
    for attempt in range(1, MOST + 1):
        now = replace(todo, scratch=json.loads(json.dumps(scratch)), attempt=attempt, doubted_since=doubted)
        step = channel.next_step(now)
        assert step, "asked for a step before the last one's answer was final, it has none"
        end = _send(channel, step, now)
        if die:
            end = _send(channel, step, now)
        match end:
            case NotYet(until=at, scratch=kept, each=each):
                scratch, tries = {**scratch, **kept}, 0
                todo = replace(todo, recipients=tuple(one for one in todo.recipients if one.place not in each))
                _wait(channel, at)
            case Done(scratch=kept, each=each):
                scratch, tries, doubted = {**scratch, **kept}, 0, None
                todo = replace(todo, recipients=tuple(one for one in todo.recipients if one.place not in each))
                if each and not todo.recipients:
                    return end
            case Accepted(ask_again_at=at, scratch=kept) if at is not None:
                scratch, tries, todo = {**scratch, **kept}, 0, replace(todo, taken=True)
                _wait(channel, at)
            case Unsure() if channel.looks_up_after is not None and doubted is None:
                doubted = channel.tools.clock.now()
                _wait(channel, channel.tools.clock.now() + channel.looks_up_after)
            case TryAgain() | Unsure() if tries < TRIES:
                tries += 1
            case Refused(final=False) if tries < TRIES:
                tries += 1
            case _:
                return end
    raise AssertionError(f"no end after {MOST} steps")


def _wait(channel: Channel, until: datetime) -> None:
    assert isinstance(channel.tools.clock, DrivenClock)
    channel.tools.clock.set(max(until, channel.tools.clock.now()))


def _send(channel: Channel, step: str, todo: Work) -> End:
    try:
        answer = channel.send(step, todo)
    except (TryAgain, Refused, Gone, Unsure) as failure:  # the contract's; any other is a defect
        return failure
    assert isinstance(answer, NotYet | Done | Accepted | Delivered | Pretended)
    return answer


def there(place: Path) -> dict[str, bytes]:
    """Every public file."""
    public = place / "public"
    return {str(file.relative_to(public)): file.read_bytes() for file in public.rglob("*") if file.is_file()}


def heard(given: Tools) -> list[tuple[str, str, Mapping[str, str], bytes]]:
    """Every request that was made with these tools."""
    assert isinstance(given.http, Partner)
    return given.http.heard


if __name__ == "__main__":
    with TemporaryDirectory() as elsewhere, tools(Path(elsewhere)) as given:
        channel = made(sys.argv[1], given)
        hashes = {name: channel.render(said).sha256 for name, said in said_by(channel).items()}
    sys.stdout.write(json.dumps(hashes))
