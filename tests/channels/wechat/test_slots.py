"""Slots: what is left, for whom, and since when it is counted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.wechat import WechatOptions
from channels.wechat.slots import Slot, Slots, began
from tests.sandbox.wechat.platform import APPID


@pytest.mark.parametrize(
    ("options", "slots"),
    [
        ({}, Slots("day", 1, 1)),
        ({"account": "service"}, Slots("month", 4, 1)),
        ({"push_quota": {"month": 8}, "emergency_reserve": 2}, Slots("month", 8, 2)),
        ({"account": "service", "push_quota": {"day": 2}, "emergency_reserve": "0"}, Slots("day", 2, 0)),
    ],
)
def test_an_account_has_what_its_sort_has_or_what_is_set(options: dict[str, object], slots: Slots) -> None:
    assert WechatOptions.model_validate({"appid": APPID, **options}).slots() == slots


@pytest.mark.parametrize("quota", [{}, {"day": 1, "month": 4}, {"week": 1}, {"day": 0}])
def test_a_quota_is_of_one_period(quota: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        WechatOptions.model_validate({"appid": APPID, "push_quota": quota})


MONTHLY, DAILY = Slots("month", 4, 1), Slots("day", 1, 1)


@pytest.mark.parametrize(
    ("slots", "routine", "lent", "urgent"),
    [
        (MONTHLY, Slot.FREE, Slot.FREE, Slot.FREE),
        (Slots("month", 4, 1, 3), Slot.KEPT, Slot.KEPT, Slot.RESERVE),
        (Slots("month", 4, 1, 4), Slot.NONE, Slot.NONE, Slot.NONE),
        (DAILY, Slot.KEPT, Slot.RESERVE, Slot.RESERVE),
        (Slots("day", 1, 0), Slot.FREE, Slot.FREE, Slot.FREE),
        (Slots("day", 1, 1, 1), Slot.NONE, Slot.NONE, Slot.NONE),
    ],
)
def test_the_reserve_is_for_emergencies_and_lent_where_tomorrow_brings_another(
    slots: Slots, routine: Slot, lent: Slot, urgent: Slot
) -> None:
    assert slots.take(urgent=False, use_reserve=False) is routine
    assert slots.take(urgent=False, use_reserve=True) is lent
    assert slots.take(urgent=True, use_reserve=False) is urgent


@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 12))
def test_routine_pushes_of_a_month_never_touch_the_reserve(most: int, reserve: int, spent: int) -> None:
    slots = Slots("month", most, reserve, spent)
    assert 0 <= slots.free <= slots.left <= most
    if slots.take(urgent=False, use_reserve=True) is Slot.FREE:
        assert slots.left - 1 >= min(reserve, most)


def test_days_and_months_are_those_of_shanghai() -> None:
    now = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)  # half past midnight there, on the first
    assert began("day", now) == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert began("month", now) == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert began("month", now - timedelta(hours=1)) == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
