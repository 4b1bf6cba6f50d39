"""How often somebody may: by a keyed hash of his address that nobody can read back, in memory and nowhere else."""

import hmac
import ipaddress
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from config.comments import Rate, most_addresses, rates


class Rates:
    """Counts for one process, from its start to its end; may be asked by many threads.

    Of each key one instant is remembered: when it would have used up what it has used so far, were it spread evenly.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)  # of this start: no address is known again after it
        self._lock = threading.Lock()
        self._used: dict[tuple[str, bytes], datetime] = {}
        self._counted: dict[str, None] = {}

    def wait(self, now: datetime, of: "Sequence[tuple[str, str]]", *, once: str = "") -> float:
        """0 when it may be done, and it is counted; else how many seconds to wait, and nothing is counted.

        ``of``: names of rates, each with what it is counted by. What has the name ``once`` is counted once: a form that
        is sent twice at the same time is one comment.
        """
        keys = [(name, hmac.digest(self._key, f"{name}/{by}".encode(), "sha256")) for name, by in of]
        with self._lock:
            if once in self._counted:
                return 0.0
            later = {}
            waits = 0.0
            for key in keys:
                until, seconds = _after(self._used.get(key), now, rates()[key[0]])
                later[key] = until
                waits = max(waits, seconds)
            if waits:
                return waits
            for key, until in later.items():
                self._used.pop(key, None)  # the newest stand at the end
                self._used[key] = until
            if once:
                self._counted[once] = None
            self._shorten(now)
        return 0.0

    def _shorten(self, now: datetime) -> None:
        if len(self._used) > most_addresses():
            self._used = {key: until for key, until in self._used.items() if until > now}
        for remembered in (self._used, self._counted):
            while len(remembered) > most_addresses():
                del remembered[next(iter(remembered))]  # type: ignore[arg-type]  # its own key


def _after(until: datetime | None, now: datetime, rate: Rate) -> tuple[datetime, float]:
    """When all would be used up after one more, and how long that one has to wait."""
    all_ = timedelta(seconds=rate.seconds)
    begun = min(max(until or now, now), now + all_)  # a clock that was put back keeps nobody out for longer
    after = begun + all_ / rate.many
    return after, max(0.0, (after - now - all_).total_seconds())


def near(address: str) -> str:
    """What an address is counted as: an IPv6 one as the network that one customer has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def site(customer: str) -> str:
    """What one whom ``near`` gave is counted in besides: of IPv6 the /48, of which one line may have all."""
    try:
        found = ipaddress.IPv6Network(customer)
    except ValueError:
        return customer
    return str(found.supernet(new_prefix=48))


def client(peer: str, forwarded: str, proxies: Sequence[str]) -> str:
    """Whose request it is: of whoever connects, or of whom our own proxies say that they ask for."""
    networks = [ipaddress.ip_network(one) for one in proxies]
    address = peer
    for said in reversed([one.strip() for one in forwarded.split(",") if one.strip()][-10:]):
        if not _within(address, networks):
            break
        address = said
    return near(address)


def _within(address: str, networks: "Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]") -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks if network.version == found.version)
