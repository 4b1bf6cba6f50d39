"""What lies on the desk of whoever publishes: files with anything in their front matter, and the books."""

import os
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from channels import base
from notices.document import Draft, read
from notices.samples import expand
from streams.store.tables import audit, event, metadata
from tests.journeys.town import Town
from tests.source import ROOT

PUBLIC = tuple(name for name in base.names() if base.load(name).public)


def written(
    town: Town,
    title: str,
    *front: str,
    of: str = "rsj",
    replace: tuple[str, str] = ("", ""),
    public: Collection[str] = PUBLIC,
) -> Draft:
    """A notice for site and feed called ``title``; ``front`` are further lines of its front matter."""
    source = expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), town.clock.now())
    lines = [line for line in source.splitlines() if not line.startswith(("标题:", "发文机关:", "渠道:"))]
    given = [f"标题: {title}", f"发文机关: {of}", *front]
    if not any(line.startswith("渠道:") for line in front):
        given.append("渠道: [website, feed]")
    file = town.house.home / f"draft-{os.getpid()}.md"
    file.write_text("\n".join([lines[0], *given, *lines[1:], ""]).replace(*replace), "utf-8")
    offices = [town.house.outlets.office(name) for name in town.house.configuration.offices]
    return read(file, offices=offices, public_channels=public)


def books(town: Town) -> dict[str, int]:
    """How much stands in each of the books; equal before and after when nothing was changed."""

    def count(connection: Connection) -> dict[str, int]:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }

    return town.house.store.read(count)


def column(town: Town, wanted: Any) -> list[Any]:
    """One column of the books."""
    return list(town.house.store.read(lambda c: c.execute(select(wanted)).scalars()))


def events_of(town: Town, name: str) -> list[str]:
    """The types of what was said of a notice on its topic, in order."""
    wanted = select(event.c.type).where(event.c.key == name).order_by(event.c.position)
    return list(town.house.store.read(lambda c: c.execute(wanted).scalars()))


def acts_of(town: Town, name: str) -> list[str]:
    """What the audit says was done to a notice, in order."""
    wanted = select(audit.c.act).where(audit.c.subject == name).order_by(audit.c.number)
    return list(town.house.store.read(lambda c: c.execute(wanted).scalars()))
