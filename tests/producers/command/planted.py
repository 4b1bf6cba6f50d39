"""What a crash or an outlet would leave behind, planted into a store."""

import sqlite3
from contextlib import closing
from pathlib import Path

from channels.sms import ails
from channels.sms.options import SmsOptions
from producers.house import house
from streams.outlets import SharedStore


def unknown(home: Path) -> str:
    """Make the first part of the store one whose answer was never seen; its name."""
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        delivery, number = store.execute("select delivery, number from part order by delivery, number").fetchone()
        store.execute(
            "update part set state = 'unknown', due_at = null where delivery = ? and number = ?", (delivery, number)
        )
    return f"{delivery}.{number}"


def doubted(home: Path) -> str:
    """Another machine whose clock was doubted, and never confirmed; its name."""
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        store.execute(
            "insert into clock_mark (station, boot, ahead, seen_at, doubted_at) values ('gone', 'x', 0, 1, 1)"
        )
    return "gone"


def without_money(home: Path, endpoint: str) -> None:
    """Let the first account of an endpoint that texts have no money left."""
    with house(home) as here:
        options = SmsOptions.model_validate(here.configuration.endpoints[endpoint].options)
        ails.note(SharedStore(here.store, here.token), options.account, "没有钱了", here.clock.now())


def one_in_doubt(home: Path, state: str = "accepted") -> str:
    """Let one person of the first part, which is over, be in doubt; the part's name."""
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        delivery, number = store.execute("select delivery, number from part order by delivery, number").fetchone()
        store.execute("update part set state = ?, due_at = null where delivery = ?", (state, delivery))
        store.execute("update delivery set each = 10, state = ? where id = ?", (state, delivery))
        store.execute(
            "insert into reached (delivery, place, state, reference, cause, at)"
            " select delivery, part * 10, 'unknown', '', '没有回音', started_at from attempt"
            " where delivery = ? and part = ? limit 1",
            (delivery, number),
        )
    return f"{delivery}.{number}"
