"""Find a notice by what a person calls it: its id, its index number, its address, or a file's digest."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from notices.notice import State, Version
from streams.store.tables import notice, version

_ADDRESS = re.compile(r"/n/(\d{6})/([0-9a-z]+)(?:\.html)?$")  # of a permanent address: …/n/202611/7k3q9d2m.html


class UnknownNotice(Exception):
    """There is no such notice."""


class AmbiguousNotice(Exception):
    """Several notices are called so; nobody guesses which one is meant."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(name)
        self.candidates = tuple(candidates)  # each notice's id and office


def find(connection: Connection, name: str) -> "Row[Any]":
    """The row of a notice. Raises ``UnknownNotice``, or ``AmbiguousNotice`` when the name is that of several."""
    wanted = name.strip()
    if found := _ADDRESS.search(wanted):
        wanted = f"{found[1]}-{found[2]}"
    rows = connection.execute(
        select(notice).where((notice.c.id == wanted) | (notice.c.index_number == wanted)).order_by(notice.c.created_at)
    ).all()
    if len(rows) > 1:  # a store of before numbers were one's alone on the installation, or a number that is an id
        raise AmbiguousNotice(name, [f"{row.id}（{row.office}）" for row in rows])
    if not rows:
        raise UnknownNotice(name)
    return rows[0]


def newest(connection: Connection, of: str) -> Version:
    """The newest version of a notice."""
    content = connection.execute(
        select(version.c.content).where(version.c.notice == of).order_by(version.c.number.desc()).limit(1)
    ).scalar_one()
    return Version.model_validate_json(content)


def by_digest(connection: Connection, office: str, digest: str) -> "Row[Any] | None":
    """The notice that this very file became, with the version it is; not one that was cancelled."""
    return connection.execute(
        select(notice, version.c.number, version.c.released_at.label("version_released_at"))
        .join(version, version.c.notice == notice.c.id)
        .where(version.c.digest == digest, notice.c.office == office, notice.c.state != State.CANCELLED)
        .order_by(version.c.drafted_at.desc())
    ).first()


def address(public_url: str, of: str) -> str:
    """The permanent public address of a notice."""
    month, _, name = of.partition("-")
    return f"{public_url}/n/{month}/{name}.html"
