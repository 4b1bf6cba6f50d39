"""What must be true after every fault: by our own ledger, and by the witness's own file."""

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from channels.base import Outcome
from producers.house import house
from streams import audit
from streams.store.tables import delivery, notice
from tests.faults.rig import PARTNERS, Partners
from tests.faults.worker import messages_of


def check(home: Path, at: Partners, number: int) -> None:
    """Every message of ``number`` notices at every endpoint once or overtaken by a newer one, in order."""
    messages = sum(map(messages_of, range(1, number + 1)))
    with house(home) as here:
        notices = {row.id: row for row in here.store.read(lambda c: c.execute(select(notice)).all())}
        assert len({row.index_number for row in notices.values()}) == len(notices) == number
        assert sum(row.sequence for row in notices.values()) == messages
        rows = here.store.read(lambda c: c.execute(select(delivery)).all())
        assert Counter(row.endpoint for row in rows) == dict.fromkeys((*PARTNERS, "site", "feeds"), messages)
        assert {row.state for row in rows} <= {Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.SUPERSEDED}
        for name in (*PARTNERS, "site", "feeds"):
            numbers = sorted(row.sequence for row in rows if row.endpoint == name)
            assert numbers == list(range(1, messages + 1)), "the endpoint's deliveries have a gap"
        for name in PARTNERS:
            check_partner(at, name, {row.id: row.sequence for row in notices.values()})
        pages = {f"{page.parent.name}-{page.stem}" for page in (home / "outlets/site/public/n").glob("*/*.html")}
        assert pages == set(notices)
        assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []


def check_partner(at: Partners, name: str, newest: dict[str, int]) -> None:
    """By the witness's own file: nothing lost, nothing doubled under another key, no older after a newer."""
    arrived: dict[str, list[int]] = {}
    for entry in at.stored(name):
        arrived.setdefault(entry["event"]["subject"], []).append(entry["event"]["data"]["sequence"])
    assert set(arrived) == set(newest), "lost"
    for subject, sequences in arrived.items():
        assert sequences == sorted(set(sequences)), f"doubled or out of order: {sequences}"
        assert sequences[-1] == newest[subject], "the newest message is missing"
