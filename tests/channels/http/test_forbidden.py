"""What the client never speaks to: 0 connections, whatever the address looks like or its name leads to."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Refused, TryAgain
from channels.http import AllowEntry, Guarded
from channels.http.addresses import forbidden
from channels.http.rules import Network, rules
from channels.http.target import parse
from config.clock import DrivenClock
from config.messages import catalogue
from tests.channels.http.connects import watched
from tests.channels.http.listeners import OK, Seen, answering, listening

CLOCK = DrivenClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))

BY_TEXT = {
    # IP addresses in every notation that some resolver understands
    "https://127.0.0.1/": "literal",
    "https://127.0.0.1:8443/": "literal",
    "https://127.0.0.1:{v4}/": "literal",
    "http://127.0.0.1:{v4}/": "literal",
    "https://127.1/": "literal",
    "https://127.0.1/": "literal",
    "https://0/": "literal",
    "https://0.0.0.0/": "literal",
    "https://2130706433/": "literal",
    "https://017700000001/": "literal",
    "https://0x7f000001/": "literal",
    "https://0x7f.0x0.0x0.0x1/": "literal",
    "https://0x7f.1/": "literal",
    "https://0177.0.0.1/": "literal",
    "https://0177.0.0.01/": "literal",
    "https://127.0.0.0x1/": "literal",
    "https://127.0.0.0x/": "literal",
    "https://127.000.000.001/": "literal",
    "https://127.0.0.256/": "literal",
    "https://4294967297/": "literal",
    "https://1.2.3.4.5/": "literal",
    "https://169.254.169.254/latest/meta-data/": "literal",
    "https://169.254.0.23/": "literal",
    "https://100.100.100.200/": "literal",
    "https://10.0.0.1/": "literal",
    "https://192.168.1.1/": "literal",
    "https://8.8.8.8/": "literal",
    "https://１２７.０.０.１/": "literal",
    "https://①②⑦.0.0.1/": "literal",
    "https://127。0。0。1/": "literal",
    "https://127．0．0．1/": "literal",
    "https://127｡0｡0｡1/": "literal",
    "https://127.0.0.1./": "name",
    "https://[::1]/": "literal",
    "https://[::1]:{v6}/": "literal",
    "http://[::1]:{v6}/": "literal",
    "https://[0:0:0:0:0:0:0:1]/": "literal",
    "https://[::]/": "literal",
    "https://[::ffff:127.0.0.1]/": "literal",
    "https://[::ffff:7f00:1]/": "literal",
    "https://[::127.0.0.1]/": "literal",
    "https://[64:ff9b::7f00:1]/": "literal",
    "https://[2002:7f00:1::]/": "literal",
    "https://[fd00::1]/": "literal",
    "https://[2606:4700::1111]/": "literal",
    "https://[fe80::1%25eth0]/": "name",
    "https://[fe80::1%eth0]/": "name",
    "https://[v1.fe80::a]/": "literal",
    "https://[127.0.0.1]/": "literal",
    "https://[::1/": "not_an_address",
    "https://::1/": "not_an_address",
    # names of the inside
    "https://localhost/": "inner_name",
    "https://LOCALHOST/": "inner_name",
    "https://localhost:{v4}/": "inner_name",
    "http://localhost:{v4}/": "inner_name",
    "https://localhost./": "name",
    "https://ｌｏｃａｌｈｏｓｔ/": "inner_name",
    "https://www.localhost/": "inner_name",
    "https://printer.local/": "inner_name",
    "https://intranet/": "inner_name",
    "https://metadata.google.internal/": "inner_name",
    "https://router.home.arpa/": "inner_name",
    "https://something.onion/": "inner_name",
    # names that are none
    "https://partner.example.org./": "name",
    "https://partner。example。org/": "name",
    "https://partner..example.org/": "name",
    "https://.example.org/": "name",
    "https:///path": "name",
    "https://-partner.example.org/": "name",
    "https://part_ner.example.org/": "name",
    "https://partner.example.org%2f@127.0.0.1/": "userinfo",
    "https://partner%2eexample.org/": "name",
    "https://part\u200bner\u202e.example.org/": "name",
    "https://" + "a" * 64 + ".example.org/": "name",
    "https://" + "a." * 127 + "org/": "name",
    # user names, other schemes, other ports, tricks of writing
    "https://user@partner.example.org/": "userinfo",
    "https://user:word@partner.example.org/": "userinfo",
    "https://partner.example.org@127.0.0.1/": "userinfo",
    "https://partner.example.org:443@127.0.0.1:{v4}/": "userinfo",
    "https://@127.0.0.1/": "userinfo",
    "https://partner.example.org#@127.0.0.1/": "fragment",
    "https://partner.example.org/#x": "fragment",
    "https://partner.example.org\\@127.0.0.1/": "not_an_address",
    "https:\\\\127.0.0.1\\": "not_an_address",
    "https://partner.example.org\t/": "not_an_address",
    "https://partner.example.org /": "not_an_address",
    " https://partner.example.org/": "not_an_address",
    "https://partner.example.org/\r\nHost: 127.0.0.1": "not_an_address",
    "https://partner.example.org/\u2028x": "not_an_address",
    "https://partner.example.org/\x00": "not_an_address",
    "//partner.example.org/": "not_an_address",
    "partner.example.org": "not_an_address",
    "": "not_an_address",
    "https:/127.0.0.1/": "not_an_address",
    "http://partner.example.org/": "scheme",
    "http://partner.example.org:443/": "scheme",
    "ftp://partner.example.org/": "not_an_address",
    "file:///etc/passwd": "not_an_address",
    "gopher://127.0.0.1:{v4}/_x": "not_an_address",
    "unix://%2Fvar%2Frun%2Fdocker.sock/": "not_an_address",
    "data:text/plain,x": "not_an_address",
    "https://partner.example.org:80/": "port",
    "https://partner.example.org:22/": "port",
    "https://partner.example.org:{v4}/": "port",
    "https://partner.example.org:0/": "not_an_address",
    "https://partner.example.org:65979/": "not_an_address",
    "https://partner.example.org:443:443/": "not_an_address",
    "https://partner.example.org:+443/": "not_an_address",
    "https://partner.example.org:４４３/": "not_an_address",
}

BY_ADDRESS = [
    "0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "169.254.169.254", "169.254.0.23", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "1::1", "e000::1",
]  # fmt: skip


@pytest.fixture
def canaries() -> Iterator[tuple[Seen, Seen]]:
    """Listeners inside, which nobody may reach."""
    with listening(answering(OK)) as v4, listening(answering(OK), host="::1") as v6:
        yield v4, v6


def guarded(*addresses: str, allow: tuple[AllowEntry, ...] = ()) -> Guarded:
    """A client for which every name leads to ``addresses``."""
    return Guarded(clock=CLOCK, allow=allow, total=2, look_up=lambda host, port: addresses)


def said(reason: str) -> re.Pattern[str]:
    """What the message ``reason`` reads like, whatever its values."""
    pieces = re.split(r"\{[^}]*\}", catalogue("http")[reason]["zh"])
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)


def test_the_list_is_long_enough() -> None:
    assert len(BY_TEXT) + len(BY_ADDRESS) >= 80


@pytest.mark.parametrize(("url", "reason"), BY_TEXT.items())
def test_refused_by_its_text(url: str, reason: str, canaries: tuple[Seen, Seen]) -> None:
    v4, v6 = canaries
    with watched() as connected, pytest.raises(Refused) as refused:
        guarded("127.0.0.1", "::1").request("POST", url.format(v4=v4.port, v6=v6.port), body=b"x")
    assert refused.value.final
    assert said(reason).fullmatch(str(refused.value)), str(refused.value)
    assert (connected, v4.connections, v6.connections) == ([], 0, 0)


@pytest.mark.parametrize("address", BY_ADDRESS)
@pytest.mark.parametrize("beside", [(), ("8.8.8.8",)], ids=["alone", "mixed"])
def test_refused_by_where_its_name_leads(address: str, beside: tuple[str, ...]) -> None:
    with watched() as connected, pytest.raises(Refused) as refused:
        guarded(*beside, address).request("POST", "https://partner.example.org/", body=b"x")
    assert refused.value.final
    assert said("forbidden_address").fullmatch(str(refused.value))
    assert address in str(refused.value)
    assert connected == []


@pytest.mark.parametrize("rule", rules().networks, ids=lambda rule: str(rule.network))
def test_every_network_of_the_list_is_refused_to_its_edges(rule: Network) -> None:
    for address in (rule.network[0], rule.network[-1], rule.network[rule.network.num_addresses // 2]):
        assert forbidden(str(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.0.0.1", "223.255.255.255", "2606:4700::1111", "2400:3200::1"])
def test_public_addresses_are_let_through_and_are_what_is_connected_to(address: str) -> None:
    with watched() as connected, pytest.raises(TryAgain):  # the test lets nothing out
        guarded(address).request("POST", "https://partner.example.org/", body=b"x")
    assert connected == [address]


def test_a_name_that_flips_is_looked_up_once_for_each_connection_and_that_answer_is_used() -> None:
    answers = iter([("8.8.8.8",), ("127.0.0.1",), ("9.9.9.9",)])
    client = Guarded(clock=CLOCK, total=2, look_up=lambda host, port: next(answers))
    with watched() as connected:
        with pytest.raises(TryAgain):
            client.request("POST", "https://partner.example.org/")
        with pytest.raises(Refused):
            client.request("POST", "https://partner.example.org/")
        with pytest.raises(TryAgain):
            client.request("POST", "https://partner.example.org/")
    assert connected == ["8.8.8.8", "9.9.9.9"]


def test_only_the_allowed_origin_is_reached_on_loopback() -> None:
    with listening(answering(OK)) as partner, listening(answering(OK)) as other:
        allow = AllowEntry(f"http://127.0.0.1:{partner.port}", "网管")
        client = guarded("127.0.0.1", allow=(allow,))
        assert client.request("POST", f"http://127.0.0.1:{partner.port}/x").status == 200
        for url in (
            f"http://127.0.0.1:{other.port}/",
            f"https://127.0.0.1:{partner.port}/",
            f"http://localhost:{partner.port}/",
            f"http://127.1:{partner.port}/",
            f"http://0x7f000001:{partner.port}/",
            f"http://127.0.0.2:{partner.port}/",
            f"http://[::ffff:127.0.0.1]:{partner.port}/",
            f"http://user@127.0.0.1:{partner.port}/",
            f"http://127.0.0.1.example.org:{partner.port}/",
        ):
            with pytest.raises(Refused):
                client.request("POST", url)
        assert (partner.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    ("address", "reached"),
    [("127.0.0.1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", True), ("fd00::1", True), ("100.64.0.1", True)]
    + [(bad, False) for bad in ("169.254.169.254", "100.100.100.200", "fe80::1", "::ffff:169.254.169.254")]
    + [(bad, False) for bad in ("0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "64:ff9b::7f00:1", "::7f00:1")],
)
def test_an_allowed_name_may_lead_to_private_addresses_and_no_other_refused_ones(address: str, reached: bool) -> None:
    assert (forbidden(address, allow_listed=True) is None) is reached
    client = guarded(address, allow=(AllowEntry("https://partner.example.org:9443", "网管"),))
    with watched() as connected, pytest.raises(TryAgain if reached else Refused):
        client.request("POST", "https://partner.example.org:9443/")
    assert bool(connected) is reached


def test_an_entry_holds_through_its_last_day_here() -> None:
    with listening(answering(OK)) as partner:
        entry = AllowEntry(f"http://127.0.0.1:{partner.port}", "网管", date(2026, 11, 23))
        clock = DrivenClock(datetime(2026, 11, 23, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
        client = Guarded(clock=clock, allow=(entry,))
        assert client.request("POST", f"{entry.origin}/").status == 200
        clock.advance(60)
        with pytest.raises(Refused, match="网管"):
            client.request("POST", f"{entry.origin}/")
        assert partner.connections == 1


@pytest.mark.parametrize("origin", ["127.0.0.1:80", "http://h:1/", "http://h:1/x", "http://h:1?x", "http://u@h:1", ""])
def test_an_entry_must_be_an_origin(origin: str) -> None:
    with pytest.raises(ValueError, match="允许清单"):
        AllowEntry(origin, "网管")


@given(st.text())
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://partner.example.org/{text}"):
        try:
            target = parse(url)
        except Refused:
            continue
        assert parse(target.url) == target
        assert target.host.isascii()


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://Partner.Example.ORG", "https://partner.example.org:443/"),
        ("HTTPS://partner.example.org?a=b", "https://partner.example.org:443/?a=b"),
        ("https://partner.example.org:8443//a//b", "https://partner.example.org:8443//a//b"),
        ("https://云岭.中国/通知", "https://xn--9kqv75a.xn--fiqs8s:443/通知"),
    ],
)
def test_one_spelling(url: str, canonical: str) -> None:
    assert parse(url).url == canonical
