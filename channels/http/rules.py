"""The rules of the client as data: ``config/http.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_network


@dataclass(frozen=True)
class Network:
    """A network that is refused, who says so, and whether an origin on the allow-list may lie in it."""

    network: IPv4Network | IPv6Network
    source: str
    allowable: bool = False


@dataclass(frozen=True)
class Rules:
    """Deadlines in seconds, bounds in bytes, what may be a target."""

    total: float
    connect: float
    most_request: int
    most_headers: int
    idle: float
    age: float
    ports: Mapping[str, Sequence[int]]  # of public servers, by scheme
    never: tuple[str, ...]
    public_v6: IPv6Network
    networks: tuple[Network, ...]


@cache
def rules() -> Rules:
    """The rules, read once."""
    table = tomllib.loads((files("config") / "http.toml").read_text("utf-8"))
    return Rules(
        **table["deadlines"],
        **table["reuse"],
        most_request=table["bounds"]["request"],
        most_headers=table["bounds"]["headers"],
        ports=table["target"]["ports"],
        never=tuple(table["target"]["never"]),
        public_v6=IPv6Network(table["target"]["public_v6"]),
        networks=tuple(
            Network(ip_network(row["cidr"]), row["source"], row.get("allowable", False)) for row in table["network"]
        ),
    )
