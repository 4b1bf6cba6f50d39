"""A disk that is full or cannot be written, under the whole of an installation: said clearly, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from config.clock import DrivenClock, SystemClock
from producers.house import House, house
from producers.publish import publish
from streams import audit
from streams.store.store import StoreUnavailable
from streams.store.tables import attempt, notice
from tests.embedded import embedded
from tests.faults.rig import draft, furnish, partners
from tests.parts.disk import fill_up, mount, small_disk

RECOVERY = 60  # seconds within which everything is out once there is room


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    """A house without partners whose home, and the outlets in it, are disks of their own."""
    home = tmp_path / "home"
    with partners(tmp_path / "partners", ()) as at:
        furnish(home, at, ())
    (home / "outlets").mkdir()
    with (
        small_disk(home / "outlets", megabytes=8),
        house(home, DrivenClock(SystemClock().now())) as made,
    ):
        yield made


def settle(here: House, seconds: int = 0) -> None:
    """Everything that falls due within so many seconds."""
    engine = embedded(here)
    engine.run_until_idle()
    for _ in range(seconds):
        here.clock.advance(1)  # type: ignore[attr-defined]  # a driven one
        engine.run_until_idle()


def causes(here: House) -> set[str]:
    """What the attempts say went wrong."""
    rows = here.store.read(lambda c: c.execute(select(attempt.c.cause).where(attempt.c.cause != "")).scalars().all())
    return set(rows)


def pages(here: House) -> list[Path]:
    """The notices' pages of the site."""
    return sorted((here.home / "outlets/site/public/n").glob("*/*.html"))


def test_what_no_outlet_had_room_for_is_there_soon_after_there_is(here: House) -> None:
    publish(here, draft(here.home, 1), by="测试")
    settle(here)
    assert len(pages(here)) == 1
    before = pages(here)[0].read_bytes()
    fill_up(here.home / "outlets" / "ballast")
    publish(here, draft(here.home, 2), by="测试")
    settle(here, 600)
    assert all("No space left" in cause or "ShelfUnavailable" in cause for cause in causes(here))
    assert causes(here)
    assert pages(here)[0].read_bytes() == before, "the page of another notice was harmed"
    (here.home / "outlets" / "ballast").unlink()
    settle(here, RECOVERY)
    assert len(pages(here)) == 2
    assert not [part for part in (here.home / "outlets").rglob("*") if part.name.endswith((".part", ".new", ".tmp"))]
    assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []


def test_outlets_that_became_read_only_have_everything_soon_after_they_can_be_written(here: House) -> None:
    publish(here, draft(here.home, 1), by="测试")
    settle(here)
    assert mount(here.home / "outlets", "remount,ro")
    publish(here, draft(here.home, 2), by="测试")
    settle(here, 600)
    assert any("ead-only" in cause or "readonly" in cause for cause in causes(here)), causes(here)
    assert mount(here.home / "outlets", "remount,rw")
    settle(here, RECOVERY)
    assert len(pages(here)) == 2


def test_publishing_on_a_full_disk_changes_nothing_and_succeeds_when_there_is_room(tmp_path: Path) -> None:
    with partners(tmp_path / "partners", ()) as at:
        furnish(tmp_path / "made", at, ())
    with small_disk(tmp_path / "small", megabytes=16) as disk:
        home = disk / "home"
        home.mkdir()
        (home / "gongkai.toml").write_bytes((tmp_path / "made" / "gongkai.toml").read_bytes())
        with house(home, DrivenClock(SystemClock().now())) as here:
            drafts = [draft(home, number) for number in range(1, 200)]
            fill_up(disk / "ballast")
            done: list[str] = []

            def fill() -> None:
                for one in drafts:  # what the log of the database had room for is published
                    done.append(publish(here, one, by="测试").notice)

            with pytest.raises(StoreUnavailable, match="full"):
                fill()
            kept = here.store.read(lambda c: c.execute(select(notice.c.id)).scalars().all())
            assert set(kept) == set(done)
            (disk / "ballast").unlink()
            publish(here, drafts[len(done)], by="测试")
            settle(here)
            assert len(pages(here)) == len(done) + 1
            assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []
