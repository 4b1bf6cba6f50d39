"""Which IP addresses may be spoken to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from channels.http.rules import rules


def forbidden(address: str, *, allow_listed: bool = False) -> str | None:
    """Why ``address`` may not be spoken to, in the words of the rule; None when it may.

    Of the networks it lies in, the narrowest decides. An origin on the allow-list may lie in those that are
    ``allowable`` (private, loopback), never in another refused one (link-local, metadata services, multicast).
    """
    try:
        found = ip_address(address)
    except ValueError:  # with a zone: link-local
        return "not a plain address"
    if allow_listed:
        found = _canonical(found)
    lies_in = [rule for rule in rules().networks if found in rule.network]
    if lies_in:
        narrowest = max(lies_in, key=lambda rule: rule.network.prefixlen)
        return None if allow_listed and narrowest.allowable else narrowest.source
    if isinstance(found, IPv6Address) and found not in rules().public_v6:
        return "not global unicast (IANA)"
    return None


def _canonical(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv4-mapped one. Of the other wrappings none is ever let through."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
