"""Every service of ``docker-compose.yml`` run natively: its own command, environment and health check, from no more
than what the image holds, on a broker with the settings of the file and a real PostgreSQL.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.machine import TITLE, Machine, broker_settings
from tests.parts.kafka import Broker
from tests.producers.serve.processes import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # five processes and a broker start, each a second or two


@pytest.fixture
def machine(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Broker, database, the image's files, and an installation."""
    monkeypatch.setattr("tests.parts.kafka.server_properties", broker_settings)
    with closing(Broker()) as broker, closing(Machine(tmp_path, free_ports(3), postgres_url, broker)) as here:
        broker.launch()
        here.install()
        broker.wait_until_answering({1})
        yield here


def test_every_service_does_its_work_and_its_health_check_is_true(machine: Machine) -> None:
    here = machine
    assert here.native("postgres", "").health() == 0
    assert here.native("postgres", "", f"postgresql://gongkai@/gongkai?host={here.folder}").health() != 0
    here.mount("migrate")
    migrate = here.native("migrate", "migrate").start(here.output("migrate"))
    assert migrate.wait(60) == 0, here.output("migrate").read_text("utf-8")
    assert list((here.folder / "migrate").iterdir()) == [here.folder / "migrate" / "gongkai.toml"], "nothing is written"

    checks = {"sandbox": here.start("sandbox")}
    here.wait("the partner's secret", (here.folder / "installation" / "secrets" / "ribao").exists)
    checks |= {name: here.start(name) for name in ("web", "worker")}
    here.start_unit("gongkai-worker@.service", "1")
    here.wait("web is up", lambda: '"engine":true' in here.get(1, "/readyz"))
    for name in ("worker", "unit"):
        here.wait(f"{name} is up", lambda: "partitions_assigned" in here.output(name).read_text("utf-8"))  # noqa: B023

    _publish(here)
    here.wait("on the site", lambda: TITLE in here.get(0, "/"))
    here.wait("in the feed", lambda: TITLE in here.get(0, "/feeds/all.atom"))
    here.wait("at the partner", lambda: TITLE in here.get(2, "/partner/ribao"))
    here.wait("in the group", lambda: here.kept("gongzuoqun"))
    here.wait("in the account", lambda: _did(here, "ended"))
    (said,) = here.kept("gongzuoqun")
    assert said["errcode"] == 0
    assert TITLE in said["content"]
    (draft,), (submitted,), (ended,) = (_did(here, what) for what in ("draft", "submit", "ended"))
    assert _notice(here).replace("-", "/") in draft["article"]["content_source_url"]
    assert submitted["media_id"] == draft["media_id"]
    assert (ended["publish_id"], ended["status"]) == (submitted["publish_id"], 0), "one draft, published once"
    here.wait("as published, not pushed", lambda: "未群发" in _gongkai(here, "status", _notice(here)))

    for name, check in checks.items():
        here.wait(f"{name} is well", lambda: check.health() == 0)  # noqa: B023
    assert here.native("kafka", "").health() == 0
    for name in ("worker", "sandbox"):
        here.running[name].kill()
        here.running.pop(name).wait()
        assert checks[name].health() != 0

    begun = time.monotonic()
    for process in here.running.values():
        process.send_signal(signal.SIGTERM)
    for process in here.running.values():
        assert process.wait(60) == 0, here.told()
    assert time.monotonic() - begun < 20, "they took longer than what is under way may"
    assert checks["web"].health() != 0
    here.broker.kill()
    assert here.native("kafka", "").health(most=5) != 0  # Kafka's own tool tries for a minute


def _publish(here: Machine) -> None:
    """As ``docker compose exec web gongkai publish /notices/notice.md`` does."""
    _gongkai(here, "publish", str(here.folder / "installation" / "notices" / "notice.md"), "--yes")


def _notice(here: Machine) -> str:
    """The id of the one notice."""
    (newest,) = json.loads(_gongkai(here, "status", "--json"))["notices"]
    return str(newest["notice"])


def _gongkai(here: Machine, *words: str) -> str:
    web = here.native("web", "web")
    command = [*web.programs["gongkai"], *words]
    said = subprocess.run(command, env=web.environment, capture_output=True, text=True, check=False, cwd="/")
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def _did(here: Machine, what: str) -> list[dict[str, Any]]:
    """What of one sort happened to the account, by its own journal."""
    return [entry for entry in here.kept("wechat/journal") if entry["did"] == what]
