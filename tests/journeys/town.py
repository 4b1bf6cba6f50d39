"""A small town: an installation on a driven clock, its public listener, partners in a process of their own."""

import http.client
import json
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from sqlalchemy import select

from channels import base
from config.clock import DrivenClock
from notices.document import Draft, read
from notices.samples import expand
from producers.correct import correct
from producers.house import House, house
from producers.publish import Published, publish
from producers.schedule.fire import fire_due
from producers.serve.listeners import bind
from producers.withdraw import withdraw
from streams.embedded import Embedded
from streams.store.tables import attempt, delivery
from streams.triggers import next_look
from tests.embedded import embedded
from tests.factories import office
from tests.faults.rig import Partners
from tests.journeys.served import served
from tests.source import ROOT
from tests.stores import lay_store

ATOM = {"a": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}
OFFICES = (
    office(),
    office(id="ybj", name="云岭高新区医疗保障局", short="区医保局", code="11530100MB1A2B3C5E", path="/ybj"),
)
BY = "测试"
NOBODY = 9  # the discard port: nothing answers there


@dataclass(frozen=True)
class Outlet:
    """An endpoint of the configuration."""

    name: str
    channel: str
    office: str = "rsj"
    options: Mapping[str, Any] = field(default_factory=dict)
    pretend: bool = False


@dataclass(frozen=True)
class Ground:
    """A data folder that is furnished, with the socket of its public listener; nobody is at work in it yet."""

    home: Path
    clock: DrivenClock
    listening: socket.socket | None = None
    partners: Partners | None = None


@contextmanager
def prepared(
    home: Path,
    clock: DrivenClock,
    outlets: Sequence[Outlet],
    *,
    partners: Partners | None = None,
    reachable: bool = True,
    staff: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Ground]:
    """Furnish ``home``. Where it is not ``reachable``, nobody serves what it writes."""
    if not reachable:
        furnish(home, NOBODY, outlets, partners=partners, staff=staff)
        yield Ground(home, clock, partners=partners)
        return
    with bind("127.0.0.1", 0) as listening:
        furnish(home, listening.getsockname()[1], outlets, partners=partners, staff=staff)
        yield Ground(home, clock, listening, partners)


def furnish(
    home: Path,
    port: int,
    outlets: Sequence[Outlet],
    *,
    partners: Partners | None = None,
    engine: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    staff: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write the configuration: ``port`` is the public one; the partners may be reached, and nothing else. ``staff`` is
    that of the first office.

    ``engine``: further keys of its tables ``installation`` and ``kafka``, where it is not the embedded one.
    """
    lines = ["[installation]", f"port = {port}"]
    for name, keys in engine.items():
        lines += [] if name == "installation" else [f"[{name}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in keys.items()]
    for one in OFFICES:
        table = one.model_dump(exclude={"id", "sections"}, exclude_none=True) | (
            {"staff": staff} if one.id == "rsj" and staff else {}
        )
        lines += [f"[offices.{one.id}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
        lines += [f"[offices.{one.id}.sections]", *(f"{key} = {_toml(value)}" for key, value in one.sections.items())]
    for outlet in outlets:
        lines += [f"[endpoints.{outlet.name}]", f"office = {_toml(outlet.office)}", f"title = {_toml(outlet.name)}"]
        lines += [f"channel = {_toml(outlet.channel)}", f"pretend = {_toml(outlet.pretend)}"]
        lines += [f"options = {_toml(outlet.options)}"]
    home.mkdir(parents=True, exist_ok=True)
    if partners is not None:
        lines += ["[[allow]]", f'origin = "http://127.0.0.1:{partners.port}"', f"owner = {_toml(BY)}"]
        if partners.mail_port:
            lines += ["[[allow]]", f'origin = "smtp://127.0.0.1:{partners.mail_port}"', f"owner = {_toml(BY)}"]
        shutil.copytree(partners.secrets, home / "secrets")
    (home / "gongkai.toml").write_text("\n".join(lines) + "\n", "utf-8")
    if not engine:
        lay_store(home / "gongkai.sqlite")


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


@dataclass
class Town:
    """The installation with its doors open; ``partners`` is None where nobody receives."""

    house: House
    clock: DrivenClock
    partners: Partners | None = None

    def __post_init__(self) -> None:
        self.engine: Embedded = embedded(self.house)
        self.engine.take_over()

    # -- what the office does ----------------------------------------------------------------------

    def draft(
        self, title: str, *, of: str = "rsj", channels: Sequence[str] = (), added: str = "", more: Sequence[str] = ()
    ) -> Draft:
        """As ``draft``, in this house."""
        return draft(self.house, title, of=of, channels=channels, added=added, more=more)

    def publish(self, title: str, **of: Any) -> Published:
        """Publish a notice; nothing is sent yet."""
        return publish(self.house, self.draft(title, **of), by=BY)

    def correct(self, done: Published, title: str, *, note: str, minor: bool = False, **of: Any) -> Published:
        """Correct a notice; nothing is sent yet."""
        return correct(self.house, done.notice, self.draft(title, **of), note=note, minor=minor, by=BY)

    def withdraw(self, done: Published, *, reason: str, leaves: str = "banner", redirect: str = "") -> Published:
        """Withdraw a notice; nothing is sent yet."""
        return withdraw(self.house, done.notice, reason=reason, leaves=leaves, redirect=redirect or None, by=BY)

    def settle(self, seconds: float = 0, step: float = 5) -> None:
        """Do all that is due, now and whenever something falls due while ``seconds`` pass."""
        end = self.clock.now() + timedelta(seconds=seconds)
        self.engine.run_until_idle()
        while self.clock.now() < end:
            self.clock.advance(step)
            self.engine.run_until_idle()

    # -- what the ledger says ----------------------------------------------------------------------

    def outcomes(self, done: Published) -> dict[str, list[str]]:
        """Endpoint → outcomes of the notice's deliveries there, oldest message first."""
        wanted = (
            select(delivery.c.endpoint, delivery.c.state)
            .where(delivery.c.subject == done.notice)
            .order_by(delivery.c.endpoint, delivery.c.subject_sequence)
        )
        found: dict[str, list[str]] = {}
        for row in self.house.store.read(lambda c: c.execute(wanted).all()):
            found.setdefault(row.endpoint, []).append(row.state)
        return found

    def causes(self, endpoint: str) -> list[str]:
        """What the attempts at an endpoint say went wrong, in order."""
        wanted = (
            select(attempt.c.cause)
            .join(delivery, delivery.c.id == attempt.c.delivery)
            .where(delivery.c.endpoint == endpoint, attempt.c.cause != "")
            .order_by(attempt.c.id)
        )
        return list(self.house.store.read(lambda c: c.execute(wanted).scalars()))

    # -- what readers see --------------------------------------------------------------------------

    def page(self, address: str) -> tuple[int, str]:
        """Status and text at a public address."""
        status, body = get(address)
        return status, body.decode()

    def feed(self, of: str = "rsj", name: str = "all") -> "etree._Element":
        """An Atom feed as subscribers get it."""
        path = self.house.outlets.office(of).path
        status, body = get(f"{self.house.configuration.public_url}{path}/feeds/{name}.atom")
        assert status == 200, name
        return etree.fromstring(body)

    def entry(self, done: Published, of: str = "rsj") -> "etree._Element":
        """The feed's one entry of a notice."""
        (found,) = [
            entry
            for entry in self.feed(of).iterfind("a:entry", ATOM)
            if entry.findtext("a:id", "", ATOM).endswith(done.notice)
        ]
        return found

    def told(self, partner: str, done: Published) -> list[dict[str, Any]]:
        """The events about a notice that a partner has kept, in order of arrival; every signature was verified."""
        assert self.partners is not None
        return [one["event"] for one in self.partners.stored(partner) if one["event"]["subject"] == done.notice]

    def told_wrongly(self, partner: str) -> list[dict[str, Any]]:
        """What a partner has refused: unsigned, or not genuine."""
        assert self.partners is not None
        return [one for one in self.partners.inbox(partner) if one["verdict"] == "refused"]

    def tell(self, partner: str, **conduct: Any) -> None:
        """Make a partner misbehave (``sandbox.misbehave``)."""
        assert self.partners is not None
        tell(self.partners, partner=partner, **conduct)


def tell(partners: Partners, **conduct: Any) -> None:
    """Make a partner, or all of them, misbehave (``sandbox.misbehave``)."""
    line = http.client.HTTPConnection("127.0.0.1", partners.port, timeout=10)
    line.request("POST", "/misbehave", json.dumps(conduct), {"Content-Type": "application/json"})
    assert line.getresponse().status == 204
    line.close()


def get(address: str) -> tuple[int, bytes]:
    """What a public address answers."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    line.request("GET", parts.path)
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


def draft(
    house: House,
    title: str,
    *,
    of: str = "rsj",
    channels: Sequence[str] = (),
    added: str = "",
    more: Sequence[str] = (),
) -> Draft:
    """A notice called ``title``, written today; ``more`` is said of it in front, ``added`` ends its body."""
    source = expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), house.clock.now())
    lines = [line for line in source.splitlines() if not line.startswith(("标题:", "发文机关:", "渠道:"))]
    lines[1:1] = [f"标题: {title}", f"发文机关: {of}"]
    lines[1:1] = [f"渠道: [{', '.join(channels or ('website', 'feed', 'webhook'))}]", *more]
    file = house.home / "draft.md"
    file.write_text("\n".join([*lines, "", added, ""]), "utf-8")
    public = [name for name in base.names() if base.load(name).public]
    offices = [house.outlets.office(name) for name in house.configuration.offices]
    return read(file, offices=offices, public_channels=public)


@contextmanager
def opened(ground: Ground) -> Iterator[Town]:
    """The town at work."""
    with house(ground.home, ground.clock) as here, ExitStack() as doors:
        if ground.listening is not None:
            doors.enter_context(served(here, ground.listening))
        yield Town(here, ground.clock, ground.partners)


def pass_until(town: Town, until: datetime) -> None:
    """Let time pass from one planned instant to the next, with the scheduler and the lanes at work."""
    while (now := town.clock.now()) < until:
        coming = town.house.store.read(next_look)
        town.clock.set(until if coming is None or coming <= now else min(until, coming))
        fire_due(town.house)
        town.settle()
