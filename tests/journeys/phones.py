"""A town whose texts go out by way of a vendor's fake, which posts back to the town's public listener."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import requests
from sqlalchemy import select

from channels.base import Outcome
from channels.sms.banned import banned
from channels.sms.options import VARIABLE
from channels.sms.registration import Syntax, registered_text, variables
from channels.sms.wording import Outlet as Said
from config.clock import DrivenClock
from producers.audience_acts import read_audience
from producers.publish import Published
from sandbox.misbehave import How
from streams.audiences import Audience
from streams.store.tables import delivery, reached
from tests.channels.sms.vendors import APP, KINDS, NINE, Office
from tests.faults.rig import Partners
from tests.journeys.town import BY, Outlet, Town, opened, prepared
from tests.sandbox.process import running
from tests.sandbox.sms.office import SIGN, register, tell, witness

NUMBERS = [f"1391234{number:04}" for number in range(8)]
TOKEN = "0f9d3c5be1a274680f9d3c5be1a27468"
OTHER = "8e27c1b90a64fd358e27c1b90a64fd35"  # of the second vendor's address
PHONE = "0800-8123456"
CODES = {
    "aliyun": {"t05": "SMS_205", "t05-correction": "SMS_305", "withdrawal": "SMS_400"},
    "tencent": {"t05": "2005", "t05-correction": "3005", "withdrawal": "4000"},
}
PATIENCE = 20.0  # seconds of real time


@dataclass
class Phones:
    """The town, its vendor, and the vendor's witness."""

    town: Town
    office: Office

    def address(self, what: str, token: str = TOKEN) -> str:
        """Where the vendor posts."""
        return f"{self.town.house.configuration.public_url}/sms/phones/{token}/{what}"

    def publish(self, title: str) -> Published:
        """A notice by text; nothing is sent yet."""
        return self.town.publish(title, channels=("sms",))

    def carrier(self, *, token: str = TOKEN, **manner: Any) -> dict[str, Any]:
        """Let the carrier speak of every text, and the vendor post it."""
        manner = {"patience": PATIENCE} | manner  # a busy machine is no matter of what is tested here
        return tell(self.office.server, self.office.name, "receipts", to=self.address("receipts", token), **manner)

    def answers(self, number: str, text: str) -> dict[str, Any]:
        """The holder of a number answers."""
        return tell(self.office.server, self.office.name, "reply", number=number, text=text, to=self.address("replies"))

    def misbehave(self, how: How) -> None:
        """Of the next request to send."""
        self.office.misbehave(how=how, times=1, at="SendSms")

    def pass_time(self, seconds: float) -> None:
        """Let time pass at both sides, and whatever falls due be done."""
        self.town.settle(seconds, step=30)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the vendor posts by itself."""
        end = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < end, self.totals()
            requests.get(f"{self.office.server.origin}/phones", timeout=10)  # which takes its time

    # -- what is known ---------------------------------------------------------------------------

    def totals(self) -> Counter[str]:
        """How many recipients of all texts are in which state here."""
        return Counter(self.town.house.store.read(lambda c: c.execute(select(reached.c.state)).scalars().all()))

    def states(self, done: Published) -> list[str]:
        """What became of a notice's texts, by place."""
        wanted = (
            select(reached.c.state)
            .join(delivery, delivery.c.id == reached.c.delivery)
            .where(delivery.c.subject == done.notice)
            .order_by(reached.c.place)
        )
        return list(self.town.house.store.read(lambda c: c.execute(wanted).scalars()))

    def witnessed(self) -> Counter[str]:
        """The same as the vendor's witness has it; texts that are not ours are left out."""
        name, server = self.office.name, self.office.server
        ours = set(CODES[name].values())
        said = {(one["serial"], one["number"]): one["well"] for one in witness(server, name, "receipt")}
        return Counter(
            {True: Outcome.DELIVERED, False: Outcome.FAILED, None: Outcome.ACCEPTED}[
                said.get((one["serial"], one["number"]))
            ]
            for one in witness(server, name)
            if one["template"] in ours
        )

    def texted(self, number: str) -> int:
        """How many texts of ours the vendor took for a number."""
        name, ours = self.office.name, set(CODES[self.office.name].values())
        return sum(
            one["number"].removeprefix("+86") == number and one["template"] in ours
            for one in witness(self.office.server, name)
        )


@contextmanager
def phones(folder: Path, vendor: str, *, batch: int = 3, second: str = "", **more: Any) -> Iterator[Phones]:
    """An office that texts eight people by way of ``vendor``, ``batch`` in a request, at any hour.

    ``second``: the other vendor, for whom the first refuses; ``more`` are options of its endpoint.
    """
    clock = DrivenClock(NINE, file=folder / "now")
    register_codes(folder)
    with running(folder, clock=folder / "now") as server:
        port = int(server.origin.rpartition(":")[2])
        options: dict[str, Any] = {"audience": "pensioners", "sign": SIGN, "phone": PHONE, "batch": batch}
        options |= account(vendor, server.origin) | {"callbacks": "huidiao"}
        options |= {"quiet_from": "00:00", "quiet_to": "00:00", **more}
        if second:
            options["second"] = account(second, server.origin) | {"callbacks": "huidiao2"}
        (folder / "secrets" / "huidiao").write_text(TOKEN)
        (folder / "secrets" / "huidiao2").write_text(OTHER)
        at = Partners(folder, folder / "secrets", port)
        outlet = Outlet("phones", "sms", options=options)
        with prepared(folder / "town", clock, [outlet], partners=at) as ground, opened(ground) as town:
            read_audience(town.house, Audience("pensioners", "rsj", "甲", "第四条", 30), NUMBERS, by=BY)
            yield Phones(town, Office(server, vendor, clock))


def register_codes(folder: Path) -> None:
    """Write what the office has registered at both vendors."""
    register(folder)
    for name, codes in CODES.items():
        with (folder / "sms" / f"{name}.toml").open("a", encoding="utf-8") as file:
            file.write("".join(_template(name, text, code) for text, code in codes.items()))


def account(vendor: str, origin: str) -> dict[str, Any]:
    """The options that name a vendor's account."""
    found = {"vendor": vendor, "key_id": KINDS[vendor][1], "app": APP if vendor == "tencent" else ""}
    return found | {"secret": f"sms-{vendor}", "templates": CODES[vendor], "origin": origin}


def _template(vendor: str, name: str, code: str) -> str:
    """As it is registered."""
    said = Said(SIGN, PHONE, banned(vendor), VARIABLE[vendor])
    named = vendor == "aliyun"
    lines = ["", "[[template]]", f'code = "{code}"']
    lines += [f'text = "{registered_text(name, said, Syntax.NAMED if named else Syntax.NUMBERED)}"']
    if named:
        lines += ["variables = { " + ", ".join(f'{key} = "{kind}"' for key, kind in variables(name)) + " }"]
    return "\n".join(lines) + "\n"
