"""``docker-compose.yml``: good by the specification, and as hard as it says."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from config.settings import Installation, KafkaTable
from producers.command import up, worker
from producers.serve.asked import PATIENCE
from tests.deploy.compose import OURS, SETTINGS, Unset, raw, seconds, services

SCHEMA = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
TAG = re.compile(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?")
SERVICES = services()


def problems(document: Any) -> list[str]:
    """What the compose specification's schema has against it."""
    schema = json.loads(Path(str(distribution("check-jsonschema").locate_file(SCHEMA))).read_text("utf-8"))
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def test_it_is_good_by_the_compose_specification() -> None:
    assert problems(raw()) == []
    assert problems({"services": {"web": {"imagine": "gongkai"}}}) != []
    assert problems({"services": {"web": {"depends_on": {"db": {"condition": "healthy"}}}}}) != []


def test_its_services_are_those_that_are_promised() -> None:
    assert set(SERVICES) == {"postgres", "kafka", *OURS}
    assert [name for name, one in SERVICES.items() if "profiles" in one] == ["sandbox"]
    assert "container_name" not in SERVICES["worker"], "one name is one worker"


def test_without_a_password_nothing_starts_and_none_is_written() -> None:
    with pytest.raises(Unset, match="POSTGRES_PASSWORD"):
        services({})
    told = [pair for one in raw()["services"].values() for pair in one.get("environment", {}).items()]
    secret = [value for name, value in told if "PASSWORD" in name]
    assert len(secret) == 1 + len(OURS)
    assert all(value.startswith("${POSTGRES_PASSWORD:?") for value in secret)
    shown = yaml.safe_dump([one["command"] for one in SERVICES.values() if "command" in one])
    assert SETTINGS["POSTGRES_PASSWORD"] not in shown
    assert SETTINGS["POSTGRES_PASSWORD"] not in SERVICES["web"]["environment"]["GONGKAI_STORE"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert TAG.fullmatch(service["image"]), "an image is pinned by its tag"
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["logging"]["options"]["max-size"], "a log that grows for ever fills the disk"
    assert service.get("read_only", False) is (name != "kafka"), "Kafka's image writes its settings into itself"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    if name == "migrate":
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD", "no shell between, which would be asked instead"
    assert seconds(service["healthcheck"]["timeout"]) < seconds(service["healthcheck"]["interval"])


def test_everything_that_works_waits_for_the_store() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_a_send_under_way_is_waited_for_longer_by_the_engine_than_by_the_program() -> None:
    """``up`` gives its engine a grace, then those beside it; a worker its engine."""
    assert seconds(SERVICES["web"]["stop_grace_period"]) > 2 * up.GRACE + 5
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > worker.GRACE + 10
    assert seconds(SERVICES["web"]["healthcheck"]["timeout"]) > 2 * PATIENCE


def test_only_the_loopback_reaches_store_and_broker() -> None:
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"postgres": ["127.0.0.1:5432:5432"], "kafka": ["127.0.0.1:9092:9092"]}
    elsewhere = services({**SETTINGS, "GONGKAI_BACK": "10.1.2.3"})
    assert elsewhere["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://10.1.2.3:9092"
    assert elsewhere["web"]["environment"]["GONGKAI_STORE"] == "postgresql://gongkai@10.1.2.3:5432/gongkai"


def test_our_own_services_have_the_machines_network_so_that_a_loopback_is_one() -> None:
    """The inner listener stays where the program wants it; the broker is where the configuration looks by default."""
    assert {SERVICES[name]["network_mode"] for name in OURS} == {"host"}
    assert Installation().inner_host == "127.0.0.1"
    assert KafkaTable().servers == ("127.0.0.1:9092",)


def test_only_the_web_has_the_outlets_files_and_nobody_writes_the_configuration() -> None:
    mounts = {name: {one["target"]: one for one in SERVICES[name].get("volumes", [])} for name in OURS}
    assert [name for name in OURS if mounts[name].get("/gongkai", {}).get("source") == "gongkai"] == ["web"]
    assert "source" not in mounts["worker"]["/gongkai"], "each worker's folder is its own: it is held by one process"
    for name in ("migrate", "web", "worker"):
        assert mounts[name]["/gongkai/gongkai.toml"]["read_only"]
    for name in ("web", "worker"):
        assert mounts[name]["/gongkai/secrets"]["read_only"]
    assert all(
        one["bind"] == {"create_host_path": False}
        for found in mounts.values()
        for one in found.values()
        if one["type"] == "bind"
    )


def test_the_named_volumes_are_those_that_are_used() -> None:
    named = {one.partition(":")[0] for name in ("postgres", "kafka") for one in SERVICES[name]["volumes"]}
    ours = [one for name in OURS for one in SERVICES[name].get("volumes", []) if one["type"] == "volume"]
    named |= {one["source"] for one in ours if "source" in one}
    assert named == set(raw()["volumes"])
