"""Secrets of the outlets that speak to people are read anew from their files; neither they nor numbers are shown."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.base import Outcome
from config.clock import DrivenClock
from producers.audience_acts import read_audience
from producers.publish import Published
from streams.audiences import Audience
from streams.disable import enable
from tests.channels.sms.vendors import NINE
from tests.faults.rig import Partners
from tests.journeys.phones import NUMBERS, PHONE, account, register_codes
from tests.journeys.town import BY, Outlet, Town, opened, prepared
from tests.producers.command.conftest import Terminal
from tests.producers.serve.doors import ask, behind
from tests.sandbox.process import GROUP, Running, running
from tests.sandbox.sms.office import SIGN, witness
from tests.sandbox.wechat.platform import APPID, TITLE, Platform

NAMES = {"aliyun": "sms-aliyun", "tencent": "sms-tencent", "wechat": "wechat", GROUP: GROUP}  # endpoint → secret
FEW = NUMBERS[:2]
DAY = 86_400


@dataclass(frozen=True)
class Place:
    """A town with all of these outlets, and the other side of them."""

    town: Town
    there: Running
    used: set[str]  # every secret that was ever in a file

    def keep(self, endpoint: str, secret: str) -> None:
        """Put it into our file."""
        self.used.add(secret)
        (self.town.house.home / "secrets" / NAMES[endpoint]).write_text(secret, "utf-8")

    def replace(self, endpoint: str) -> str:
        """The vendor has another one from now on."""
        new = secrets.token_hex(16)
        (self.there.home / "secrets" / NAMES[endpoint]).write_text(new, "utf-8")
        return new

    def publish(self, title: str) -> Published:
        """A notice to all of them; what is due at once is done."""
        done = self.town.publish(title, channels=("sms", "wechat", "wecom"))
        self.town.settle()
        return done

    def enable_all(self) -> None:
        """Whoever was disabled goes on, and there is time for what waits."""
        for name in NAMES:
            self.town.house.store.write(lambda tx: enable(tx, name, by=BY))  # noqa: B023  # at once
        self.town.settle(7_200, step=60)

    def arrived(self) -> dict[str, int]:
        """What each outlet has, by its own witness."""
        platform = Platform(f"{self.there.origin}/wechat", self.there.home, self.town.clock)
        texts = {name: len(witness(self.there, name)) for name in ("aliyun", "tencent")}
        shown = sum(line["errcode"] == 0 for line in self.there.lines())
        return texts | {"wechat": len(platform.did("ended")), GROUP: shown}


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Nothing is published yet."""
    clock = DrivenClock(NINE, file=folder / "now")
    register_codes(folder)
    with running(folder, clock=folder / "now", wechat=f"{APPID}={TITLE}") as there:
        at = Partners(folder, folder / "secrets", int(there.origin.rpartition(":")[2]))
        texting: dict[str, Any] = {"audience": "pensioners", "sign": SIGN, "phone": PHONE}
        outlets = [Outlet(name, "sms", options=texting | account(name, there.origin)) for name in ("aliyun", "tencent")]
        outlets += [
            Outlet("wechat", "wechat", options={"appid": APPID, "host": f"{there.origin}/wechat"}),
            Outlet(GROUP, "wecom", options={"secret": GROUP, "origin": there.origin}),
        ]
        with prepared(folder / "town", clock, outlets, partners=at) as ground, opened(ground) as town:
            read_audience(town.house, Audience("pensioners", "rsj", "甲", "第四条", 30), FEW, by=BY)
            given = {(town.house.home / "secrets" / name).read_text("utf-8").strip() for name in NAMES.values()}
            yield Place(town, there, given)


def test_another_secret_is_read_from_its_file_and_neither_one_nor_a_number_is_ever_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    all_of_it = {"aliyun": len(FEW), "tencent": len(FEW), "wechat": 1, GROUP: 1}
    with place(tmp_path) as at:
        replaced = {name: at.replace(name) for name in NAMES}
        late = at.publish("密钥换过了")
        assert at.arrived() == dict.fromkeys(NAMES, 0), "what we have is not what they have"
        causes = [at.town.causes(name) for name in NAMES]
        assert all(causes)
        for name, secret in replaced.items():
            at.keep(name, secret)
        at.enable_all()
        assert at.arrived() == all_of_it, "it waited, and went with the secret that is in the file now"
        assert {one for of in at.town.outcomes(late).values() for one in of} <= {Outcome.ACCEPTED, Outcome.DELIVERED}

        at.town.settle(DAY, step=3_600)
        for name in NAMES:
            at.keep(name, at.replace(name))
        well = at.publish("又换了一次")
        at.town.settle(3_600, step=60)
        assert at.arrived() == {name: 2 * many for name, many in all_of_it.items()}
        shown = said(at, (late, well)) | {"log": "".join([*capfd.readouterr(), caplog.text])}
        assert len(at.used) == 3 * len(NAMES)
        assert [(where, one) for where, text in shown.items() for one in (*at.used, *FEW) if one in text] == []


def said(at: Place, published: tuple[Published, ...]) -> dict[str, str]:
    """Everything that anybody gets to see, by where: commands, pages, and what is kept in the data folder."""
    home, notices = at.town.house.home, [done.notice for done in published]
    gongkai = Terminal(home)
    commands = [
        ("status",),
        *(("status", one) for one in notices),
        ("unknown", "list"),
        ("check",),
        ("endpoints", "list"),
    ]
    ways = [(*words, *more) for words in commands for more in ((), ("--json",))]
    found = {" ".join(words): str(gongkai(*words)) for words in ways}
    with behind(at.town) as (origin, _):
        for path in ("/", *(f"/notices/{one}" for one in notices), "/timed", "/due", "/metrics"):
            found[path] = ask(origin, path).body.decode()
    kept = [file for file in home.rglob("*") if file.is_file() and "secrets" not in file.relative_to(home).parts]
    assert any(file.name.startswith("gongkai.sqlite") for file in kept), "the audit and the ledger are in it"
    return found | {str(file): file.read_bytes().decode("latin-1") for file in kept}
