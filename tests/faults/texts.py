"""An office that texts by way of the vendors' fakes, and what must be true of every number by the fakes' own files."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from channels.base import Outcome
from channels.sms.banned import banned
from channels.sms.options import VENDORS
from channels.sms.registration import Syntax, registered_text, variables
from channels.sms.wording import Outlet as Words
from producers.house import House
from producers.verify_deliveries import verify_deliveries
from streams.audiences import Audience, define, read_in
from streams.seal import Seal
from streams.store.tables import delivery, lane, part, reached
from tests.faults.rig import Partners
from tests.journeys.town import BY, Outlet, Town

SIGN, PHONE, AUDIENCE, KEYS = "云岭高新区人社局", "0800-8123456", "pensioners", "numbers"
KEY_IDS = {"aliyun": "LTAI5tSandboxGongkai", "tencent": "AKIDsandboxgongkai"}
APP = "1400006666"
OFTEN = 1_000_000  # texts that a number may get: here the limits are told, not run into
LIMITS = {"aliyun": ("notice_day",), "tencent": ("thirty_seconds", "hour", "day", "same_content_day")}
WAITS = (Outcome.PLANNED, Outcome.SENDING, Outcome.UNKNOWN)  # something may still be done
TAKEN = (Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.FAILED)  # the vendor took it, whatever came of it
NAMES = ("t05", "t05-correction", "elsewhere", "withdrawal")


def code(vendor: str, name: str) -> str:
    """Of one of our texts at a vendor."""
    return f"SMS_{NAMES.index(name) + 1}" if vendor == "aliyun" else f"{NAMES.index(name) + 1}"


def register(inboxes: Path, **lines: str) -> None:
    """Have the texts registered at both vendors; ``lines`` are more of a vendor's account."""
    words = Words(SIGN, PHONE, banned("aliyun"), 35)
    for vendor, key_id in KEY_IDS.items():
        limits = ", ".join(f"{name} = {OFTEN}" for name in LIMITS[vendor])
        found = [f'key_id = "{key_id}"', f"limits = {{ {limits} }}", lines.get(vendor, "")]
        found += [f'app = "{APP}"', "variable_length = 35"] if vendor == "tencent" else []
        found += ["[[sign]]", f'name = "{SIGN}"']
        for name in NAMES:
            text = registered_text(name, words, Syntax.NAMED if vendor == "aliyun" else Syntax.NUMBERED)
            found += [
                "[[template]]",
                f'code = "{code(vendor, name)}"',
                f"text = {json.dumps(text, ensure_ascii=False)}",
            ]
            if vendor == "aliyun":
                found += [
                    f"variables = {{ {', '.join(f'{key} = {json.dumps(kind)}' for key, kind in variables(name))} }}"
                ]
        (inboxes / "sms").mkdir(parents=True, exist_ok=True)
        (inboxes / "sms" / f"{vendor}.toml").write_text("\n".join([*found, ""]), "utf-8")


def outlet(vendor: str, port: int, *, batch: int | None = None, **changes: Any) -> Outlet:
    """The endpoint at one vendor, called by its name."""
    options = {
        "vendor": vendor,
        "audience": AUDIENCE,
        "sign": SIGN,
        "phone": PHONE,
        "key_id": KEY_IDS[vendor],
        "secret": f"sms-{vendor}",
        "templates": {name: code(vendor, name) for name in NAMES},
        "variable_length": 35,
        "origin": f"http://127.0.0.1:{port}",
        **({"app": APP} if vendor == "tencent" else {}),
        **({"batch": batch} if batch else {}),
        **changes,
    }
    return Outlet(vendor, "sms", options=options)


def numbers(many: int) -> list[str]:
    """So many that nobody has."""
    return [f"139{number:08}" for number in range(many)]


def people(house: House, many: int, *, audience: str = AUDIENCE, office: str = "rsj") -> list[str]:
    """Read in an audience of so many; its numbers, by place."""
    key = house.home / "secrets" / KEYS
    if not key.exists():
        key.parent.mkdir(exist_ok=True)
        key.write_text(Seal.new_key())
    said = Audience(audience, office, "领取养老金人员", "社会保险法第四条", 30)
    house.store.write(lambda tx: define(tx, said, by=BY))
    read_in(house.store, house.outlets.seal(), audience, numbers(many), by=BY)
    return numbers(many)


def forward(town: Town, until: timedelta = timedelta(days=5)) -> None:
    """Do all that is due, and go from one instant at which something is to the next, while anything waits."""
    end = town.clock.now() + until
    town.engine.run_until_idle()
    while (at := next_due(town.house)) is not None and at <= end:
        now = town.clock.now()
        town.clock.set(at if at > now else now + timedelta(seconds=15))
        town.engine.run_until_idle()


def next_due(house: House) -> datetime | None:
    """When the next part is due of which something may still be done, and its lane with it."""
    wanted = (
        select(part.c.due_at, lane.c.due_at.label("lane"))
        .join(lane, (lane.c.endpoint == part.c.endpoint) & (lane.c.urgent == part.c.urgent))
        .where(part.c.state.in_(WAITS), part.c.due_at.is_not(None))
    )
    rows = house.store.read(lambda c: c.execute(wanted).all())
    return min((max(row.due_at, row.lane or row.due_at) for row in rows), default=None)


# -- the witness -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Got:
    """What the vendors' files say: how often each number got each part's text."""

    texts: Mapping[str, "Counter[str]"]  # by the delivery and the part, the mark of a text

    def of(self, mark: str, number: str) -> int:
        """How often the number got it."""
        return self.texts.get(mark, Counter())[number]


def lines(at: Partners, vendor: str) -> list[str]:
    """The lines of a vendor's file, without one that it is just writing."""
    written = (at.home / f"sms-{vendor}.jsonl").read_bytes()
    return written[: written.rfind(b"\n") + 1].decode().splitlines()


def got(at: Partners, vendors: Iterable[str] = VENDORS) -> Got:
    """Read the files."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for vendor in vendors:
        for line in lines(at, vendor):
            kept = json.loads(line)
            if kept["what"] == "text":
                found[kept["mark"]][kept["number"]] += 1
    return Got(found)


def parts_out(house: House, at: Partners, vendor: str, notice: str) -> dict[str, datetime]:
    """The parts of a notice's delivery that are with the vendor, with the instant at which they came."""
    (name,) = house.store.read(
        lambda c: c.execute(select(delivery.c.id).where(delivery.c.subject == notice)).scalars().all() or [""]
    )
    found: dict[str, datetime] = {}
    for line in lines(at, vendor):
        if f'"{name}.' in line:
            kept = json.loads(line)
            found.setdefault(kept["mark"], datetime.fromisoformat(kept["at"]))
    return found


def begun_with(house: House, at: Partners, vendor: str, notice: str, *, parts: int = 1) -> datetime:
    """Wait until so many parts are with the vendor; when the first one came."""
    pause = threading.Event()
    while len(found := parts_out(house, at, vendor, notice)) < parts:
        pause.wait(0.02)
    return min(found.values())


def check(house: House, at: Partners, people: list[str]) -> "Counter[str]":
    """Nobody has a text twice; what is said of each number is what the vendor's own file says of it.

    How many deliveries to a number came to what: an outcome of ``reached``, or how its part ended; ``unknown`` ones
    are those of which the vendor does not tell.
    """
    witness, totals = got(at), Counter[str]()
    rows = house.store.read(
        lambda c: c.execute(
            select(part.c.delivery, part.c.number, part.c.state, delivery.c.each, delivery.c.parts, part.c.due_at)
            .join(delivery, delivery.c.id == part.c.delivery)
            .where(delivery.c.audience.is_not(None))
        ).all()
    )
    told: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for row in house.store.read(lambda c: c.execute(select(reached)).all()):
        told[row.delivery][row.place] = row.state
    marks = set()
    for row in rows:
        mark = f"{row.delivery}.{row.number}"
        marks.add(mark)
        places = range(row.number * row.each, min((row.number + 1) * row.each, len(people)))
        for place in places:
            known, texted = told[row.delivery].get(place), witness.of(mark, people[place])
            assert texted <= 1, f"{mark} {place}: {texted} texts"
            totals[known or f"({row.state})"] += 1
            if known in TAKEN:
                assert texted == 1, f"{mark} {place} is {known} and got nothing"
            elif known == Outcome.REFUSED or (known is None and row.state != Outcome.UNKNOWN):
                assert texted == 0, f"{mark} {place} is {known or row.state} and got it"
        assert set(witness.texts.get(mark, ())) <= {people[place] for place in places}, f"{mark} went to others"
    assert set(witness.texts) - marks == set(), "texts of nothing that we have sent"
    assert [flaw for found in house.store.read(lambda c: list(verify_deliveries(c))) for flaw in found] == []
    return totals
