"""Placeholders, skeletons and samples: sound on whichever day they are read."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.clock import SHANGHAI
from config.kinds import Kind, written_kinds
from notices.calendar.calendar import Calendar
from notices.calendar.year import published
from notices.document import read
from notices.samples import expand, lay_out
from notices.skeleton import skeleton
from tests.factories import office
from tests.notices.files import PUBLIC, draft, raw
from tests.source import ROOT

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SAMPLES = ROOT / "samples"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("today", "2026-11-23"),
        ("today+7", "2026-11-30"),
        ("today-23", "2026-10-31"),
        ("date:today+7", "2026年11月30日"),
        ("md:today+39", "1月1日"),
        ("dot:today", "11.23"),
        ("dot:today+90", "2027.2.21"),
        ("weekday:today", "星期一"),
        ("workday+5", "2026-11-30"),
        ("workday-1", "2026-11-20"),
        ("workday-31", "2026-10-10"),  # a Saturday that was worked for the holiday week
        ("workday+0", "2026-11-23"),
        ("now", "2026-11-23 09:30"),
        ("now-2h", "2026-11-23 07:30"),
        ("now+15h", "2026-11-24 00:30"),
        ("now+30m", "2026-11-23 10:00"),
        ("clock:now", "9:30"),
        ("hour:now", "9时30分"),
        ("hour:now+30m", "10时"),
        ("year", "2026"),
        ("year-1", "2025"),
    ],
)
def test_placeholders(place: str, said: str) -> None:
    assert expand(f"自{{{{{place}}}}}起", NOW) == f"自{said}起"


@pytest.mark.parametrize("place", ["", "tomorrow", "today+", "today+1x", "long:today", "today + 1", "year+1y"])
def test_a_placeholder_that_means_nothing_is_named(place: str) -> None:
    with pytest.raises(ValueError, match=r"\{\{"):
        expand(f"{{{{{place}}}}}", NOW)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(-300, 300))
def test_workdays_are_working_days_and_counted(today: date, count: int) -> None:
    calendar = Calendar(0, published())
    now = datetime.combine(today, datetime.min.time(), SHANGHAI)
    found = date.fromisoformat(expand(f"{{{{workday{count:+d}}}}}", now))
    assert calendar.is_working(found)
    first, last = sorted((today, found))
    between = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    inner = sum(map(calendar.is_working, between))
    assert abs(count) == (inner + 1 if found != today else 0) or (count == 0 and not calendar.is_working(today))


@pytest.mark.parametrize("kind", written_kinds().values(), ids=lambda kind: kind.id)
def test_every_skeleton_is_sound_as_it_stands(tmp_path: Path, kind: Kind) -> None:
    text = skeleton(kind, office(), NOW)
    content = draft(raw(tmp_path, text.encode())).content
    assert content.kind == kind.id
    excuses = {one.unless for one in kind.orders if one.unless}
    assert content.fields.keys() == {field.name for field in kind.fields} - excuses, "nobody has one by leaving it in"
    for field in kind.fields:
        hidden = "# " if field.name in excuses else ""
        line = next(line for line in text.split("\n") if line.startswith(f"{hidden}{field.label}:"))
        assert ("必填" in line) == field.required


def test_a_skeletons_hidden_lines_are_sound_too(tmp_path: Path) -> None:
    text = skeleton(written_kinds()["t01"], office(), NOW)
    (tmp_path / "放在同一文件夹的文件名.pdf").write_bytes((SAMPLES / "修订征求意见稿.pdf").read_bytes())
    front, body = text.split("# —— ", 1)
    shown = front.replace("\n# ", "\n", front.count("\n# ")).replace("每行写", "# 每行写", 1)
    content = draft(raw(tmp_path, f"{shown}# —— {body}".encode())).content
    assert content.document_number == "云人社发〔2026〕21号"
    assert content.wording == {"poster": {"title": "海报上用的短标题"}}
    assert content.attachments


@settings(max_examples=8)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 31)))
def test_samples_are_sound_on_any_day(tmp_path_factory: pytest.TempPathFactory, naive: datetime) -> None:
    folder = tmp_path_factory.mktemp("samples")
    now = naive.replace(tzinfo=SHANGHAI)
    before: set[str] = set()
    for file in lay_out(SAMPLES, folder, now):
        found = read(file, offices=[office()], public_channels=PUBLIC)
        assert {tie.to for tie in found.ties if tie.to} <= before, "what a sample refers to comes before it"
        assert found.content.approval is not None
        assert found.content.approval.at <= now
        before.add(file.stem)
    assert len(before) >= 15


def test_what_a_sample_is_tied_to_is_laid_out_before_it_and_the_rest_by_name(tmp_path: Path) -> None:
    samples, folder = tmp_path / "samples", tmp_path / "laid"
    samples.mkdir()
    folder.mkdir()
    for name, tied in {"a": ["d", "elsewhere"], "b": [], "c": ["a"], "d": ["e"], "e": []}.items():
        (samples / f"{name}.md").write_text("".join(f"  公开件: {one}\n" for one in tied), "utf-8")
    assert [file.stem for file in lay_out(samples, folder, NOW)] == ["e", "d", "a", "b", "c"]
    (samples / "e.md").write_text("公开件: a\n", "utf-8")
    with pytest.raises(ValueError, match="in a ring: a, d, e, a"):
        lay_out(samples, folder, NOW)


def test_the_samples_tell_one_matter_through_its_life(tmp_path: Path) -> None:
    found = [read(file, offices=[office()], public_channels=PUBLIC) for file in lay_out(SAMPLES, tmp_path, NOW)]
    matter = [draft.content.kind for draft in found if draft.content.fields.get("dossier") == "JC-2026-01"]
    assert matter == ["t06", "t07", "t14", "t08", "t10"]


def test_no_sample_shows_what_may_not_be_shown() -> None:
    """No identity number, no mobile phone (个人信息保护法 art. 28)."""
    import re

    for file in SAMPLES.iterdir():
        if file.suffix in (".md", ".csv", ".txt"):
            text = file.read_text("utf-8")
            assert not re.search(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)", text), file.name
