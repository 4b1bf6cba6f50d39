"""Reading back compares bytes, whatever status they come with, and tells unreadable from different."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from channels.base import Http, HttpAnswer, Refused, TryAgain, Unsure
from channels.reading import ask_at, difference

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Answers(Http):
    """An ``Http`` that answers what it is told to."""

    status: int = 200
    body: bytes = b""
    failure: Exception | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        if self.failure:
            raise self.failure
        return HttpAnswer(self.status, {}, self.body[:limit], truncated=len(self.body) > limit)


@pytest.mark.parametrize("status", [200, 301, 410])
def test_the_same_bytes_have_arrived(status: int) -> None:
    assert difference(Answers(status, b"page"), "http://a.test/", b"page") == ""


@pytest.mark.parametrize("body", [b"other", b"", b"page and more"])
def test_other_bytes_are_different(body: bytes) -> None:
    assert "SHA-256" in (difference(Answers(200, body), "http://a.test/", b"page") or "")


@pytest.mark.parametrize("answers", [Answers(404, b"none"), Answers(503), Answers(301, b"moved")])
def test_an_answer_that_is_no_page_tells_nothing(answers: Answers) -> None:
    assert difference(answers, "http://a.test/", b"page") is None


@pytest.mark.parametrize("failure", [TryAgain("down"), Unsure("cut off"), Refused("not allowed")])
def test_no_answer_tells_nothing(failure: Exception) -> None:
    assert difference(Answers(failure=failure), "http://a.test/", b"page") is None


def test_the_gaps_grow_and_end() -> None:
    gaps: list[float] = []
    while (due := ask_at(len(gaps), NOW)) is not None:
        gaps.append((due - NOW).total_seconds())
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (0, 86_400)
    assert len(gaps) < 50
