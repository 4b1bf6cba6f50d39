"""From 0001 to 0002: what was planned and had no parts gets them, what was planned counts as planned."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from config.clock import DrivenClock
from streams.store.migrate import SCRIPTS, open_store
from streams.store.tables import dead_letter, lane, message, part

OLD = (
    """insert into message (id, subject, sequence, kind, office, content, urgent, minor, released_at)
       values ('a.1', 'a', 1, 'version', 'rsj', '{}', false, false, 5),
              ('b.1', 'b', 1, 'version', 'rsj', '{}', false, false, 5)""",
    "insert into effect (stage, event) values ('plan', 'a.1.gongkai.notice.released.v1')",
    """insert into delivery (id, endpoint, urgent, sequence, message, subject, subject_sequence, rendition, parts,
       state, cause, planned_at) values ('d', 'daily', false, 1, 'a.1', 'a', 1, 'x', 3, 'planned', '', 7)""",
    """insert into lane (endpoint, urgent, failures, probes, "window") values ('daily', false, 0, 0, 64)""",
    """insert into dead_letter (stage, topic, event, body, cause, at, state) values
       ('plan', 'notices', 'bad', '{', 'x', 1, 'waiting'), ('plan', 'notices', 'bad', '{', 'x', 2, 'waiting'),
       ('plan', 'notices', null, '{', 'x', 3, 'waiting'), ('plan', 'notices', null, '{', 'x', 4, 'waiting')""",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store as 0001 left it, in the middle of its work."""
    url = f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in OLD:
            connection.execute(text(statement))
    engine.dispose()
    return str(url)


def test_work_that_was_under_way_goes_on(old: str) -> None:
    store = open_store(old, DrivenClock())
    counted = select(message.c.id).where(message.c.planned_at.is_not(None))
    planned = store.read(lambda c: c.execute(counted).scalars().all())
    assert planned == ["a.1"]
    parts = store.read(lambda c: c.execute(select(part).order_by(part.c.number)).all())
    assert [(row.delivery, row.number, row.state) for row in parts] == [("d", number, "planned") for number in range(3)]
    assert all(row.due_at is not None and row.trace for row in parts)
    assert store.read(lambda c: c.execute(select(lane.c.ramp)).scalars().all()) == [0]
    letters = store.read(lambda c: c.execute(select(dead_letter.c.event).order_by(dead_letter.c.id)).scalars().all())
    assert letters == ["bad", None, None]
    store.close()
