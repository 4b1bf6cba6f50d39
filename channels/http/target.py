"""What an address leads to, and whether it may be spoken to: decided from its text and the allow-list alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from channels.base import Refused
from channels.http.rules import rules
from config.messages import say

URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[/?][^#]*)?(?P<fragment>#.*)?")
AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # WHATWG URL §3.5: a host whose last label is one is an IPv4 address
NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]|[^\S]")
DEFAULT_PORTS = {"https": 443, "http": 80, "smtps": 465, "smtp": 587}
WEB, MAIL = ("https", "http"), ("smtps", "smtp")  # schemes of the two clients


@dataclass(frozen=True)
class Target:
    """An address taken apart: every later step goes by these fields, never by the text again."""

    scheme: str
    host: str  # ASCII, lower case; an IPv6 address without brackets
    port: int
    path: str  # with the query
    literal: bool  # the host is an IP address

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port always written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, in its one canonical spelling."""
        return self.origin + self.path


@dataclass(frozen=True)
class AllowEntry:
    """One origin that may be reached although it is private, on loopback, on another port or without TLS."""

    origin: str  # exactly scheme://host:port
    owner: str  # who answers for it
    expires: date | None = None  # the last day it holds, Asia/Shanghai

    def __post_init__(self) -> None:
        """Raises ``ValueError`` when ``origin`` is not one."""
        try:
            target = parse(self.origin, WEB + MAIL)
        except Refused as error:
            raise ValueError(say("http.origin", origin=self.origin)) from error
        if target.path != "/" or self.origin.endswith("/"):
            raise ValueError(say("http.origin", origin=self.origin))
        object.__setattr__(self, "origin", target.origin)  # in the spelling that targets are compared by


def parse(url: str, schemes: Sequence[str] = WEB) -> Target:
    """``url`` taken apart. Raises ``Refused`` (final) when it has none of ``schemes`` or says more than one host."""
    whole = URL.fullmatch(url)
    if whole is None or NOT_IN_A_URL.search(url):
        raise _refused("not_an_address")
    scheme = whole["scheme"].lower()
    if "@" in whole["authority"]:
        raise _refused("userinfo")
    if whole["fragment"] is not None:
        raise _refused("fragment")
    parts = AUTHORITY.fullmatch(whole["authority"])
    if parts is None or scheme not in schemes:
        raise _refused("not_an_address")
    port = int(parts["port"]) if parts["port"] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536:
        raise _refused("not_an_address")
    host, literal = _host(parts["host"])
    rest = whole["rest"] or "/"
    return Target(scheme, host, port, rest if rest.startswith("/") else f"/{rest}", literal)


def admit(target: Target, allow: Iterable[AllowEntry], today: date) -> bool:
    """True when ``target`` is on the allow-list, False when it may be reached as a public server.

    Raises ``Refused`` (final) for everything else. The addresses its name leads to are checked when connecting.
    """
    for entry in allow:
        if entry.origin == target.origin:
            if entry.expires is not None and today > entry.expires:
                raise _refused("expired", origin=entry.origin, expires=entry.expires, owner=entry.owner)
            return True
    if target.literal:
        raise _refused("literal", host=target.host)
    if "." not in target.host or any(target.host == name or target.host.endswith(f".{name}") for name in rules().never):
        raise _refused("inner_name", host=target.host)
    ports = rules().ports.get(target.scheme)
    if ports is None:
        raise _refused("scheme", host=target.host)
    if target.port not in ports:
        raise _refused("port", port=target.port, allowed=", ".join(map(str, ports)))
    return False


def _host(written: str) -> tuple[str, bool]:
    """The host as ASCII, and whether it is an IP address in its one plain notation."""
    try:
        if written.startswith("["):
            address = IPv6Address(written[1:-1])
            if address.scope_id is None:
                return address.compressed, True
            raise _refused("name", host=written)
        host = written.lower() if written.isascii() else idna.encode(written, uts46=True, std3_rules=True).decode()
        if NUMBER.fullmatch(host.rpartition(".")[2]):
            return str(IPv4Address(host)), True
    except AddressValueError:
        raise _refused("literal", host=written) from None
    except idna.IDNAError:
        raise _refused("name", host=written) from None
    # A full stop that is not "." is refused rather than mapped: it is a slip of the keyboard or a trick.
    if len(host) > 253 or any(stop in written for stop in "。．｡"):
        raise _refused("name", host=written)
    if not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise _refused("name", host=written)
    return host, False


def _refused(reason: str, **values: object) -> Refused:
    return Refused(say(f"http.{reason}", **values), final=True)
