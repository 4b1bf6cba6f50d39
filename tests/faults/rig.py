"""A real installation with real partners in a process of their own, for tests that kill things."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from channels import base
from config.clock import SystemClock
from notices.document import Draft, read
from notices.samples import expand
from producers.house import House
from streams.store.tables import delivery, part
from tests.factories import office
from tests.sandbox.process import mail_port_of
from tests.source import ROOT

PARTNERS = ("ribao", "wanbao", "guangbo", "dianshi")
CHANNELS = ("website", "feed", "webhook")


@dataclass(frozen=True)
class Partners:
    """The sandbox: a process that keeps its own file of what arrived."""

    home: Path
    secrets: Path
    port: int
    mail_port: int = 0

    def inbox(self, name: str) -> list[dict[str, Any]]:
        """Every genuine request that reached ``name``, repeats included, in order of arrival."""
        return [json.loads(line) for line in (self.home / f"{name}.jsonl").read_text("utf-8").splitlines()]

    def shown(self, robot: str) -> list[str]:
        """What a group was shown by its robot, in order, each as often as it was."""
        return [line["content"] for line in self.inbox(robot) if line["errcode"] == 0]

    def mails(self, account: str) -> list[dict[str, Any]]:
        """What the mail server took of an account, in order."""
        return [line for line in self.inbox(account) if line["code"] == 250]

    def stored(self, name: str) -> list[dict[str, Any]]:
        """What it kept: each identity once."""
        return [entry for entry in self.inbox(name) if entry["verdict"] == "stored"]


@contextmanager
def partners(
    folder: Path,
    names: tuple[str, ...] = PARTNERS,
    clock: Path | None = None,
    *,
    robots: tuple[str, ...] = (),
    mail: tuple[str, ...] = (),
) -> Iterator[Partners]:
    """A running sandbox on a free port; ``clock`` is the file of a driven one."""
    home, secrets = folder / "inboxes", folder / "secrets"
    command = [sys.executable, "-m", "sandbox", "--home", str(home), "--secrets", str(secrets), "--port", "0"]
    command += [word for name in names for word in ("--partner", name)]
    command += [word for name in robots for word in ("--robot", name)]
    command += [word for name in mail for word in ("--mail", name)]
    environment = os.environ if clock is None else {**os.environ, "GONGKAI_CLOCK": str(clock)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        port = int(said.rsplit("127.0.0.1:", 1)[1].split("/")[0])
        mail_port = mail_port_of(next(line for line in process.stdout if "/mail/" in line)) if mail else 0
        yield Partners(home, secrets, port, mail_port)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def furnish(
    home: Path,
    at: Partners,
    names: tuple[str, ...] = PARTNERS,
    *,
    engine: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Path:
    """Write the configuration of an installation with a site, a feed and the partners' webhooks.

    ``engine``: further keys of its tables ``installation`` and ``kafka``, where it is not the embedded one.
    """
    home.mkdir(parents=True)
    table = office().model_dump(exclude={"id", "sections", "path"}, exclude_none=True)
    lines = ["[installation]", "port = 9", "inner_port = 10"]  # the discard port: nothing is read back from it
    for name, keys in engine.items():
        lines += [] if name == "installation" else [f"[{name}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    lines += ["[offices.rsj]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())]
    lines += ["[offices.rsj.sections]", *(f'{key} = "{value}"' for key, value in office().sections.items())]
    for name, channel in (("site", "website"), ("feeds", "feed")):
        lines += [f"[endpoints.{name}]", 'office = "rsj"', f'channel = "{channel}"', f'title = "{name}"']
    for name in names:
        url = f"http://127.0.0.1:{at.port}/partner/{name}"
        lines += [f"[endpoints.{name}]", 'office = "rsj"', 'channel = "webhook"', f'title = "{name}"']
        lines += ["pretend = false", f'options = {{url = "{url}", secret = "{name}"}}']
    lines += ["[[allow]]", f'origin = "http://127.0.0.1:{at.port}"', 'owner = "测试"']
    (home / "gongkai.toml").write_text("\n".join(lines) + "\n", "utf-8")
    (home / "secrets").symlink_to(at.secrets)
    return home


def draft(home: Path, number: int, *, added: str = "", table: Path | None = None) -> Draft:
    """The ``number``-th notice of a long row of alike ones; ``added`` ends its body, ``table`` is attached to it."""
    file = home / "files" / f"{number}{added}.md"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        source = expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), SystemClock().now())
        lines = [line for line in source.splitlines() if not line.startswith("渠道:")]
        lines[1] = f"标题: 行政审批办结情况第{number}号"
        lines.insert(3, f"渠道: [{', '.join(CHANNELS)}]")
        if table:
            lines.insert(3, f"附件: [{table.name}]")
        beside = file.with_suffix(".part")
        beside.write_text("\n".join([*lines, "", added, ""]), "utf-8")
        beside.replace(file)
    public = [name for name in CHANNELS if base.load(name).public]
    return read(file, offices=[office()], public_channels=public)


def start(*words: str, clock: Path | None = None) -> "subprocess.Popen[str]":
    """A worker of ours (``tests/faults/worker.py``); ``clock`` is the file of a driven one."""
    command = [sys.executable, "-m", "tests.faults.worker", *words]
    environment = os.environ if clock is None else {**os.environ, "GONGKAI_CLOCK": str(clock)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def end(process: "subprocess.Popen[str]") -> None:
    """As ``kill -9`` does."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def unsettled(at: House) -> list[tuple[str, str]]:
    """Deliveries and parts that have no outcome yet."""
    waiting = ("planned", "sending")
    rows = at.store.read(
        lambda c: [
            *c.execute(select(delivery.c.id, delivery.c.state).where(delivery.c.state.in_(waiting))),
            *c.execute(select(part.c.delivery, part.c.state).where(part.c.state.in_(waiting))),
        ]
    )
    return [(row[0], row[1]) for row in rows]
