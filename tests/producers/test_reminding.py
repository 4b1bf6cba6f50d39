"""Reminders stay among staff: no public channel takes one, no channel for staff takes a notice."""

from collections.abc import Iterator

import pytest

from channels.base import load, names
from config.channels import channel_names, channel_tables
from config.clock import DrivenClock
from notices.notice import Scope
from producers.rendering import render_all, routed, try_all
from tests import factories
from tests.channels.contract import options
from tests.journeys.town import Ground, Outlet, Town, furnish, opened

NOBODY = 9
STAFF = [name for name in names() if not load(name).public]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An office with an endpoint of every channel; what leaves the machine is rehearsed."""
    home = tmp_path_factory.mktemp("town") / "home"
    furnish(home, NOBODY, [Outlet(name, name, options=options(name), pretend=True) for name in names()])
    with opened(Ground(home, DrivenClock())) as here:
        yield here


def test_there_are_channels_for_staff_and_their_tables_say_so() -> None:
    assert STAFF == ["staff_mail", "staff_wecom"]
    assert [name for name, table in channel_tables().items() if table.get("staff")] == STAFF


@pytest.mark.parametrize("name", [name for name in names() if name not in STAFF])
def test_no_public_channel_takes_a_reminder(town: Town, name: str) -> None:
    made, reasons = try_all(town.house, factories.reminder(), routed(town.house, "rsj", [name]))
    assert made == {}
    assert [reason.scope for reason in reasons if not reason.unready] == [Scope.UNIT]


@pytest.mark.parametrize("name", STAFF)
def test_no_channel_for_staff_takes_a_notice(town: Town, name: str) -> None:
    made, (reason,) = try_all(town.house, factories.message(), routed(town.house, "rsj", [name]))
    assert made == {}
    assert "只发内部提醒" in reason.unready
    made = render_all(town.house, factories.reminder(), routed(town.house, "rsj", [name]))
    assert [of.channel for of in made] == [name]


def test_no_file_may_name_one() -> None:
    assert set(channel_names().values()) == set(names()) - set(STAFF)
