"""The page of a notice: its tags, its words, its slots; nothing an author writes becomes markup."""

import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import _Element
from lxml.html import document_fromstring
from pydantic import ValidationError

from channels.base import Slot
from channels.website import Channel
from channels.website.page import visible
from channels.website.site import SiteOptions
from notices.notice import Attachment, Message, Relation, RelationType, Urgency
from notices.strays import check
from tests.channels.website.conftest import Outlet, Publish, outlet_in
from tests.factories import FACTS, SHANGHAI, message, office, version, withdrawal

TAGS = [
    "SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType",
    "ArticleTitle", "PubDate", "ContentSource", "Keywords", "Author", "Description", "Image", "Url",
]  # fmt: skip


class Tags(HTMLParser):
    """Every meta tag with a name, and every element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.elements.append((tag, given))
        if tag == "meta" and given.get("name"):
            self.metas.append((str(given["name"]), given.get("content") or ""))


def rendered(outlet: Outlet, said: Message) -> str:
    return outlet.channel.render(said).main.body.decode()


# -- tags ------------------------------------------------------------------------------------------


def test_a_notice_has_exactly_the_tags_of_the_guideline(outlet: Outlet) -> None:
    said = outlet.said()
    outlet.write(said)
    metas = Tags(outlet.page(said)).metas
    own = [name for name, _ in metas if name[0].isupper()]
    assert own == TAGS
    found = dict(metas)
    assert found["SiteIDCode"] == "5301990012"
    assert found["SiteDomain"] == "gongkai.test"
    assert found["PubDate"] == "2026-11-23 09:31"
    assert found["ArticleTitle"] == said.version.title
    assert found["ContentSource"] == "云岭高新区人力资源和社会保障局"
    assert found["ColumnName"] == "政策文件"
    assert found["Keywords"] == "社会保险,缴费基数"
    assert found["Author"] == "社会保险股"
    assert found["Description"] == said.version.summary
    assert found["Url"] == said.address


def test_the_date_of_publication_stays_that_of_the_first_version(outlet: Outlet) -> None:
    first = outlet.said()
    outlet.write(first)
    outlet.write(outlet.addressed(message(version(number=2, public_note="更正"), previous=first.version)))
    assert dict(Tags(outlet.page(first)).metas)["PubDate"] == "2026-11-23 09:31"
    assert '更正时间：<time datetime="2026-11-23 09:32">' in outlet.page(first)


def test_a_picture_attached_is_the_image_of_the_page(outlet: Outlet) -> None:
    sha = outlet.blobs.add(b"\x89PNG")
    picture = Attachment(name="一图 读懂.png", media_type="image/png", size=4, sha256=sha)
    said = outlet.said(attachments=(picture,), body="见图。\n\n![图解](<一图 读懂.png>)\n")
    page = Tags(rendered(outlet, said))
    where = "/n/202611/7k3q9d2m/%E4%B8%80%E5%9B%BE%20%E8%AF%BB%E6%87%82.png"
    assert dict(page.metas)["Image"] == f"http://gongkai.test{where}"
    assert ("img", {"src": where, "alt": "图解"}) in page.elements
    outlet.write(said)
    assert (outlet.public / "n/202611/7k3q9d2m/一图 读懂.png").read_bytes() == b"\x89PNG"


def test_a_site_below_a_path_links_below_it(outlet: Outlet, tmp_path: Path) -> None:
    below = outlet_in(tmp_path / "b", "http://gongkai.test/rsj")
    said = below.said()
    below.write(said)
    assert said.address == "http://gongkai.test/rsj/n/202611/7k3q9d2m.html"
    elements = Tags(below.page(said)).elements
    links = [given[name] or "" for _, given in elements for name in ("href", "src", "action") if name in given]
    assert links
    assert all(link.startswith(("/rsj/", "http://gongkai.test/rsj/", "#")) for link in links)


# -- words -----------------------------------------------------------------------------------------


def test_the_page_shows_what_the_version_says(outlet: Outlet) -> None:
    text = outlet.channel.render(outlet.said(ends_on=date(2026, 12, 31))).text
    for words in (
        "11530100MB1A2B3C4D/2026-00001", "云高人社发〔2026〕18号", "2026-11-20", "至2026年12月31日", "主动公开",
        "22350元", "4470元", "2026年10月30日", "单位通过社会保险网上服务平台申报", "失业保险", "2026年11月20日",
        "社会保险股", "12333", "0800-8123457",
    ):  # fmt: skip
        assert words in text, words


def test_no_figure_stands_on_a_page_that_nobody_approved(
    outlet: Outlet, publish_samples: Publish, tmp_path: Path
) -> None:
    for name, said in publish_samples(outlet, tmp_path / "samples").items():
        ours = (said.address, *(str(value) for value in said.office.model_dump().values()))
        assert check(outlet.channel.render(said).text, said.version, also=ours) == [], name


def test_what_is_said_and_what_is_counted_are_told_apart(outlet: Outlet) -> None:
    table = Attachment(name="对照表.xlsx", media_type="application/x", size=48_213, sha256="0" * 64)
    made = outlet.channel.render(outlet.said(attachments=(table,)))
    assert "48.2 KB" in made.main.body.decode()
    assert "48.2" not in made.text
    assert "@@" not in made.text
    assert visible(made.main.body) == made.text


def test_whom_it_is_addressed_to_stands_flush_left(outlet: Outlet) -> None:
    assert '<p class="to">各参保单位、灵活就业人员：</p>' in rendered(outlet, outlet.said())
    assert 'class="to"' not in rendered(outlet, outlet.said(body="根据规定，现公告如下。\n\n一、缴费：\n"))


@pytest.mark.parametrize(
    ("end", "signatures"),
    [
        ("特此通知。\n", 1),
        ("特此通知。\n\n云岭高新区人力资源和社会保障局\n\n2026年11月20日\n", 1),
        ("特此通知。\n\n云岭高新区人力资源和社会保障局  \n2026年11月20日\n", 1),
        ("特此通知。\n\n云岭高新区人力资源和社会保障局 云岭高新区财政局\n\n2026年11月19日\n", 0),  # signed jointly
    ],
)
def test_a_notice_is_signed_once(outlet: Outlet, end: str, signatures: int) -> None:
    made = outlet.channel.render(outlet.said(body=end))
    assert made.main.body.decode().count('<div class="sign">') == signatures
    assert made.text.count("2026年11月20日") == signatures
    assert made.text.count("特此通知。") == 1


def test_the_same_message_makes_the_same_bytes(outlet: Outlet, tmp_path: Path) -> None:
    other = outlet_in(tmp_path / "other", "http://gongkai.test")
    assert outlet.channel.render(outlet.said()).sha256 == other.channel.render(other.said()).sha256


def test_only_the_slots_that_sending_fills_are_left_open(outlet: Outlet) -> None:
    said = outlet.said()
    page = rendered(outlet, said)
    assert {slot for slot in Slot if slot.mark in page} == {
        Slot.PUBLISHED_AT, Slot.VALIDITY, Slot.BANNER, Slot.NEIGHBOURS,
    }  # fmt: skip
    outlet.write(said)
    assert not [name for name, body in outlet.files().items() if b"@@gongkai" in body]


# -- metadata and validity ------------------------------------------------------------------------


def metadata(page: str) -> dict[str, str]:
    """The metadata table as it reads without scripts."""
    rows = document_fromstring(page).iterfind(".//dl[@class='particulars']/div")
    return {str(row.findtext("dt")): words_of(row.find("dd")).strip() for row in rows}


def words_of(element: _Element | None) -> str:
    if element is None or "hidden" in element.attrib:
        return ""
    return (element.text or "") + "".join(words_of(child) + (child.tail or "") for child in element)


def test_the_metadata_table_has_every_element_of_the_guideline(outlet: Outlet) -> None:
    said = outlet.said()
    outlet.write(said)
    assert metadata(outlet.page(said)) == {
        "索引号": "11530100MB1A2B3C4D/2026-00001",
        "主题分类": "社会保险",
        "发布机构": "云岭高新区人力资源和社会保障局",
        "体裁分类": "通知",
        "文号": "云高人社发〔2026〕18号",
        "公开方式": "主动公开",
        "成文日期": "2026-11-20",
        "发布日期": "2026-11-23 09:31",
        "施行日期": "2026-01-01",
        "有效期": "长期有效，有变化时在本页标明",
        "有效性": "有效",
        "责任部门": "社会保险股",
        "名称": said.version.title,
        "主题词": "社会保险；缴费基数",
        "内容概述": said.version.summary,
        "公开依据": said.version.disclosure_basis,
    }


EXPIRY = datetime(2026, 11, 26, 18, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("ends", "period", "instant"),
    [
        ({"ends_on": date(2026, 12, 31)}, "至2026年12月31日", "2027-01-01T00:00:00+08:00"),
        ({"expires_at": EXPIRY}, "至2026年11月26日18:30", "2026-11-26T18:30:00+08:00"),
        ({"ends_on": date(2026, 12, 31), "expires_at": EXPIRY}, "至2026年11月26日18:30", "2026-11-26T18:30:00+08:00"),
    ],
)
def test_a_page_says_until_when_it_holds_good(
    outlet: Outlet, ends: dict[str, object], period: str, instant: str
) -> None:
    said = outlet.said(**ends)
    outlet.write(said)
    page = outlet.page(said)
    assert metadata(page)["有效期"] == period
    assert metadata(page)["有效性"] == "有效（逾期即失效）"
    assert f'data-ends="{instant}" hidden' in page
    assert f"本件有效{period}，逾期即失效。" in page.partition("<noscript>")[2].partition("</noscript>")[0]
    row = outlet.files()["policy/index.html"].decode()
    assert f'data-ends="{instant}" hidden' in row
    assert f'<noscript><span class="tag tag-off">有效{period}</span></noscript>' in row


def test_what_had_ended_when_it_was_published_says_so_without_scripts(outlet: Outlet) -> None:
    said = outlet.said(ends_on=date(2026, 11, 22))
    outlet.write(said)
    page = outlet.page(said)
    assert metadata(page)["有效性"] == "失效"
    assert '<h2 id="ended">本件已失效</h2>' in page
    assert not re.search("data-ends|<noscript>", page)
    for name in ("policy/index.html", "index.html", "catalogue/2026/index.html"):
        assert '<span class="tag tag-off">已失效</span>' in outlet.files()[name].decode(), name


def test_a_list_whose_period_was_over_when_it_came_to_stand_there_says_so_without_scripts(outlet: Outlet) -> None:
    said = outlet.said(kind="t04", fields={"shown_to": "2026-11-23"})
    outlet.write(said)
    page = outlet.page(said)
    assert 'data-ends="2026-11-24T00:00:00+08:00" hidden' in page
    assert "公示期至2026年11月23日。" in page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert metadata(page)["有效性"] == "有效"  # what is over is the time to object
    outlet.at = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
    changed = said.version.model_copy(update={"number": 2, "public_note": "无异议"})
    outlet.write(outlet.addressed(message(changed, previous=said.version)))
    page = outlet.page(said)
    assert '<h2 id="shown">公示期满</h2>' in page
    assert not re.search("data-ends|<noscript>", page)
    for name in ("publicity/index.html", "index.html", "catalogue/2026/index.html"):
        assert '<span class="tag tag-off">公示期满</span>' in outlet.files()[name].decode(), name
    outlet.write(outlet.addressed(message(changed, sequence=3, withdrawal=withdrawal())))
    assert "公示期满" not in outlet.page(said) + outlet.files()["publicity/index.html"].decode()


def test_an_emergency_that_had_expired_does_not_lead_the_home_page(outlet: Outlet) -> None:
    late = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    outlet.write(outlet.said(kind="t09", urgency=Urgency.EMERGENCY, expires_at=late))
    home = outlet.files()["index.html"].decode()
    assert 'class="urgent"' not in home
    assert "tag-urgent" not in home
    assert '<span class="tag tag-off">已过时效</span>' in home


def test_a_notice_that_was_replaced_holds_no_longer(outlet: Outlet) -> None:
    old = outlet.said()
    outlet.write(old)
    replaces = Relation(type=RelationType.REPLACES, title="旧的", notice=old.subject)
    outlet.write(outlet.said(notice="202611-newnew01", relations=(replaces,)))
    assert metadata(outlet.page(old))["有效性"] == "废止（已被替代）"


def test_the_foot_says_what_the_office_is_registered_as(outlet: Outlet, tmp_path: Path) -> None:
    organ = "https://bszs.conac.cn/sitename?method=show&id=53019900120001"
    options = SiteOptions(icp="云ICP备00000000号-1", police="云公网安备53010000000000号", organ=organ)
    foot = Channel(options, outlet.channel.tools).render(outlet.said()).main.body.decode().partition("<footer")[2]
    assert "云ICP备00000000号-1" in foot
    assert "云公网安备53010000000000号" in foot
    assert f'<a href="{organ.replace("&", "&amp;")}" rel="external">党政机关网站标识</a>' in foot
    assert "党政机关" not in rendered(outlet, outlet.said())
    with pytest.raises(ValidationError):
        SiteOptions(organ="javascript:alert(1)")


def test_pages_say_where_the_feeds_are_where_the_office_has_any(outlet: Outlet) -> None:
    page = Channel(SiteOptions(feeds=True), outlet.channel.tools).render(outlet.said()).main.body.decode()
    for form in ("atom", "rss", "json"):
        assert len(re.findall(rf'<link rel="alternate"[^>]*feeds/all\.{form}"', page)) == 1
        assert f'feeds/all.{form}"' in page.partition("<footer")[2]
    assert "feeds/" not in rendered(outlet, outlet.said())


# -- what authors must not be able to do ------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "{{7*7}}", "{% raw %}", '" onmouseover="alert(1)', "</title><script>x</script>",
    "<!-- -->", "]]>", "${7*7}", "&amp;&lt;", "javascript:alert(1)", "\u202e反向", "<svg/onload=alert(1)>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_shown_as_they_are_written(outlet: Outlet, text: str) -> None:
    said = outlet.said(
        title=f"通知{text}",
        summary=text,
        keywords=(text,),
        topic=text,
        document_number=text,
        disclosure_basis=text,
        relations=(Relation(type=RelationType.RELATED, title=text),),
        fields={"declare_how": text, "insurances": [text, text]},
        body="见下。\n",
    )
    outlet.write(said)
    outlet.write(outlet.addressed(message(version(notice="202611-bbbbbbbb", title=text))))
    plain = Tags(rendered(outlet, outlet.said(title="通知", fields={"declare_how": "x", "insurances": ["x", "x"]})))
    page = Tags(rendered(outlet, said))
    assert [tag for tag, _ in page.elements if tag == "script"] == ["script"]
    assert dict(page.metas)["ArticleTitle"] == f"通知{text}"
    assert dict(page.metas)["Description"] == text
    attributes = {name for _, given in page.elements for name in given}
    assert attributes <= {name for _, given in plain.elements for name in given} | {"class"}
    files = outlet.files()
    for name in ("index.html", "policy/index.html", "catalogue/2026/index.html", "n/202611/bbbbbbbb.html"):
        assert text in str(document_fromstring(files[name].decode()).xpath("string()")), name
        assert all("src" in given for tag, given in Tags(files[name].decode()).elements if tag == "script")
    assert f"通知{text}" in {row["title"] for row in json.loads(files["lookup/000.json"])}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40))
def test_any_title_reads_the_same_after_parsing(title: str) -> None:
    outlet = outlet_in(Path("unused"), "http://gongkai.test")
    assert dict(Tags(rendered(outlet, outlet.said(title=title))).metas)["ArticleTitle"] == title


def test_markdown_brings_no_markup_of_its_own(outlet: Outlet) -> None:
    said = outlet.said(body='<script>x</script>\n\n[a](javascript:x) <b onclick="x">b</b>\n')
    elements = Tags(rendered(outlet, said)).elements
    assert [given for tag, given in elements if tag == "script"] == [{"type": "module", "src": "/assets/site.js"}]
    assert "b" not in {tag for tag, _ in elements}


# -- corrections and withdrawals ----------------------------------------------------------------------


def corrected(outlet: Outlet) -> tuple[Message, Message]:
    first = outlet.said(facts=tuple(fact for fact in FACTS if fact.name != "phone"))
    second = version(
        number=2,
        public_note="差额补缴截止日写错，特此更正。",
        phone="0800-8123456",
        facts=tuple(fact for fact in FACTS if fact.name != "phone"),
        body=first.version.body.replace("10月30日", "12月31日"),
    )
    return first, outlet.addressed(message(second, previous=first.version))


def test_a_correction_says_on_the_page_what_changed(outlet: Outlet) -> None:
    first, second = corrected(outlet)
    page = rendered(outlet, second)
    assert "差额补缴截止日写错，特此更正。" in page
    assert "<del>10</del>月<del>30</del>日" in page
    assert "<ins>12</ins>月<ins>31</ins>日" in page
    assert "<del>12333</del>" in page
    assert "更正说明" not in rendered(outlet, first)


def test_corrections_are_listed_with_their_true_instants(outlet: Outlet) -> None:
    first, second = corrected(outlet)
    third = outlet.addressed(
        message(second.version.model_copy(update={"number": 3, "public_note": "电话写错。"}), previous=second.version)
    )
    for said in (first, second, third):
        outlet.write(said)
    page = outlet.page(first)
    assert '现在显示的是第3版。</strong>更正时间：<time datetime="2026-11-23 09:33">' in page
    assert '第2版，<time datetime="2026-11-23 09:32">2026-11-23 09:32</time>，差额补缴截止日写错' in page
    assert '<span class="tag">已更正</span>' in outlet.files()["policy/index.html"].decode()


def test_a_minor_correction_is_not_flagged_in_lists(outlet: Outlet) -> None:
    first, second = corrected(outlet)
    outlet.write(first)
    minor = second.version.model_copy(update={"minor": True})
    outlet.write(outlet.addressed(message(minor, previous=first.version)))
    assert "已更正" not in outlet.files()["policy/index.html"].decode()
    assert "本件已更正" in outlet.page(first)


def withdrawn(outlet: Outlet, first: Message, **how: object) -> Message:
    return outlet.addressed(message(first.version, sequence=2, withdrawal=withdrawal(**how)))


def test_a_withdrawn_notice_stays_under_a_banner(outlet: Outlet) -> None:
    first = outlet.said()
    for said in (first, withdrawn(outlet, first)):
        outlet.write(said)
    page = outlet.page(first)
    assert "本件已撤回" in page
    assert "上级调整了缴费基数，原通知停止执行。" in page
    assert metadata(page)["有效期"] == "至撤回时止"
    assert metadata(page)["有效性"] == "失效（已撤回）"
    assert "现将有关事项通知如下" in page
    assert "撤回时间：2026-11-23 09:32" in page
    assert "已撤回" in outlet.files()["policy/index.html"].decode()


def test_of_a_notice_that_is_gone_nothing_is_left_but_number_and_reason(outlet: Outlet) -> None:
    secret = outlet.blobs.add(b"names")
    listed = Attachment(name="某某名单.csv", media_type="text/csv", size=5, sha256=secret)
    first = outlet.said(title="某某人员名单公示", summary="名单", attachments=(listed,), body="某某某\n")
    outlet.write(outlet.said(notice="202611-other001", title="另一件"))
    outlet.write(first)
    assert (outlet.public / "n/202611/7k3q9d2m/某某名单.csv").exists()
    outlet.write(withdrawn(outlet, first, leaves="gone", reason="误公开了个人信息。"))
    assert "误公开了个人信息。" in outlet.page(first)
    assert metadata(outlet.page(first))["索引号"] == "11530100MB1A2B3C4D/2026-00001"
    for name, body in outlet.files().items():
        assert "某某".encode() not in body, name
        assert "某某" not in name


def test_a_redirect_leads_to_the_notice_that_took_its_place(outlet: Outlet) -> None:
    first, second = outlet.said(), outlet.said(notice="202611-newnew01", title="新的通知")
    for said in (first, second, withdrawn(outlet, first, leaves="redirect", redirect="202611-newnew01")):
        outlet.write(said)
    page = outlet.page(first)
    assert '<meta http-equiv="refresh" content="0; url=/n/202611/newnew01.html">' in page
    assert '<a href="/n/202611/newnew01.html">新的通知</a>' in page
    assert "7k3q9d2m" not in outlet.files()["policy/index.html"].decode()


def test_another_office_has_its_own_name_on_its_pages(outlet: Outlet) -> None:
    other = office(id="zjj", name="云岭高新区住房和城乡建设局", site_code="5301990099")
    page = rendered(outlet, message(version(office="zjj"), office=other))
    assert "住房和城乡建设局" in page
    assert not re.search("人力资源和社会保障局(?!公布)", page.split("<footer")[1])
