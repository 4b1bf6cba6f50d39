"""A data folder to try everything with: the made-up 云岭高新区, a notice of each kind, its outlets here.

What was published so far is kept in ``samples.json``: a load that was interrupted goes on where it was, and a
second one publishes nothing again, although the samples' dates would be others by then.
"""

import json
import re
import secrets
import tomllib
import uuid
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from channels.webhook.sign import new_secret
from config.settings import read
from notices.samples import expand, lay_out
from producers.audience_acts import read_audience
from producers.command.drafts import drafted
from producers.correct import NotOpen, correct
from producers.house import House, house
from producers.matter_acts import MatterExists, Signed, begin, exempt
from producers.publish import publish
from producers.sample_vendor import register
from producers.withdraw import withdraw
from streams.audiences import Audience, newest
from streams.matters import matter_of
from streams.store.store import Tx
from streams.store.tables import endpoint

SAMPLES = Path(__file__).parents[1] / "samples"  # beside the packages, where the source is
BY = "样例"
STATE = "samples.json"
PARTNER = "ribao"  # names the endpoint, the partner and the secret
GROUP = "gongzuoqun"  # names the endpoint, the group and its robot's key
ACCOUNT = "wechat"  # names the endpoint and the official account's secret
PHONES = "phones"  # names the endpoint of the texts
VENDOR = "sms-aliyun"  # names their vendor's secret
REMINDERS = "tixing"  # names the endpoint of what staff are reminded of, said in the same group
STAFF_PHONE = "tixing-duanxin"  # names the endpoint of the texts to staff, from the same vendor
SANDBOX = (PARTNER, GROUP, ACCOUNT, PHONES, REMINDERS, STAFF_PHONE)
PORTS = {"8080": 0, "8081": 1, "8082": 2}  # of the sample configuration, counted from the first


@dataclass
class Loaded:
    """How far the samples are: which became which notice, which acts are done."""

    now: str  # the instant their dates are counted from
    notices: dict[str, str] = field(default_factory=dict)  # sample → notice
    acts: list[str] = field(default_factory=list)  # samples that were corrected or withdrawn


def write_sample_home(home: Path, port: int, now: datetime) -> None:
    """Make the data folder: configuration with ``port`` and the two after it, the outlets' secrets. No notices yet."""
    (home / "secrets").mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = {
        PARTNER: new_secret(),
        GROUP: str(uuid.uuid4()),
        ACCOUNT: secrets.token_hex(16),
        VENDOR: secrets.token_hex(16),
    }
    for name, made in fresh.items():
        secret = home / "secrets" / name
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(made + "\n", "utf-8")
    _keep(home, Loaded(now.isoformat()))
    text = (files("config") / "sample" / "gongkai.toml").read_text("utf-8")
    text = re.sub("|".join(PORTS), lambda found: str(port + PORTS[found[0]]), text)
    endpoints = tomllib.loads(text)["endpoints"]
    register(home / "sandbox" / "sms", *(endpoints[name]["options"] for name in (PHONES, STAFF_PHONE)))
    (home / "gongkai.toml").write_text(text, "utf-8")  # last: with it the folder is complete


def move_sandbox(home: Path, port: int) -> None:
    """Let the sample's outlets listen on ``port`` from now on: in the configuration, and in the store where they are.

    Raises what opening the house raises.
    """
    file = home / "gongkai.toml"
    partner = read(home).endpoints.get(PARTNER)
    old = urlsplit(partner.options["url"]).port if partner else port
    if old == port:
        return
    part = file.with_suffix(".part")
    part.write_text(file.read_text("utf-8").replace(f"//127.0.0.1:{old}", f"//127.0.0.1:{port}"), "utf-8")
    part.replace(file)
    moved = {name: table.options for name, table in read(home).endpoints.items() if name in SANDBOX}
    with house(home) as opened:
        opened.store.write(lambda tx: _set_options(tx, moved))


def _set_options(tx: Tx, options: Mapping[str, Mapping[str, Any]]) -> None:
    for name, said in options.items():
        written = json.dumps(said, ensure_ascii=False)
        tx.connection.execute(update(endpoint).where(endpoint.c.id == name).values(options=written))


def is_sample_home(home: Path) -> bool:
    """Whether the folder was made by ``write_sample_home``."""
    return (home / STATE).exists()


def load_samples(house: House) -> Generator[tuple[int, int], None, None]:
    """Put on record what was asked before, publish what is not published yet, then correct and withdraw; after each
    step how many of how many are done.

    Raises what ``publish``, ``correct`` and ``withdraw`` raise; a later call goes on from there.
    """
    loaded = Loaded(**json.loads((house.home / STATE).read_text("utf-8")))
    acts = _acts()
    _list_persons(house)
    folder = house.home / "samples"
    folder.mkdir(exist_ok=True)
    now = datetime.fromisoformat(loaded.now)
    _spare(house, now)
    laid = lay_out(SAMPLES, folder, now)
    total = len(laid) + len(acts)
    done = len(loaded.notices) + len(loaded.acts)
    yield done, total
    for file in laid:
        _tie(file, loaded.notices)
        if file.stem not in loaded.notices:
            loaded.notices[file.stem] = publish(house, drafted(house, file), by=BY).notice
            _keep(house.home, loaded)
            done += 1
            yield done, total
    for act in acts:
        if act["sample"] not in loaded.acts:
            _do(house, act, folder / f"{act['sample']}.md", loaded.notices[act["sample"]])
            loaded.acts.append(act["sample"])
            _keep(house.home, loaded)
            done += 1
            yield done, total


def _list_persons(house: House) -> None:
    """Read the made-up numbers in, once; not those whose phones are no outlet any more."""
    for table in _table()["audience"]:
        given = dict(table)
        phones, numbers = house.configuration.endpoints.get(given.pop("endpoint")), given.pop("numbers")
        if phones is None:
            continue
        wanted = Audience(office=phones.office, **given)
        if house.store.read(partial(newest, name=wanted.name, office=wanted.office)) is None:
            read_audience(house, wanted, numbers, by=BY)


def _spare(house: House, now: datetime) -> None:
    """Put on record, once, of which matters the public was asked before."""
    for one in _table()["spare"]:
        office, number = one["office"], expand(one["number"], now)
        signed = Signed(one["signed_by"], one["reviewed_by"])
        with suppress(MatterExists):
            begin(house, office, number, name=one["name"], section=one["section"], signed=signed, by=BY)
        found = house.store.read(partial(matter_of, office=office, number=number))
        if found is not None and found.acts.exempt is None:
            exempt(house, office, number, reason=one["reason"], signed=signed, by=BY)


def _do(house: House, act: dict[str, Any], file: Path, name: str) -> None:
    if "note" in act:
        text = file.read_text("utf-8")
        if act["replace"] not in text:
            raise LookupError(f"{file.name}: {act['replace']}")
        file.write_text(text.replace(act["replace"], act["by"]), "utf-8")
        correct(house, name, drafted(house, file), note=act["note"], minor=act["minor"], by=BY)
        return
    try:
        withdraw(house, name, reason=act["reason"], leaves=act["leaves"], by=BY)
    except NotOpen:  # done by a load that was interrupted just after
        return


def _tie(file: Path, known: dict[str, str]) -> None:
    """Samples name each other by their files; published ones are named by their ids."""
    text = file.read_text("utf-8")
    file.write_text(re.sub(r"(?m)^( *公开件: )(\S+)$", lambda tie: tie[1] + known.get(tie[2], tie[2]), text), "utf-8")


def _acts() -> list[dict[str, Any]]:
    return [*_table()["correct"], *_table()["withdraw"]]


def _table() -> dict[str, Any]:
    return tomllib.loads((files("config") / "sample" / "acts.toml").read_text("utf-8"))


def _keep(home: Path, loaded: Loaded) -> None:
    part = home / f"{STATE}.part"
    part.write_text(json.dumps(asdict(loaded), ensure_ascii=False, indent=1), "utf-8")
    part.replace(home / STATE)
