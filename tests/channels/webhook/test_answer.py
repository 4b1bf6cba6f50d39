"""Every answer has its meaning, and the page for partners says the same."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Delivered, Gone, HttpAnswer, Refused, TryAgain
from channels.http.rules import rules
from channels.webhook.answer import judge, retry_after
from channels.webhook.rules import AnswerRule, Means, answer_rules
from tests.dates import dates
from tests.source import ROOT

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs"

EXPECTED: dict[int, tuple[str, bool]] = {
    **dict.fromkeys((200, 201, 202, 204, 299), ("delivered", False)),
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308, 399), ("again", False)),
    **dict.fromkeys((400, 402, 405, 406, 409, 413, 415, 422, 431, 451, 499), ("refused", False)),
    **dict.fromkeys((401, 403), ("refused", False)),
    **dict.fromkeys((404, 408, 421, 423, 425), ("again", False)),
    410: ("gone", False),
    429: ("again", True),
    **dict.fromkeys((500, 501, 503, 505, 507, 529, 599), ("again", False)),
    **dict.fromkeys((502, 504), ("again", True)),
    **dict.fromkeys((101, 600, 999), ("again", False)),
}


def judged(status: int, body: bytes = b"", **headers: str) -> tuple[str, bool, str, float | None]:
    """What it means, whether to slow down, the words, when to come again."""
    answer = HttpAnswer(status, {name.replace("_", "-"): headers[name] for name in headers}, body)
    try:
        return "delivered", False, judge(answer, NOW).note, None
    except TryAgain as again:
        return "again", again.throttled, str(again), again.retry_after
    except Refused as refused:
        return "refused for good" if refused.final else "refused", False, str(refused), None
    except Gone as gone:
        return "gone", False, str(gone), None


@pytest.mark.parametrize(("status", "expected"), EXPECTED.items())
def test_what_a_status_means(status: int, expected: tuple[str, bool]) -> None:
    means, throttled, words, _ = judged(status)
    assert (means, throttled) == expected
    assert f"HTTP {status}" in words


def test_every_row_is_proven_above_and_every_status_has_one() -> None:
    for status in range(100, 1_000):
        assert judged(status)[0] in list(Means)
    used = {next(rule for rule in answer_rules() if rule.first <= status <= rule.last) for status in EXPECTED}
    assert used == set(answer_rules())


SAID = {
    "payload-webhook.md": {
        "delivered": "已送达",
        "again": "再试",
        "refused": "拒收",
        "gone": "停用",
        "same": "同上",
        "throttled": "放慢",
    },
    "payload-webhook.en.md": {
        "delivered": "delivered",
        "again": "ried again",
        "refused": "refused",
        "gone": "disabled",
        "same": "the same",
        "throttled": "later",
    },
}


@pytest.mark.parametrize("page", SAID)
@pytest.mark.parametrize("rule", [rule for rule in answer_rules() if rule.first], ids=lambda rule: str(rule.first))
def test_the_pages_for_partners_say_the_same(rule: AnswerRule, page: str) -> None:
    words = SAID[page]
    said = ""
    for statuses, text in re.findall(r"^\| ([0-9, –]+) \| (.*) \|$", (DOCS / page).read_text("utf-8"), re.MULTILINE):
        said = said + text if text.startswith(words["same"]) else text
        spans = [tuple(map(int, each.split("–"))) for each in statuses.split(",")]
        if (rule.first, rule.last) in [(span[0], span[-1]) for span in spans]:
            assert words[rule.means] in said
            assert (words["throttled"] in text) == rule.throttled
            return
    raise AssertionError(f"{rule.first}–{rule.last} is not on {page}")


UNITS = {"秒": 1, "分": 60, "小时": 3_600, "s": 1, "min": 60, "h": 3_600}
PLAN = {
    "payload-webhook.md": (r"重试间隔：(.*?)，然后每天一次，共 (\d+) 次", r"连续 (\d+) 小时", r"(\d+) 秒内没有答完"),
    "payload-webhook.en.md": (
        r"Tries follow after (.*?) and then daily, (\d+) in all",
        r"After (\d+)\s+hours",
        r"within (\d+) s",
    ),
}


@pytest.mark.parametrize("page", PLAN)
def test_the_pages_for_partners_tell_the_schedule_that_is_kept(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    tries, hours, patience = (re.search(pattern, text) for pattern in PLAN[page])
    assert tries
    assert hours
    assert patience
    kept = tomllib.loads((ROOT / "config" / "schedules.toml").read_text("utf-8"))
    gaps = [int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+) (\w+)", tries[1])]
    delays = kept["normal"]["delays"]
    assert [0, *gaps, *[86_400] * (len(delays) - len(gaps) - 1)] == delays
    assert int(tries[2]) == len(delays)
    assert int(hours[1]) * 3_600 == kept["breaker"]["disable_after"]
    assert kept["breaker"]["probes"][-1] <= 60, "probed each minute"
    assert kept["breaker"]["retry_after_limit"] == 86_400, "a day"
    assert int(patience[1]) == rules().total


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("Mon, 23 Nov 2026 01:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2026 09:02:00 +0800", 120.0),
        ("Monday, 23-Nov-26 01:02:00 GMT", 120.0),
        ("Mon Nov 23 01:02:00 2026", 120.0),
        ("Mon, 23 Nov 2026 00:00:00 GMT", 0.0),
        ("9" * 400, float("inf")),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Mon, 99 Nov 2026 01:02:00 GMT", None),
        ("Mon, 23 Nov 99999 01:02:00 GMT", None),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
    assert judged(429, retry_after=header)[3] == seconds


@given(st.one_of(st.text(), dates()))
def test_no_retry_after_breaks_it(header: str) -> None:
    found = retry_after(header, NOW)
    assert found is None or found >= 0


def test_the_partners_words_are_quoted_short_and_plain() -> None:
    words = judged(422, "缺少\x1b[31m 字段\r\n\u202e<b>title</b>".encode() + b"\xff" + b"x" * 16_000)[2]
    assert "缺少 [31m 字段 <b>title</b>" in words
    assert words.isprintable()
    assert len(words) < 300


def test_a_delivery_is_done_once() -> None:
    assert judge(HttpAnswer(204, {}, b""), NOW) == Delivered(scratch={"sent": True}, note="对方已收到（HTTP 204）")
