"""docs/configuration.md names every key of gongkai.toml, its default, and nothing else."""

import json
import re

import pytest

from channels.base import load, names
from config.settings import (
    AllowTable,
    CommentsTable,
    DelegateTable,
    EndpointTable,
    Installation,
    KafkaTable,
    OfficeTable,
    PersonTable,
    Settings,
    StaffTable,
)
from tests.source import PRODUCT, ROOT, python_files

GUIDE = (ROOT / "docs" / "configuration.md").read_text("utf-8")
TABLES: dict[str, type[Settings]] = {
    "[installation]": Installation,
    "[kafka]": KafkaTable,
    "[offices.<id>]": OfficeTable,
    "[offices.<id>.staff]": StaffTable,
    '[offices.<id>.staff.persons."<姓名>"]': PersonTable,
    '[offices.<id>.staff.persons."<姓名>".delegate]': DelegateTable,
    "[endpoints.<id>]": EndpointTable,
    "[comments]": CommentsTable,
    "[[allow]]": AllowTable,
}
DERIVED = {"public_url", "store", "pretend", "staff"}  # their defaults follow from other keys, as the guide says


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_explained_with_its_default(table: str) -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", _section(f"## `{table}`"), re.MULTILINE))
    fields = TABLES[table].model_fields
    assert list(told) == list(fields)
    for name, field in fields.items():
        if name in DERIVED:
            continue
        if field.is_required():
            assert told[name] == "必填 required", name
        elif field.get_default(call_default_factory=True) is None:
            assert told[name] == "无 none", name
        else:
            written = json.dumps(field.get_default(call_default_factory=True), ensure_ascii=False)
            assert told[name] == f"`{written}`", name


def test_every_option_of_every_channel_is_named() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", _section("### `options`"), re.MULTILINE))
    assert told.keys() == set(names())
    for name, text in told.items():
        assert set(load(name).Options.model_fields) <= set(re.findall(r"`(\w+)`", text)), name


def test_every_variable_of_the_environment_is_named() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)", _section("## 环境变量"), re.MULTILINE))
    used = {
        name
        for file in python_files(*(package for package in PRODUCT if package != "sandbox"))
        for name in re.findall(r'"(GONGKAI_[A-Z]+|PORT)"', file.read_text("utf-8"))
    }
    assert used - told == set()
    assert told - used == {"GONGKAI_SECRET_"}


def _section(heading: str) -> str:
    """What follows ``heading``, up to the next one."""
    _, _, rest = GUIDE.partition(f"{heading}")
    assert rest, heading
    return re.split(r"^##+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
