"""The sample folder: made once, sound, loaded once however often it is interrupted."""

import json
import re
import stat
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.webhook.sign import keys
from config.clock import DrivenClock, SystemClock
from config.settings import read
from producers.house import House, house
from producers.sample_home import (
    ACCOUNT,
    GROUP,
    PARTNER,
    is_sample_home,
    load_samples,
    move_sandbox,
    write_sample_home,
)
from streams.store.tables import endpoint, message, notice, version
from tests import factories
from tests.embedded import embedded
from tests.source import ROOT

SAMPLES = len(list((ROOT / "samples").glob("t*.md")))
ACTS = tomllib.loads((ROOT / "config/sample/acts.toml").read_text("utf-8"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A sample folder on ports from 9100 on."""
    folder = tmp_path / "var"
    write_sample_home(folder, 9100, SystemClock().now())
    return folder


def test_its_configuration_is_whole_and_on_the_ports_that_were_asked_for(home: Path) -> None:
    found = read(home, {})
    assert (found.installation.port, found.installation.inner_port) == (9100, 9101)
    assert found.endpoints[PARTNER].options["url"] == f"http://127.0.0.1:9102/partner/{PARTNER}"
    assert found.endpoints[GROUP].options["origin"] == "http://127.0.0.1:9102"
    assert [entry.origin for entry in found.allow] == ["http://127.0.0.1:9102"]
    assert all(entry.owner for entry in found.allow)
    channels = {"website", "feed", "poster", "webhook", "wecom", "wechat", "sms", "staff_wecom", "staff_sms"}
    assert {table.channel for table in found.endpoints.values()} == channels
    assert found.installation.production is False
    assert is_sample_home(home)


def test_its_office_is_the_one_of_the_tests(home: Path) -> None:
    assert read(home, {}).offices["rsj"].model_dump(exclude={"staff"}) == factories.office().model_dump(exclude={"id"})


@pytest.mark.parametrize("name", [PARTNER, GROUP])
def test_its_secrets_are_fresh_and_nobody_elses_to_read(home: Path, tmp_path: Path, name: str) -> None:
    file = home / "secrets" / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys(file.read_text()) if name == PARTNER else len(file.read_text().strip()) == 36
    write_sample_home(tmp_path / "other", 9100, SystemClock().now())
    assert (tmp_path / "other/secrets" / name).read_text() != file.read_text()
    assert file.read_text().strip() not in (home / "gongkai.toml").read_text()


def without_posters(home: Path) -> None:
    """Setting posters takes seconds each; who tests loading does not need them."""
    file = home / "gongkai.toml"
    tables = file.read_text("utf-8").split("\n[")
    file.write_text("\n[".join(one for one in tables if not one.startswith("endpoints.poster")), "utf-8")


def test_a_load_that_is_interrupted_anywhere_goes_on_and_a_second_one_publishes_nothing(home: Path) -> None:
    """Each step is broken off after it was done and before it was noted, which is the worst of moments."""
    without_posters(home)
    clock = DrivenClock(SystemClock().now())
    steps = SAMPLES + len(ACTS["correct"]) + len(ACTS["withdraw"])
    with house(home, clock) as here:
        for step in range(steps):
            before = (home / "samples.json").read_bytes()
            loading = load_samples(here)
            assert next(loading) == (step, steps)
            assert next(loading) == (step + 1, steps)
            loading.close()
            if step % 3 == 0:  # the note of it was lost
                (home / "samples.json").write_bytes(before)
                again = load_samples(here)
                next(again)
                next(again)
                again.close()
            clock.advance(3_600)  # the samples' dates would be others by now
        assert list(load_samples(here)) == [(steps, steps)]
        assert kinds(here) == {"1": SAMPLES - 2, "2": 2}
        assert states(here) == {"released": SAMPLES - 1, "withdrawn": 1}


def kinds(here: House) -> dict[str, int]:
    """How many notices have so many messages."""
    rows = here.store.read(lambda c: c.execute(select(message.c.subject)).scalars().all())
    return {str(count): many for count, many in Counter(Counter(rows).values()).items()}


def states(here: House) -> dict[str, int]:
    """How many notices are in which state."""
    return Counter(here.store.read(lambda c: c.execute(select(notice.c.state)).scalars().all()))


def test_samples_name_each_other_by_their_ids(home: Path) -> None:
    without_posters(home)
    with house(home, DrivenClock(SystemClock().now())) as here:
        list(load_samples(here))
        loaded = json.loads((home / "samples.json").read_text())["notices"]
        rows = here.store.read(lambda c: c.execute(select(version.c.notice, version.c.content)).all())
    known = set(loaded.values())
    ties = [tie["notice"] for row in rows for tie in json.loads(row.content)["relations"] if tie["notice"]]
    assert len(ties) >= 8
    assert set(ties) <= known


def test_every_feed_that_a_page_names_is_there(home: Path) -> None:
    without_posters(home)
    with house(home, DrivenClock(SystemClock().now())) as here:
        list(load_samples(here))
        embedded(here).run_until_idle()
    site, feeds = (home / "outlets" / name / "public" for name in ("site", "feeds"))
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    named = {href for page in pages for href in re.findall(r'rel="alternate"[^>]*href="/([^"]+)"', page)}
    assert {"feeds/all.atom", "feeds/all.rss", "feeds/all.json", "feeds/policy.atom"} <= named
    assert [href for href in named if not (feeds / href).exists()] == []


def test_its_outlets_move_to_another_port(tmp_path: Path) -> None:
    write_sample_home(tmp_path, 9100, SystemClock().now())
    with house(tmp_path):
        pass  # the endpoints are in the store
    move_sandbox(tmp_path, 9302)
    configuration = read(tmp_path, {})
    wanted = {
        PARTNER: ("url", "http://127.0.0.1:9302/partner/ribao"),
        GROUP: ("origin", "http://127.0.0.1:9302"),
        ACCOUNT: ("host", "http://127.0.0.1:9302/wechat"),
    }
    assert [row.origin for row in configuration.allow] == ["http://127.0.0.1:9302"]
    with house(tmp_path) as here:
        rows = here.store.read(lambda c: c.execute(select(endpoint.c.id, endpoint.c.options)).all())
    kept = {row.id: json.loads(row.options) for row in rows}
    for name, (option, url) in wanted.items():
        assert configuration.endpoints[name].options[option] == kept[name][option] == url
    before = (tmp_path / "gongkai.toml").read_text("utf-8")
    move_sandbox(tmp_path, 9302)
    assert (tmp_path / "gongkai.toml").read_text("utf-8") == before


def test_a_folder_with_other_offices_and_no_phones_is_loaded_all_the_same(home: Path) -> None:
    """As one from before there were phones, to which somebody added an office."""
    without_posters(home)
    file = home / "gongkai.toml"
    text = file.read_text("utf-8")
    text = re.sub(r"(?ms)^\[endpoints\.phones\].*?(?=^# 本机和内网地址)", "", text)
    second = factories.office().model_dump(exclude={"id"}, exclude_none=True) | {
        "path": "/ybj",
        "code": "11530100MB1A2B3C5E",
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in second.items() if key != "sections"]
    file.write_text(text + "\n".join(["\n[offices.ybj]", *lines, 'sections = { bgs = "办公室" }', ""]), "utf-8")
    with house(home, DrivenClock(SystemClock().now())) as here:
        assert next(load_samples(here))[0] == 0
