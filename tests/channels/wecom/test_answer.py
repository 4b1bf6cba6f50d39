"""What an answer means: what was surely not taken is tried again, what nobody knows goes to a person."""

import json

import pytest

from channels.base import Accepted, Gone, HttpAnswer, Refused, TryAgain, Unsure
from channels.wecom.answer import judge
from tests.channels.wecom.robots import KEY

Means = type[Exception] | None


def answer(code: object, words: str = "ok", status: int = 200) -> HttpAnswer:
    """What the interface says."""
    return HttpAnswer(status, {}, json.dumps({"errcode": code, "errmsg": words}).encode())


def meant(found: HttpAnswer) -> tuple[Means, str, bool]:
    """What it means, why, and whether the lane waits."""
    try:
        return None, judge(found, KEY).note, False
    except (TryAgain, Refused, Gone, Unsure) as error:
        return type(error), str(error), getattr(error, "throttled", getattr(error, "final", False))


def test_zero_is_accepted_and_no_more() -> None:
    assert isinstance(judge(answer(0), KEY), Accepted)


@pytest.mark.parametrize(
    ("code", "means", "firm"),
    [
        (45009, TryAgain, True),
        (45033, TryAgain, True),
        (-1, Unsure, False),
        (93000, Gone, False),
        (93004, Gone, False),
        (93008, Gone, False),
        (40058, Refused, True),
        (44004, Refused, True),
        (40008, Refused, True),
        (85002, Refused, True),
        (12345, Unsure, False),
        (301002, Unsure, False),
    ],
)
def test_each_errcode_means_what_the_table_says(code: int, means: type[Exception], firm: bool) -> None:
    found, cause, is_firm = meant(answer(code, "so it says"))
    assert (found, is_firm) == (means, firm)
    assert str(code) in cause
    assert "so it says" in cause


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (204, Unsure),
        (302, TryAgain),
        (403, Refused),
        (404, Refused),
        (408, Unsure),
        (413, Refused),
        (429, TryAgain),
        (500, Unsure),
        (502, Unsure),
        (503, Unsure),
        (504, Unsure),
        (102, Unsure),
    ],
)
def test_without_an_errcode_the_status_decides(status: int, means: type[Exception]) -> None:
    assert meant(HttpAnswer(status, {}, b""))[0] is means
    assert meant(answer(0, status=status))[0] is means, "only a 200 is the interface's own"


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b"[]", b"\xff", b'{"errcode": "0"}', b'{"errcode": null}', b'{"errcode": true}']
)
def test_a_200_that_is_no_answer_is_nobodys_yes(body: bytes) -> None:
    assert meant(HttpAnswer(200, {}, body))[0] is Unsure


def test_the_key_and_what_terminals_obey_stay_out_of_every_cause() -> None:
    cause = meant(answer(93000, f"invalid webhook url {KEY}\x1b[31m\n, hint: [1]" + "长" * 900))[1]
    assert KEY not in cause
    assert "invalid webhook url … [31m , hint: [1]" in cause
    with pytest.raises(Refused, match="user … is not here"):
        judge(answer(40058, "user 13800001111 is not here"), KEY, "13800001111")
    assert cause.isprintable()
    assert len(cause) < 320
