"""What may not part stays together, and nothing an author wrote is lost by it."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Slot
from channels.website.compared import compared
from channels.website.setting import body, kept, look, soft
from channels.website.site import Site, SiteOptions
from notices.figures import Figure, figures
from notices.text import html
from tests.channels.website.conftest import Outlet, Publish
from tests.factories import office


def whole(text: str) -> list[str]:
    return re.findall(r'<span class="nb">(.*?)</span>', str(kept(text)))


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("缴费22350元，共3件", ["22350元", "3件"]),
        ("（第1号）2026年第2版", ["第1号", "2026年", "第2版"]),
        ("2026年11月26日18:30前", ["2026年11月26日", "18:30"]),
        ("云高人社发〔2026〕18号", ["〔2026〕18号"]),
        ("9:00—12:00，13:30至17:00", ["9:00—12:00", "13:30至17:00"]),
        ("电话0800-8123456", ["0800-8123456"]),
        ("2026-00017", ["2026-00017"]),
        ("A03岗，三分之二", []),
        ("9" * 30 + "元", []),  # longer than a phone is wide
    ],
)
def test_a_figure_stays_whole(text: str, together: list[str]) -> None:
    assert whole(text) == together


def test_where_a_narrow_line_may_break() -> None:
    pieces = str(soft("至2026年11月26日18:30 MB1A/2026-00017")).split("<wbr>")
    assert [re.sub("<[^>]+>", "", piece) for piece in pieces] == ["至2026年", "11月26日", "18:30 MB1A/", "2026-00017"]
    assert str(soft("jy@yunling.example")).split("<wbr>") == ["jy@", "yunling.example"]
    assert str(soft(Slot.VALIDITY.mark)) == Slot.VALIDITY.mark  # sending has yet to fill it


@given(st.text(st.sampled_from("2026年1月9日第号元—至:-/<>&\"' 缴费ab"), max_size=30))
def test_no_word_is_lost_or_added(text: str) -> None:
    for made in (kept(text), soft(text)):
        assert unescape(re.sub(r'</?span(?: class="nb")?>|<wbr>', "", str(made))) == text


def test_what_every_list_says_is_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication writes the same titles and days to twenty pages; to look for their figures took a quarter of it."""
    asked: list[str] = []

    def counted(text: str) -> list[Figure]:
        asked.append(text)
        return figures(text)

    monkeypatch.setattr("channels.website.setting.figures", counted)
    assert kept("第7401号，共12件") == kept("第7401号，共12件")
    assert asked == ["第7401号，共12件"]


def test_templates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not looked for on the disk again for every page."""
    site = Site("https://example.org", office(), SiteOptions())
    before = site.page("lookup.html", trail=(), blocks=1, size=1)
    monkeypatch.setattr("os.path.getmtime", None)
    monkeypatch.setattr("os.path.isfile", None)
    assert site.page("lookup.html", trail=(), blocks=1, size=1) == before


def test_no_gap_is_left_behind_a_bold_sentence() -> None:
    assert "<strong>不受影响。</strong>参保" in body(html("**不受影响。** 参保证明"))
    assert "<strong>OK.</strong> go" in body(html("**OK.** go"))
    assert "<strong>参保</strong> 证明" in body(html("**参保** 证明"))


def test_a_table_of_the_body_scrolls_by_itself() -> None:
    made = body(html("| 项目 | 金额 |\n| --- | ---: |\n| 补贴 | 200元 |\n"))
    assert made.startswith('<div class="wide" tabindex="0" role="region" aria-label="表格">')
    assert '<th scope="col" class="right">金额</th>' in made
    assert '<td class="right nb" data-label="金额"><span class="nb">200元</span></td>' in made
    many = " | ".join("一二三四五六七")
    assert 'class="wide stacked broad"' in body(html(f"| {many} |\n{'| --- ' * 7}|\n| {many} |\n"))
    assert body(html('| " |\n| --- |\n| " |\n')).count('data-label="&#34;"') == 1
    assert (look("方菲"), look("清河村便民服务点二楼"), look("长" * 25)) == ("nb", "", "long")


def test_of_a_changed_field_only_what_changed_is_marked() -> None:
    found = compared("2027年度缴费，200元至5000元12个档次自选。", "2027年度缴费，200元至7000元12个档次自选。")
    assert [text for text, gone in found["before"] if gone] == ["5000"]
    assert [text for text, new in found["after"] if new] == ["7000"]
    assert compared("录入差错", "政策调整") == {"before": [("录入差错", True)], "after": [("政策调整", True)]}


def test_what_the_body_shows_in_a_table_is_not_shown_twice(
    outlet: Outlet, publish_samples: Publish, tmp_path: Path
) -> None:
    said = publish_samples(outlet, tmp_path / "samples")
    assert outlet.page(said["t13-correction-recruitment"]).count("大专及以上</td>") == 1
    assert "缴费档次</caption>" in outlet.page(said["t02-residents-pension"])
    assert re.search(r"通报号</dt><dd><span class=.nb.>第1号</span>", outlet.page(said["t09-hall-outage"]))
