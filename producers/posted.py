"""What SMS vendors post to us: receipts of texts and replies of persons, each to an address of one endpoint.

The vendors sign nothing: who knows the address may post, from the networks that its endpoint names.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from channels.base import Outcome, load, names
from channels.sms import Channel
from channels.sms.options import VENDORS, AccountOptions
from channels.sms.tencent import Tencent
from channels.sms.vendor import Report, Vendor
from producers.add_endpoint import NAME
from producers.house import House
from producers.replies import Heard, hear
from streams.outlets import Endpoint, endpoint_of
from streams.receipt import Receipt
from streams.receipts import Taken, take
from streams.store.tables import endpoint

LONGEST = 1_000  # characters of a path


class Posts(StrEnum):
    """What an address is for, as its last word."""

    RECEIPTS = "receipts"
    REPLIES = "replies"


@dataclass(frozen=True)
class Box:
    """An address that a vendor may post to."""

    of: Endpoint
    account: AccountOptions  # whose texts it speaks of
    posts: Posts

    @property
    def vendor(self) -> type[Vendor]:
        """Who posts."""
        return VENDORS[self.account.vendor]

    def take(self, house: House, body: bytes) -> Taken | Heard:
        """Take what was posted; the same again changes nothing. Raises ``Malformed``, and what ``hear`` raises."""
        if self.posts is Posts.REPLIES:
            return hear(house, self.of, self.vendor.replies(body))
        receipts = _receipts(self.vendor.reports(body))
        return take(house.store, house.outlets.seal(), _endpoints(house, self.account), receipts)


def box_at(house: House, path: str, client: str | None) -> Box | None:
    """What stands at ``/sms/<endpoint>/<token>/<receipts or replies>`` for whoever asks from ``client``.

    None whatever is wrong with it: nobody is told how near a guess was. Raises ``StoreUnavailable``.
    """
    words = path.split("/") if len(path) <= LONGEST else []
    if len(words) != 5 or NAME.fullmatch(words[2]) is None or words[4] not in tuple(Posts):
        return None
    channel, of = _channel(house, words[2])
    if channel is None or of is None:
        return None
    for account in channel.options.accounts:
        token = channel.token(account)
        if token and hmac.compare_digest(words[3].encode(), token.encode()) and _may_post(account, client):
            return Box(of, account, Posts(words[4]))
    return None


def _channel(house: House, name: str) -> tuple[Channel | None, Endpoint | None]:
    """The endpoint, where it really speaks to an SMS vendor; a rehearsal has sent nothing."""
    row = house.store.read(lambda c: c.execute(select(endpoint).where(endpoint.c.id == name)).first())
    if row is None or row.channel not in _texting() or row.pretend:
        return None, None
    of = endpoint_of(row)
    try:
        channel = house.outlets.channel(of)
    except ValidationError:  # options of another version of the program
        return None, None
    return (channel, of) if isinstance(channel, Channel) else (None, None)


@cache
def _texting() -> frozenset[str]:
    """The channels that send texts: for citizens, and for staff."""
    return frozenset(name for name in names() if issubclass(load(name), Channel))


def _endpoints(house: House, account: AccountOptions) -> list[str]:
    """All that send from ``account``: the vendor posts of the whole account to one address."""
    wanted = select(endpoint.c.id, endpoint.c.options).where(endpoint.c.channel.in_(_texting()), ~endpoint.c.pretend)
    rows = house.store.read(lambda c: c.execute(wanted).all())
    return [row.id for row in rows if account.account in _accounts(row.options)]


def _accounts(options: str) -> list[tuple[object, ...]]:
    """Those in an endpoint's options, which may be of another version of the program."""
    given = json.loads(options)
    both = (given, given.get("second") or {})
    return [(one.get("vendor"), one.get("key_id"), _app(one)) for one in both]


def _app(given: Mapping[str, Any]) -> str:
    return given.get("app") or "" if given.get("vendor") == Tencent.name else ""


def _may_post(options: AccountOptions, client: str | None) -> bool:
    if not options.callbacks_from:
        return True
    if client is None:
        return False
    address = ip_address(client)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(network) for network in options.callbacks_from)


def _receipts(reports: Sequence[Report]) -> list[Receipt]:
    return [
        Receipt(
            one.number,
            one.reference,
            one.mark,
            Outcome.DELIVERED if one.arrived else Outcome.FAILED,
            one.code,
            one.at,
        )
        for one in reports
    ]
