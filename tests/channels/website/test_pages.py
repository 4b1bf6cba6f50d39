"""Lists, tree, catalogue, look-up, home and sitemap follow from the shelf, and one publication touches few of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from channels.shelf import opened
from channels.website.pages import BLOCK, PAGE
from config.columns import columns
from notices.notice import Message, Relation, RelationType, Urgency
from tests.channels.website.conftest import Outlet, everything, outlet_in
from tests.factories import message, office, version, withdrawal

pytestmark = pytest.mark.usefixtures("unsynced")

KINDS = ("t01", "t02", "t10")  # 政策文件, 通知公告, 政策解读


def titles(outlet: Outlet, name: str) -> list[str]:
    page = html.document_fromstring(outlet.files()[name].decode())
    return [str(link.xpath("string()")) for link in page.iterfind(".//main//a[@class='row-title']")]


def numbered(outlet: Outlet, n: int, **changes: object) -> Message:
    number = f"11530100MB1A2B3C4D/2026-{n:05d}"
    fields = {"notice": f"202611-{n:08d}", "title": f"第{n}件", "index_number": number, "kind": "t02"}
    return outlet.said(**{**fields, **changes})


# -- the files on disk are those of the shelf ---------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.integers(1, 6),  # which notice
        st.integers(1, 4),  # sequence
        st.sampled_from(KINDS),
        st.sampled_from(["", "", "banner", "gone", "redirect"]),
        st.integers(1, 6),  # related to
        st.sampled_from(list(RelationType)),
    ),
    max_size=12,
)


@settings(max_examples=15)
@given(acts)
def test_after_any_history_no_file_is_out_of_date(history: list[tuple[int, int, str, str, int, RelationType]]) -> None:
    """What each publication left alone is what writing everything anew would make."""
    with TemporaryDirectory() as place:
        outlet = outlet_in(Path(place), "http://gongkai.test")
        for n, sequence, kind, leaves, other, type_ in history:
            relation = Relation(type=type_, title=f"第{other}件", notice=f"202611-{other:08d}")
            said = numbered(outlet, n, number=sequence, kind=kind, relations=(relation,), public_note="改")
            leave = withdrawal(leaves=leaves, redirect=f"202611-{other:08d}") if leaves else None
            outlet.write(outlet.addressed(message(said.version, withdrawal=leave)))
        if history:
            with opened(outlet.channel.tools.place) as shelf:
                anew = dict(everything(outlet.pages(shelf, outlet.said())))
            assert outlet.files() == anew


def test_a_retried_old_message_does_not_bring_back_an_old_office(outlet: Outlet) -> None:
    late = outlet.work(
        outlet.addressed(message(version(notice="202611-aaaaaaaa"), office=office(phone="0800-8120000")))
    )
    outlet.write(numbered(outlet, 1))
    outlet.channel.send("write", late)
    pages = {name: body.decode() for name, body in outlet.files().items() if name.endswith(".html")}
    assert {name for name, body in pages.items() if "0800-8120000" in body} == {"n/202611/aaaaaaaa.html"}  # as approved


# -- few files --------------------------------------------------------------------------------------


def touched(outlet: Outlet, said: Message) -> set[str]:
    """The files that publishing ``said`` writes."""
    before = {file: file.stat().st_mtime_ns for file in outlet.public.rglob("*") if file.is_file()}
    outlet.write(said)
    return {
        str(file.relative_to(outlet.public))
        for file in outlet.public.rglob("*")
        if file.is_file() and before.get(file) != file.stat().st_mtime_ns
    }


def test_a_publication_touches_as_few_files_of_a_long_site(tmp_path: Path) -> None:
    counts = {}
    for size in (50, 2_000):
        outlet = outlet_in(tmp_path / str(size), "http://gongkai.test")
        outlet.seed(size)
        outlet.write(numbered(outlet, 1, kind="t01"))  # writes once what every site has
        counts[size] = len(touched(outlet, numbered(outlet, 2, kind="t01")))
    assert counts[50] == counts[2_000] <= 20, counts


def test_what_a_publication_touches_is_what_names_it(outlet: Outlet) -> None:
    for n in range(1, 4):
        outlet.write(numbered(outlet, n))
    changed = touched(outlet, numbered(outlet, 4))
    assert changed == {
        "n/202611/00000004.html",
        "n/202611/00000003.html",  # its next one
        "notice/index.html", "notice/1.html", "all/index.html", "all/1.html",
        "catalogue/2026/index.html", "catalogue/2026/1.html",
        "lookup/000.json", "sitemap/000.xml", "statutory/index.html", "index.html",
    }  # fmt: skip


def test_full_pages_never_change_by_what_comes_after(outlet: Outlet) -> None:
    for n in range(1, PAGE + 1):
        outlet.write(numbered(outlet, n))
    full = {name: body for name, body in outlet.files().items() if name in ("notice/1.html", "all/1.html")}
    for n in range(PAGE + 1, PAGE + 4):
        outlet.write(numbered(outlet, n))
    assert full == {name: outlet.files()[name] for name in full}
    outlet.write(outlet.addressed(message(numbered(outlet, 5).version, sequence=2, withdrawal=withdrawal())))
    assert full["notice/1.html"] != outlet.files()["notice/1.html"]


# -- lists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1])
def test_every_notice_is_on_one_numbered_page_and_reached_from_the_first(outlet: Outlet, count: int) -> None:
    outlet.seed(0)
    for n in range(1, count + 1):
        outlet.write(numbered(outlet, n))
    files = outlet.files()
    pages = sorted(name for name in files if name.startswith("notice/") and name != "notice/index.html")
    assert sorted(t for name in pages for t in titles(outlet, name)) == sorted(f"第{n}件" for n in range(1, count + 1))
    seen, name = titles(outlet, "notice/index.html"), "notice/index.html"
    assert seen[0] == f"第{count}件"
    while (older := html.document_fromstring(files[name].decode()).find(".//a[@rel='next']")) is not None:
        name = str(older.get("href")).removeprefix("/")
        seen += titles(outlet, name)
    assert seen == [f"第{n}件" for n in range(count, 0, -1)]


def test_a_column_without_notices_is_named_nowhere(outlet: Outlet) -> None:
    outlet.write(numbered(outlet, 1))
    for name, body in outlet.files().items():
        if name.endswith(".html") and name != "disclosure-guide/index.html":
            assert "招聘信息" not in body.decode(), name


def test_every_link_leads_to_a_file(outlet: Outlet) -> None:
    for n in range(1, 2 * PAGE + 3):
        outlet.write(numbered(outlet, n, kind=KINDS[n % 3]))
    outlet.write(
        outlet.addressed(message(numbered(outlet, 9).version, sequence=2, withdrawal=withdrawal(leaves="gone")))
    )
    files = outlet.files()
    for name, body in files.items():
        if not name.endswith(".html"):
            continue
        for element in html.document_fromstring(body.decode()).iter("a", "link", "script", "img", "form"):
            target = element.get("href") or element.get("src") or element.get("action") or ""
            if target.startswith("/"):
                path = target.removeprefix("/").split("#")[0]
                assert path in files or f"{path}index.html" in files, f"{name} → {target}"


def test_column_folders_do_not_clash_with_the_site_s_own() -> None:
    assert not {"n", "all", "assets", "catalogue", "lookup", "sitemap", "feeds"} & columns().keys()


# -- home -------------------------------------------------------------------------------------------


def test_an_emergency_leads_the_home_page_until_it_expires(outlet: Outlet) -> None:
    until = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    said = numbered(outlet, 1, kind="t09", urgency=Urgency.EMERGENCY, expires_at=until)
    outlet.write(said)
    home = outlet.files()["index.html"].decode()
    assert 'data-expires="2026-11-24T04:00:00+00:00"' in home
    assert "有效至2026年11月24日12:00" in home
    outlet.write(outlet.addressed(message(said.version, sequence=2, withdrawal=withdrawal())))
    assert "data-expires" not in outlet.files()["index.html"].decode()


# -- relations ----------------------------------------------------------------------------------------


def test_relations_are_shown_on_both_pages(outlet: Outlet) -> None:
    policy = numbered(outlet, 1, kind="t01")
    explains = Relation(type=RelationType.INTERPRETS, title="第1件", notice=policy.subject)
    reading = numbered(outlet, 2, kind="t10", relations=(explains,))
    outlet.write(policy)
    assert "相关公开件" not in outlet.page(policy)
    outlet.write(reading)
    assert (
        '<span class="tag">政策解读</span><a href="/n/202611/00000002.html"><span class="nb">第2件</span></a>'
        in outlet.page(policy)
    )
    assert (
        '<span class="tag">解读的文件</span><a href="/n/202611/00000001.html"><span class="nb">第1件</span></a>'
        in outlet.page(reading)
    )
    outlet.write(outlet.addressed(message(policy.version, sequence=2, withdrawal=withdrawal(leaves="gone"))))
    assert '<span class="tag tag-off">已撤下</span>' in outlet.page(reading)


def test_a_replaced_notice_says_so_on_its_old_page(outlet: Outlet) -> None:
    old = numbered(outlet, 1)
    outlet.write(old)
    replaces = Relation(type=RelationType.REPLACES, title="第1件", notice=old.subject)
    outlet.write(numbered(outlet, 2, relations=(replaces,)))
    now = '<a href="/n/202611/00000002.html"><span class="nb">第2件</span></a>'
    assert f"本件已被替代。</strong>现行的是：{now}" in outlet.page(old)


# -- look-up, catalogue and sitemap -----------------------------------------------------------------------


def test_the_look_up_has_every_listed_notice_in_blocks(outlet: Outlet) -> None:
    outlet.seed(BLOCK - 1)
    for n in (1, 2):
        outlet.write(numbered(outlet, n))
    files = outlet.files()
    assert 'data-blocks="2"' in files["lookup/index.html"].decode()
    assert json.loads(files["lookup/000.json"])[-1]["title"] == "第1件"
    assert json.loads(files["lookup/001.json"]) == [
        {
            "address": "n/202611/00000002.html",
            "title": "第2件",
            "document_number": "云高人社发〔2026〕18号",
            "index_number": "11530100MB1A2B3C4D/2026-00002",
            "date": "2026-11-23",
            "column": "通知公告",
            "withdrawn": False,
            "corrected": False,
            "urgent": False,
            "ends_at": "",
            "ended": "",
            "shown_to": "",
            "shown": "",
        }
    ]


def test_the_look_up_knows_what_is_special_about_a_notice(outlet: Outlet) -> None:
    until = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    said = numbered(outlet, 1, kind="t09", urgency=Urgency.EMERGENCY, expires_at=until)
    outlet.write(said)
    changed = said.version.model_copy(update={"number": 2, "public_note": "改"})
    outlet.write(outlet.addressed(message(changed, previous=said.version)))
    row = json.loads(outlet.files()["lookup/000.json"])[0]
    assert (row["corrected"], row["urgent"]) == (True, True)
    assert (row["ends_at"], row["ended"]) == ("2026-11-24T04:00:00+00:00", "已过时效")


def test_the_look_up_knows_until_when_a_list_is_open_to_objection(outlet: Outlet) -> None:
    outlet.write(numbered(outlet, 1, kind="t04", fields={"shown_to": "2026-12-02"}))
    row = json.loads(outlet.files()["lookup/000.json"])[0]
    assert (row["shown_to"], row["shown"], row["ends_at"]) == ("2026-12-03T00:00:00+08:00", "公示期满", "")


def in_catalogue(outlet: Outlet, name: str) -> list[str]:
    page = html.document_fromstring(outlet.files()[f"catalogue/2026/{name}.html"].decode())
    return [str(cell.xpath("string()")).rpartition("/")[2] for cell in page.iterfind(".//td[@class='number']")]


def test_the_catalogue_is_in_the_order_of_the_index_numbers(outlet: Outlet) -> None:
    came = [30, 2, 61, 1, 21, 3, 20]
    for n in came:
        outlet.write(numbered(outlet, n))
    outlet.write(numbered(outlet, 90, index_number="旧编号/2026-2"))  # the number 2 of an earlier pattern
    assert in_catalogue(outlet, "index") == ["2026-00061", "2026-00030", "2026-00021"]
    assert in_catalogue(outlet, "2") == ["2026-00030", "2026-00021"]
    assert in_catalogue(outlet, "1") == ["2026-00020", "2026-00003", "2026-2", "2026-00002", "2026-00001"]
    seen, name = in_catalogue(outlet, "index"), "catalogue/2026/index.html"
    while (lower := html.document_fromstring(outlet.files()[name].decode()).find(".//a[@rel='next']")) is not None:
        name = str(lower.get("href")).removeprefix("/")
        seen += in_catalogue(outlet, name.split("/")[2].removesuffix(".html"))
    assert len(seen) == len(came) + 1
    higher = html.document_fromstring(outlet.files()["catalogue/2026/2.html"].decode()).find(".//a[@rel='prev']")
    assert higher is not None
    assert higher.get("href") == "/catalogue/2026/4.html"


def test_the_catalogue_has_the_tags_of_a_column(outlet: Outlet) -> None:
    outlet.write(numbered(outlet, 1))
    for name in ("catalogue/index.html", "catalogue/2026/index.html", "catalogue/2026/1.html"):
        page = html.document_fromstring(outlet.files()[name].decode())
        tags = {str(meta.get("name")): meta.get("content") for meta in page.iterfind(".//meta[@name]")}
        assert tags["ColumnName"] == "公开目录"
        assert all(tags[f"Column{part}"] for part in ("Description", "Keywords", "Type")), name


def test_the_catalogue_goes_by_the_year_of_the_index_number(outlet: Outlet) -> None:
    outlet.write(numbered(outlet, 1))
    outlet.write(numbered(outlet, 2, index_number="11530100MB1A2B3C4D/2025-00077"))
    outlet.write(numbered(outlet, 3, index_number="旧编号第九号"))  # none in it: the year it was issued
    assert "第2件" in outlet.files()["catalogue/2025/index.html"].decode()
    assert all(f"第{n}件" in outlet.files()["catalogue/2026/1.html"].decode() for n in (1, 3))
    years = html.document_fromstring(outlet.files()["catalogue/index.html"].decode()).iterfind(".//main//li/a")
    assert [a.text for a in years if "年" in (a.text or "")] == ["2026年", "2025年"]


def test_the_sitemap_names_every_notice_that_is_there_to_read(outlet: Outlet) -> None:
    for n in (1, 2):
        outlet.write(numbered(outlet, n))
    outlet.write(
        outlet.addressed(message(numbered(outlet, 2).version, sequence=2, withdrawal=withdrawal(leaves="gone")))
    )
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    index = etree.fromstring(outlet.files()["sitemap.xml"])
    shards = [str(loc.text) for loc in index.iterfind("s:sitemap/s:loc", space)]
    assert shards == ["http://gongkai.test/sitemap/pages.xml", "http://gongkai.test/sitemap/000.xml"]
    urls = etree.fromstring(outlet.files()["sitemap/000.xml"])
    assert [loc.text for loc in urls.iterfind("s:url/s:loc", space)] == ["http://gongkai.test/n/202611/00000001.html"]
    assert "Sitemap: http://gongkai.test/sitemap.xml" in outlet.files()["robots.txt"].decode()
