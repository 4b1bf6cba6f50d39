"""The sandbox as the process it is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from standardwebhooks.webhooks import Webhook

PARTNER = "ribao"
GROUP = "gongzuoqun"
ACCOUNT = "bangongshi"


def signed(secret: str, identity: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of a genuine event, as the standard's own library signs it."""
    return {
        "content-type": "application/cloudevents+json",
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, at, body),
    }


@dataclass(frozen=True)
class Running:
    """A sandbox with one partner, 云岭日报, one group, 局工作群, and one mail account, 办公室."""

    origin: str  # http://127.0.0.1:PORT
    home: Path
    process: subprocess.Popen[str]
    mail_port: int

    @property
    def url(self) -> str:
        """Where the partner takes webhooks."""
        return f"{self.origin}/partner/{PARTNER}"

    @property
    def secret_file(self) -> Path:
        """Where its secret is."""
        return self.home / "secrets" / PARTNER

    @property
    def chat(self) -> str:
        """Where the group's chat is shown."""
        return f"{self.origin}/group/{GROUP}"

    @property
    def key(self) -> str:
        """Of the group's robot."""
        return (self.home / "secrets" / GROUP).read_text().strip()

    def lines(self) -> list[dict[str, Any]]:
        """What the robot's file has: what the group was shown, and what was refused."""
        found: list[dict[str, Any]] = requests.get(f"{self.chat}/messages.json", timeout=10).json()["lines"]
        return found

    @property
    def post(self) -> str:
        """Where the account's mails are shown."""
        return f"{self.origin}/mail/{ACCOUNT}"

    @property
    def password(self) -> str:
        """Of the mail account."""
        return (self.home / "secrets" / ACCOUNT).read_text().strip()

    def mails(self, code: int = 250) -> list[dict[str, Any]]:
        """What the account's file has under an answer: by default the mails that were taken."""
        found: list[dict[str, Any]] = requests.get(f"{self.post}/mails.json", timeout=10).json()["lines"]
        return [line for line in found if line["code"] == code]

    def signed(self, identity: str, body: str, at: datetime) -> dict[str, str]:
        """The headers of a genuine event for this partner."""
        return signed(self.secret_file.read_text().strip(), identity, body, at)

    def misbehave(self, **command: Any) -> None:
        """Tell it."""
        requests.post(f"{self.origin}/misbehave", json=command, timeout=10).raise_for_status()

    def inbox(self) -> dict[str, Any]:
        """What it says it has."""
        found: dict[str, Any] = requests.get(f"{self.url}/inbox.json", timeout=10).json()
        return found

    def verdicts(self) -> list[str]:
        """What became of each request, in order."""
        return [entry["verdict"] for entry in self.inbox()["entries"]]


def mail_port_of(line: str) -> int:
    """The port of the mail server, in the line that says where it is."""
    return int(re.findall(r"127\.0\.0\.1:(\d+)(?!/|\d)", line)[0])


@contextmanager
def running(home: Path, *, port: int = 0, clock: Path | None = None, wechat: str = "") -> Iterator[Running]:
    """A sandbox on a free port, its data in ``home``; ended at exit. ``wechat`` is an account's APPID=TITLE."""
    command = [sys.executable, "-m", "sandbox", "--home", str(home), "--port", str(port)]
    command += ["--wechat", wechat] if wechat else []
    command += ["--partner"]
    environment = os.environ | ({"GONGKAI_CLOCK": str(clock)} if clock else {})
    process = subprocess.Popen(
        [*command, f"{PARTNER}=云岭日报", "--robot", f"{GROUP}=局工作群", "--mail", f"{ACCOUNT}=办公室"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, "the sandbox did not start"
            mail = next(line for line in process.stdout if "/mail/" in line)
            yield Running(found[0], home, process, mail_port_of(mail))
        finally:
            process.kill()  # at once: how it ends when it is asked to is tests/sandbox/test_inbox_page.py's to prove
