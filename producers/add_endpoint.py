"""Add an endpoint while everything runs: what is released from now on goes there too."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from channels.base import Channel, Refused, TryAgain, load
from channels.pretend import Pretend
from producers.house import House
from producers.keep_secret import keep_secret
from streams.endpoints import add
from streams.outlets import NUMBERS, Endpoint
from streams.store.tables import endpoint

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # it names folders, secrets and variables


class BadName(Exception):
    """The name of the endpoint cannot be one."""


class NameTaken(Exception):
    """There is an endpoint of this name."""


class WouldRefuse(Exception):
    """The endpoint could never send as it is; the text is why."""


@dataclass(frozen=True)
class Added:
    """A new endpoint. ``secret`` is told once, where one was made."""

    name: str
    pretend: bool
    secret: str | None
    secret_file: Path | None
    finding: str  # rehearsed, and what would keep it from really sending; empty when nothing would


def add_endpoint(
    house: House,
    name: str,
    *,
    office: str,
    channel: str,
    title: str,
    options: Mapping[str, Any],
    pretend: bool | None,
    by: str,
) -> Added:
    """Add ``name``; one that wants a secret and names none gets a new one. Without ``pretend``: 演练 where
    it leaves the machine and this is no production.

    Raises ``BadName``, ``NameTaken``, ``SecretExists``, ``WouldRefuse``, ``pydantic.ValidationError`` for the options,
    ``LookupError`` for the channel, or ``StoreUnavailable``; then nothing was changed.
    """
    if NAME.fullmatch(name) is None or name == NUMBERS:  # whose secret is another's
        raise BadName(name)
    if house.store.read(lambda c: c.execute(select(endpoint.c.id).where(endpoint.c.id == name)).first()):
        raise NameTaken(name)
    kind = load(channel)
    rehearsed = _rehearsed(house, kind) if pretend is None else pretend
    secret = None if "secret" in options else kind.new_secret()
    whole = dict(options) if secret is None else {**options, "secret": name}
    said = kind.Options.model_validate(whole).model_dump(mode="json", exclude_unset=True)
    plain = Endpoint(name, office, channel, title, json.dumps(said), rehearsed, enabled=True, reason=None)
    file = None if secret is None else house.home / "secrets" / name
    if file is not None and secret is not None:
        keep_secret(file, secret)
    added = False
    try:
        finding = finding_of(house, plain)
        added = house.store.write(
            lambda tx: add(
                tx, name, office=office, channel=channel, title=title, options=said, pretend=rehearsed, by=by
            )
        )
    finally:
        if not added and file is not None:
            file.unlink()
    if not added:
        raise NameTaken(name)
    return Added(name, rehearsed, secret, file, finding)


def finding_of(house: House, plain: Endpoint) -> str:
    """What would keep it from really sending, where it is rehearsed. Raises ``WouldRefuse`` for what never could.

    A key that is missing may still be put there, and whoever publishes is told of it.
    """
    channel = house.outlets.channel(plain)
    if isinstance(channel, Pretend):
        return channel.finding()
    try:
        channel.ready()
    except Refused as refused:
        raise WouldRefuse(str(refused)) from None
    except TryAgain:
        return ""
    return ""


def _rehearsed(house: House, kind: type[Channel]) -> bool:
    return kind.leaves and not house.configuration.installation.production
