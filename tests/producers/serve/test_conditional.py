"""Conditions and parts of requests, against the standard's own words (RFC 9110 §13, §14)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.serve.conditional import Part, Unsatisfiable, is_known, part, takes_gzip
from tests.dates import dates

TAG, PACKED = '"abc"', '"abc-gzip"'
MODIFIED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def known(**headers: str) -> bool:
    return is_known({name.replace("_", "-"): value for name, value in headers.items()}, (TAG, PACKED), MODIFIED)


@pytest.mark.parametrize("value", [TAG, PACKED, f"W/{TAG}", f'"other", {TAG}', f'"x",W/{PACKED}', "*"])
def test_a_tag_that_stands_is_known(value: str) -> None:
    assert known(if_none_match=value)


@pytest.mark.parametrize("value", ['"other"', "abc", '"ab"', '"ABC"', ""])
def test_another_tag_is_not(value: str) -> None:
    assert not known(if_none_match=value)


def test_the_tag_goes_before_the_time() -> None:
    assert not known(if_none_match='"other"', if_modified_since=format_datetime(MODIFIED, usegmt=True))


@given(st.integers(-100_000, 100_000))
def test_the_time_of_change(seconds: int) -> None:
    since = format_datetime(MODIFIED + timedelta(seconds=seconds), usegmt=True)
    assert known(if_modified_since=since) is (seconds >= 0)


@pytest.mark.parametrize(
    "value", ["yesterday", "Mon, 23 Nov 2026 01:00:00", "2026-11-23", "Mon, 99 Nov 2026 01:00:00 GMT"]
)
def test_a_time_that_is_none_is_no_condition(value: str) -> None:
    assert not known(if_modified_since=value)


@given(dates())
def test_whatever_looks_like_a_time_is_one_or_is_no_condition(text: str) -> None:
    assert known(if_modified_since=text) in (True, False)
    assert part({"range": "bytes=0-1", "if-range": text}, TAG, MODIFIED, 10) in (None, Part(0, 2))


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_a_part_is_what_the_standard_says_it_is(body: bytes, first: int, last: int) -> None:
    """§14.1.2: first and last are positions, the last one included; beyond the end counts up to the end."""
    found = part({"range": f"bytes={first}-{last}"}, TAG, MODIFIED, len(body))
    if last < first:
        assert found is None
    elif first >= len(body):
        assert isinstance(found, Unsatisfiable)
    else:
        assert isinstance(found, Part)
        assert body[found.start : found.end] == bytes(body[place] for place in range(first, min(last + 1, len(body))))


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60))
def test_the_rest_and_the_end(body: bytes, count: int) -> None:
    rest = part({"range": f"bytes={count}-"}, TAG, MODIFIED, len(body))
    end = part({"range": f"bytes=-{count}"}, TAG, MODIFIED, len(body))
    assert rest == (Part(count, len(body)) if count < len(body) else Unsatisfiable())
    assert end == (Part(max(len(body) - count, 0), len(body)) if count else Unsatisfiable())


@pytest.mark.parametrize(
    "value", ["bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "0-1", f"bytes={'9' * 40}-", ""]
)
def test_what_is_no_single_part_is_the_whole(value: str) -> None:
    assert part({"range": value}, TAG, MODIFIED, 10) is None


@pytest.mark.parametrize(
    ("unless", "applies"),
    [
        (TAG, True),
        ('"other"', False),
        (f"W/{TAG}", False),  # §13.1.5: only a strong one will do
        (format_datetime(MODIFIED, usegmt=True), True),
        (format_datetime(MODIFIED + timedelta(seconds=1), usegmt=True), False),
    ],
)
def test_a_part_of_what_has_changed_is_the_whole(unless: str, applies: bool) -> None:
    found = part({"range": "bytes=0-1", "if-range": unless}, TAG, MODIFIED, 10)
    assert found == (Part(0, 2) if applies else None)


@pytest.mark.parametrize(
    ("accept", "takes"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000, *", False),
        ("identity", False),
        ("gzippy", False),
        ("", False),
    ],
)
def test_gzip_goes_to_those_who_take_it(accept: str, takes: bool) -> None:
    assert takes_gzip(accept) is takes
