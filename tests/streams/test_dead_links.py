"""Dead links on either store: of public notices alone, in their newest text, slice by slice."""

from typing import Any

import pytest
from sqlalchemy import insert

from notices.links import Why
from notices.notice import State
from streams.dead_links import SLICE, DeadLink, dead_links, every_dead_link
from streams.store.store import Tx
from streams.store.tables import notice, version
from tests.factories import RELEASED
from tests.factories import version as content_of
from tests.streams.installation import Installation


@pytest.fixture(params=("embedded-sqlite", "hostile-postgresql"))
def pair(request: pytest.FixtureRequest) -> str:
    """Either store."""
    return str(request.param)


def lay(tx: Tx, name: str, *bodies: str, state: State = State.RELEASED) -> None:
    """A notice and its versions."""
    row: dict[str, Any] = {"id": name, "office": "rsj", "kind": "t01", "index_number": name, "state": state}
    row |= {"version": len(bodies), "sequence": len(bodies), "created_at": RELEASED, "released_at": RELEASED}
    tx.connection.execute(insert(notice), row)
    for number, body in enumerate(bodies, 1):
        content = content_of(notice=name, number=number, index_number=name, title=name, body=body)
        text: dict[str, Any] = {
            "notice": name,
            "number": number,
            "state": state,
            "title": name,
            "sha256": "",
            "digest": "",
        }
        text |= {"content": content.model_dump_json(), "drafted_at": RELEASED}
        tx.connection.execute(insert(version), text)


def test_each_public_notice_is_read_once_in_its_newest_text(here: Installation) -> None:
    link = f"{here.configuration.public_url}/n/202611/zzzzzzzz.html"
    dead, well = f"见[那件]({link})", "没有链接"
    first, last = f"202611-{0:08}", f"202612-{0:08}"

    def act(tx: Tx) -> None:
        lay(tx, first, well, dead)
        lay(tx, last, dead)
        lay(tx, "202611-a", dead, well)
        lay(tx, "202611-b", dead, state=State.WITHDRAWN)
        lay(tx, "202611-c", dead, state=State.APPROVED)
        for number in range(1, SLICE):
            lay(tx, f"202611-{number:08}", well)

    here.store.write(act)
    found = [DeadLink("rsj", one, one, link, Why.MISSING) for one in (first, last)]
    assert list(every_dead_link(here.store, here.configuration)) == found
    read = here.store.read(lambda c: dead_links(c, here.configuration, ""))
    assert (read.dead, read.last) == ((found[0],), f"202611-{SLICE - 1:08}"), "a slice, and where it ended"
