"""Texts in the shape of an HTTP date (RFC 9110 §5.6.7), right and wrong in every part: for what others send us."""

from hypothesis import strategies as st

DAYS = ("Mon, ", "Sunday, ", "Xxx, ", "")
MONTHS = ("Jan", "feb", "Dec", "Foo", "13", "")
ZONES = ("GMT", "UTC", "EST", "+0800", "-2359", "+9999", "Z", "", "(x)")


def dates() -> st.SearchStrategy[str]:
    """Dates whose day, year, clock or zone may be beyond all bounds."""
    number = st.one_of(st.integers(-1, 99), st.integers(-(10**30), 10**30)).map(str)
    zone = st.one_of(st.sampled_from(ZONES), number.map(lambda one: f"+{one}"), number.map(lambda one: f"-{one}"))
    clock = st.tuples(number, number, number).map(":".join)
    day = st.tuples(number, st.sampled_from(MONTHS), number).map(" ".join)
    shaped = st.tuples(st.sampled_from(DAYS), day, st.one_of(clock, st.just("01:00:00")), zone)
    return st.one_of(shaped.map(lambda it: f"{it[0]}{it[1]} {it[2]} {it[3]}"), _sound(zone), st.text(max_size=40))


def _sound(zone: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A date that is one, in any zone."""
    years = st.one_of(st.integers(1, 9_999), st.integers(0, 99))
    return st.tuples(years, zone).map(lambda it: f"Mon, 23 Nov {it[0]:04d} 01:00:00 {it[1]}")
