"""How often somebody may: so many at once, then evenly; nobody's address can be read out of what is remembered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.comments import rates
from producers.comments import rates as module
from producers.comments.rates import Rates, client, near, site

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_so_many_and_no_more_until_time_has_passed() -> None:
    counted, rate = Rates(), rates()["address_plain"]
    for _ in range(rate.many):
        assert counted.wait(NOW, [("address_plain", "a")]) == 0
    wait = counted.wait(NOW, [("address_plain", "a")])
    assert 0 < wait <= rate.seconds / rate.many
    assert counted.wait(NOW, [("address_plain", "b")]) == 0
    assert counted.wait(NOW + timedelta(seconds=wait), [("address_plain", "a")]) == 0
    assert counted.wait(NOW + timedelta(seconds=wait), [("address_plain", "a")]) > 0


@given(st.lists(st.floats(0, 400), max_size=150))
def test_within_any_time_nobody_gets_more_than_twice_the_rate(gaps: list[float]) -> None:
    counted, rate, at, passed = Rates(), rates()["posts"], NOW, list[datetime]()
    for gap in gaps:
        at += timedelta(seconds=gap)
        if not counted.wait(at, [("posts", "a")]):
            passed.append(at)
    for first in passed:
        within = [one for one in passed if first <= one < first + timedelta(seconds=rate.seconds)]
        assert len(within) <= 2 * rate.many


def test_what_one_rate_refuses_no_other_counts() -> None:
    counted, rate = Rates(), rates()["address_plain"]
    for _ in range(rate.many):
        counted.wait(NOW, [("address_plain", "a")])
    for _ in range(rates()["address"].many):
        assert counted.wait(NOW, [("address", "a"), ("address_plain", "a")]) > 0
    assert counted.wait(NOW, [("address", "a")]) == 0


def test_what_is_sent_twice_is_counted_once() -> None:
    counted, rate = Rates(), rates()["address_plain"]
    for _ in range(3 * rate.many):
        assert counted.wait(NOW, [("address_plain", "a")], once="form") == 0
    for _ in range(rate.many - 1):
        assert counted.wait(NOW, [("address_plain", "a")]) == 0
    assert counted.wait(NOW, [("address_plain", "a")], once="another form") > 0
    assert counted.wait(NOW, [("address_plain", "a")], once="another form") > 0, "what was refused is not counted"


def test_a_clock_that_was_put_back_keeps_nobody_out_for_longer_than_once() -> None:
    counted, rate = Rates(), rates()["posts"]
    for _ in range(rate.many):
        counted.wait(NOW, [("posts", "a")])
    before = NOW - timedelta(days=400)
    assert counted.wait(before, [("posts", "a")]) <= rate.seconds


def test_no_more_addresses_are_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "most_addresses", lambda: 10)
    counted = Rates()
    for number in range(100):
        assert counted.wait(NOW, [("address", str(number))]) == 0
    assert len(counted._used) == 10
    assert all(key != b"99" for _, key in counted._used)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "who"),
    [
        ("203.0.113.7", "", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", (), "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1", ("127.0.0.1",), "198.51.100.1"),
        ("127.0.0.1", "10.9.9.9, 198.51.100.1", ("127.0.0.0/8",), "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", ("127.0.0.1", "10.0.0.0/8"), "198.51.100.1"),
        ("127.0.0.1", "", ("127.0.0.1",), "127.0.0.1"),
        ("127.0.0.1", "nonsense", ("127.0.0.1",), "nonsense"),
        ("2001:db8::5", "", ("127.0.0.1",), "2001:db8::/64"),
    ],
)
def test_only_our_own_servers_are_believed(peer: str, forwarded: str, proxies: tuple[str, ...], who: str) -> None:
    assert client(peer, forwarded, proxies) == who


def test_one_customer_is_one_address() -> None:
    assert near("2001:db8:1:2:aaaa::1") == near("2001:db8:1:2:ffff::9") != near("2001:db8:1:3::1")
    assert near("::ffff:203.0.113.7") == "203.0.113.7"
    assert near("fe80::1%eth0") == near("fe80::1")


def test_one_site_is_one_however_many_networks_it_has() -> None:
    assert site(near("2001:db8:1:2::1")) == site(near("2001:db8:1:3::1")) != site(near("2001:db8:2:2::1"))
    assert site("203.0.113.7") == "203.0.113.7"
    assert site("nonsense") == "nonsense"
