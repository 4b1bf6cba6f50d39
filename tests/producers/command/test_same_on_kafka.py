"""One setting, the same commands, the same results: a day of an office on the embedded engine and on Kafka."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from producers.command.exits import Exit
from streams.store.tables import metadata
from tests.faults.rig import Partners, furnish, partners
from tests.journeys.town import tell
from tests.parts.postgres import database
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.serve.processes import free_ports, started

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # two installations are started, and a broker

PAPER = "ribao"
LISTS = (
    "unknown list",
    "due list",
    "tasks list",
    "triggers list",
    "dossier list",
    "endpoints list",
    "audiences list",
    "comments list",
    "dead-letters list",
)
CHANGES = re.compile(  # from run to run: names made up, instants, hashes, places, durations
    r"\d{6}[-/][a-z0-9]{8}|[0-9a-f]{8,}(-[0-9a-f]+)*|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?| [\d:]+)?"
    r"|127\.0\.0\.1:\d+|\d+\.\d+"
)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """One newspaper that receives."""
    with partners(tmp_path_factory.mktemp("partners"), (PAPER,)) as running:
        yield running


def test_a_day_of_commands_answers_alike_on_both_engines(
    tmp_path: Path, at: Partners, desk: Desk, kafka_server: str, kafka_prefix: str, postgres_server: str
) -> None:
    tell(at, how="well")
    told = {"embedded": day(furnish(tmp_path / "embedded", at, (PAPER,)), desk)}
    with database(postgres_server) as url:
        engine: Mapping[str, Mapping[str, Any]] = {
            "installation": {"engine": "kafka", "store": url.replace("+psycopg", "")},
            "kafka": {"servers": kafka_server.split(","), "prefix": kafka_prefix, "partitions": 3},
        }
        told["kafka"] = day(furnish(tmp_path / "kafka", at, (PAPER,), engine=engine), desk)
        rows = "".join(stored(url)).encode()
    assert list(unified_diff(shown(told["embedded"]), shown(told["kafka"]), lineterm="")) == []
    assert PAPER.encode() in rows
    written = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    for secret in secrets(at):
        assert [str(file) for file, body in written.items() if secret in body] == []
        assert secret not in rows
        assert secret.hex().encode() not in rows
    kinds = [one["event"]["type"].split(".")[2] for one in at.stored(PAPER)]
    assert sorted(kinds) == sorted(["released", "corrected", "withdrawn"] * 2)


def shown(told: Mapping[str, Any]) -> list[str]:
    """Line by line, so that a difference is seen."""
    return json.dumps(told, ensure_ascii=False, indent=1).splitlines()


def secrets(at: Partners) -> list[bytes]:
    """Those of the installation, without what says of which sort one is."""
    return [file.read_bytes().strip().removeprefix(b"whsec_") for file in at.secrets.iterdir()]


def stored(url: str) -> Iterator[str]:
    """Every row of the store, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            yield from connection.execute(text(f'select t::text from "{table.name}" t')).scalars()
    engine.dispose()


def day(home: Path, desk: Desk) -> dict[str, Any]:
    """What each command of it answers, without what is another in each run."""
    gongkai, said = Terminal(home), {}

    def does(*words: object) -> Any:
        answer = gongkai.ok(*words)
        said[" ".join(map(str, words))] = plain(answer, home)
        return answer

    with started("up", home, free_ports(2)) as running:
        done = does("publish", desk.file("一件公告", channels="website, feed, webhook"), "--wait")
        notice = done["files"][0]["notice"]
        does("status", notice)
        does("correct", notice, desk.file("改过的公告", channels="website, feed, webhook"), "--note", "改字", "--wait")
        does("withdraw", notice, "--reason", "数字有误，重新统计", "--wait")
        does("status", notice)
        does("status")
        for command in LISTS:
            does(*command.split())
        does("endpoints", "pause", PAPER, "--why", "检修")
        does("endpoints", "resume", PAPER)
        books = gongkai("verify", "--json").data  # nobody reads what was written here, and it says so
        said["verify"] = (books["exit"], plain(books["findings"], home))
        unknown = gongkai("status", "nobody", "--json")
        said["status of what is not there"] = (unknown.exit, plain(unknown.data, home))
        code, _ = running.end()
    assert code == Exit.DONE
    return {CHANGES.sub("·", command): answer for command, answer in said.items()}


def plain(answer: Any, home: Path) -> Any:
    """The answer, and each text in it, without what is another in each run."""
    if isinstance(answer, dict):
        return {key: plain(value, home) for key, value in answer.items()}
    if isinstance(answer, list):
        return [plain(one, home) for one in answer]
    if isinstance(answer, float):
        return "·"
    return CHANGES.sub("·", answer.replace(str(home), "home")) if isinstance(answer, str) else answer
