"""The phones that the vendors' fakes have reached, as their holders see them: what came, never what was meant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from re import compile as pattern

from markupsafe import Markup, escape

from config.clock import wall
from sandbox.sms.numbers import alias, masked
from sandbox.sms.vendor import Vendor
from sandbox.sms.witness import Reply, Text

DAYS = "一二三四五六日"
TONES = 5
# What a phone makes a link of: short numbers of services, landlines, 400 numbers.
TELEPHONE = pattern(r"(?<![0-9.,-])(?:1[0-9]{4}|0[0-9]{2,3}-?[0-9]{7,8}|400-?[0-9]{3}-?[0-9]{4})(?![0-9.,元年月日人-])")


@dataclass(frozen=True)
class Bubble:
    """One text or one reply."""

    at: datetime  # as people here read it
    text: Markup
    mine: bool
    day: str  # empty: the same as that of the bubble before


@dataclass(frozen=True)
class Thread:
    """What one signature and one phone have said to each other."""

    sign: str
    vendor: str  # of the newest text
    things: Sequence[Text | Reply]

    @property
    def newest(self) -> str:
        """The instant of the newest, ISO 8601."""
        return self.things[-1].at

    @property
    def tone(self) -> int:
        """Which colour its face has: the same for a signature everywhere."""
        return int(alias(self.sign), 16) % TONES

    @property
    def preview(self) -> str:
        """The newest text without its signature."""
        return self.things[-1].text.removeprefix(f"【{self.sign}】")

    def bubbles(self, today: date) -> list[Bubble]:
        """All of it, the oldest first."""
        made, before = [], None
        for thing in self.things:
            at = wall(datetime.fromisoformat(thing.at))
            said = day(at, today) if at.date() != before else ""
            made.append(Bubble(at, linked(thing.text), isinstance(thing, Reply), said))
            before = at.date()
        return made


@dataclass(frozen=True)
class Phone:
    """One number."""

    number: str
    threads: Sequence[Thread]  # the newest first

    @property
    def alias(self) -> str:
        """What stands for it in an address."""
        return alias(self.number)

    @property
    def masked(self) -> str:
        """The number as it may be shown."""
        return masked(self.number)

    @property
    def newest(self) -> str:
        """The instant of the newest, ISO 8601."""
        return self.threads[0].newest

    @property
    def count(self) -> int:
        """How many texts came."""
        return sum(isinstance(thing, Text) for thread in self.threads for thing in thread.things)


def phones(vendors: Collection[Vendor], most: int) -> list[Phone]:
    """The phones that something came to, the newest first, at most so many."""
    newest: dict[str, str] = {}
    for number, texts in chain.from_iterable(vendor.witness.of.items() for vendor in vendors):
        newest[number] = max(newest.get(number, ""), texts[-1].at)
    found = (phone_of(number, vendors) for number in sorted(newest, key=newest.__getitem__, reverse=True))
    return list(islice((phone for phone in found if phone.threads), most))


def phone_of(number: str, vendors: Collection[Vendor]) -> Phone:
    """One phone. A text of which the carrier said that it did not arrive, or will say so, is not on it."""
    things: dict[str, list[Text | Reply]] = {}
    last: dict[str, tuple[str, str]] = {}
    for vendor in vendors:
        for text in vendor.witness.of.get(number, []):
            receipt = vendor.witness.receipts.get(text.key)
            if receipt.well if receipt else text.key not in vendor.witness.unwanted:
                things.setdefault(text.sign, []).append(text)
                last[text.sign] = max(last.get(text.sign, ("", "")), (text.at, vendor.name))
        for reply in vendor.witness.replies:
            if reply.number == number and reply.sign in things:
                things[reply.sign].append(reply)
    threads = [Thread(sign, last[sign][1], sorted(said, key=lambda thing: thing.at)) for sign, said in things.items()]
    return Phone(number, sorted(threads, key=lambda thread: thread.newest, reverse=True))


def day(at: datetime, today: date) -> str:
    """A day as a phone says it."""
    away = (today - at.date()).days
    if away in (0, 1):
        return ("今天", "昨天")[away]
    return f"{at.month}月{at.day}日 星期{DAYS[at.weekday()]}"


def moment(at: str, today: date) -> str:
    """The instant of the newest, as a list of threads says it."""
    local = wall(datetime.fromisoformat(at))
    return f"{local:%H:%M}" if local.date() == today else day(local, today).partition(" ")[0]


def linked(text: str) -> Markup:
    """``text``, escaped, its telephone numbers to be tapped."""
    made, end = Markup(), 0
    for found in TELEPHONE.finditer(text):
        made += escape(text[end : found.start()])
        made += Markup('<a href="tel:{}">{}</a>').format(found[0].replace("-", ""), found[0])
        end = found.end()
    return made + escape(text[end:])
