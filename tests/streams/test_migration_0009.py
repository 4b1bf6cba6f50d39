"""From 0008 to 0009: what a person began stays as it is, and what notices were tied to is known."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from config.clock import DrivenClock
from streams.duties import open_duties
from streams.store.migrate import SCRIPTS, open_store
from streams.store.tables import tie
from tests.factories import message, version

DUTY = """
    insert into duty (id, office, section, about, rule, start, pauses, edition, last, ends_at, provisional, added_at)
    values ('4b95bc6b', 'rsj', 'sb', '缴费基数', :rule, 5, '[]', 1, '2026-12-01', 7, false, 5)
"""
RULE = {
    "id": "disclose",
    "name": "主动公开",
    "name_en": "Disclosing",
    "begins": "信息形成",
    "begins_en": "it was made",
    "length": 20,
    "unit": "working-days",
    "source": "政府信息公开条例第二十六条",
    "counts_first": False,
    "rolls": True,
}
MESSAGE = """
    insert into message (id, subject, sequence, kind, office, content, urgent, minor, released_at, trace)
    values (:id, :subject, :sequence, :kind, 'rsj', :content, false, false, 5, '')
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store as 0008 left it."""
    url = f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.execute(text(DUTY), {"rule": json.dumps(RULE)})
        for row in messages():
            connection.execute(text(MESSAGE), row)
    engine.dispose()
    return str(url)


def messages() -> list[dict[str, object]]:
    """Some hundred that are tied to nothing, one that is tied twice, its withdrawal, and one of long ago."""
    relations = [{"type": "feeds_back", "title": "征求意见", "notice": "c"}, {"type": "related", "title": "别处的文件"}]
    fields = {"dossier": "JC-2026-01"}
    said = message(version(notice="b", kind="t07", relations=relations, fields=fields)).model_dump_json()
    plain = [(f"n{number}", 1, "version", message().model_dump_json()) for number in range(120)]
    rows = [*plain, ("b", 1, "version", said), ("b", 2, "withdrawal", said), ("old", 1, "version", "{}")]
    return [
        {"id": f"{subject}.{number}", "subject": subject, "sequence": number, "kind": kind, "content": content}
        for subject, number, kind, content in rows
    ]


def test_what_a_person_began_stays_and_ties_are_known(old: str) -> None:
    store = open_store(old, DrivenClock())
    (one,) = store.read(lambda c: open_duties(c, "rsj"))
    assert (one.id, one.begun, one.notice, one.ended_by, one.rule.id) == ("4b95bc6b", None, None, None, "disclose")
    ties = store.read(lambda c: c.execute(select(tie).order_by(tie.c.type)).all())
    assert [tuple(row) for row in ties] == [
        ("b.1", "dossier", "JC-2026-01", "b", "t07", "rsj"),
        ("b.1", "feeds_back", "c", "b", "t07", "rsj"),
    ]
    store.close()
