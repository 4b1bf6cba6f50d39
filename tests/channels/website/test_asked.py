"""Until when a page takes comments, and where: as the page of the matter has it, whoever comes when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from channels.shelf import opened
from channels.website import Channel
from channels.website.site import SiteOptions
from notices.notice import Message, MessageKind, Relation, RelationType
from notices.steps import ASKING
from tests.channels.website.conftest import Outlet, everything, outlet_in
from tests.factories import SHANGHAI, message, version, withdrawal

pytestmark = pytest.mark.usefixtures("unsynced")

ASKS, EXTENDS, MATTER = "202611-000000t6", "202611-00000t15", "202611-000000d1"
WAYS = {"address": "云岭大道88号", "email": "jy@yunling.example", "contact": "苏航"}
FORM = f"http://gongkai.test/comment/{ASKS}"


@pytest.fixture
def site(tmp_path: Path) -> Outlet:
    return taking(tmp_path)


def taking(place: Path, *, comments: bool = True) -> Outlet:
    """A site that takes comments."""
    made = outlet_in(place, "http://gongkai.test")
    return replace(made, channel=Channel(SiteOptions(comments=comments), made.channel.tools))


def notice(outlet: Outlet, name: str, kind: str, until: str, *, taken_back: bool = False) -> Message:
    fields = {**WAYS, "dossier": "JC-2026-01", "open_to": until}
    said = version(
        notice=name, kind=kind, title=f"关于{kind}的公告", index_number=f"旧编号/{name}", fields=fields, facts=()
    )
    gone = withdrawal() if taken_back else None
    return outlet.addressed(message(said, sequence=2 if gone else 1, withdrawal=gone))


def page(
    outlet: Outlet, number: int, until: str, asks: Sequence[str], *, phase: str = ASKING, ties: Sequence[str] = ()
) -> Message:
    """How the matter of ``ties`` and ``asks`` stands: by the latter comments are asked for, until that day."""
    fields = {"dossier": "JC-2026-01", "matter": "制定办法", "event": "更新", "phase": phase, "steps": []}
    fields |= {"open_to": until} if until else {}
    relations = [Relation(type=RelationType.RELATED, title=f"关于{one}", notice=one) for one in sorted({*asks, *ties})]
    said = version(
        notice=MATTER, number=number, kind="d01", title="制定办法", index_number="旧编号/事", fields=fields, facts=(),
        relations=relations,
    )  # fmt: skip
    made = message(said, kind=MessageKind.MATTER)
    return outlet.addressed(made.model_copy(update={"sequence": number, "asks": tuple(asks)}))


def says(outlet: Outlet, said: Message) -> str:
    """Every word of the page's main part, one line."""
    main = document_fromstring(outlet.page(said)).find(".//main")
    assert main is not None
    return "".join(str(main.xpath("string()")).split())


def test_an_extension_moves_the_end_on_every_page_and_its_withdrawal_moves_it_back(site: Outlet) -> None:
    first, longer = notice(site, ASKS, "t06", "2026-12-23"), notice(site, EXTENDS, "t15", "2027-01-10")
    site.write(first)
    assert "2026年12月23日24时以前收到的意见都算" in says(site, first)
    assert FORM in site.page(first)
    site.write(page(site, 1, "2026-12-23", [ASKS]))
    site.write(longer)
    assert "2027年1月10日24时以前收到的意见都算" in says(site, longer)
    matter = page(site, 2, "2027-01-10", [ASKS, EXTENDS])
    site.write(matter)
    for one in (first, longer, matter):
        assert "2027年1月10日24时以前收到的意见都算" in says(site, one), one.subject
        assert f'data-expires="2027-01-11T00:00:00+08:00" href="{FORM}"' in site.page(one)
        assert f'href="{FORM.replace(ASKS, "receipt")}"' in site.page(one)
    assert "征求意见延长到2027年1月10日。见：关于t15的公告" in says(site, first)
    assert "征求意见延长到" not in says(site, longer)
    site.write(notice(site, EXTENDS, "t15", "2027-01-10", taken_back=True))
    site.write(page(site, 3, "2026-12-23", [ASKS]))
    assert "2026年12月23日24时以前收到的意见都算" in says(site, first)
    assert "2027年1月10日" not in says(site, first)
    assert "怎样提意见" not in says(site, longer)


def test_what_has_closed_says_so_in_the_file_itself(site: Outlet) -> None:
    first = notice(site, ASKS, "t06", "2026-12-23")
    site.write(first)
    site.at = datetime(2026, 12, 23, 23, 58, tzinfo=SHANGHAI)
    site.write(page(site, 1, "2026-12-23", [ASKS]))
    assert FORM in site.page(first)
    matter = page(site, 2, "2026-12-23", [ASKS], phase="意见整理中")
    site.write(matter)  # a minute later: it is the 24th
    assert "征求意见已于2026年12月23日24时截止" in says(site, first)
    assert FORM not in site.page(first) + site.page(matter)
    assert "凭回执编号查看" in says(site, first)


def test_what_the_matter_does_not_ask_by_any_more_says_so(site: Outlet) -> None:
    longer = notice(site, EXTENDS, "t15", "2027-01-10")
    site.write(longer)
    site.write(page(site, 1, "", [], phase="已启动", ties=[EXTENDS]))  # its consultation was taken back
    assert "现在不再按本公告征求意见，办理情况见：制定办法" in says(site, longer)
    assert FORM not in site.page(longer)


def test_a_site_that_takes_none_names_the_other_ways_alone(tmp_path: Path) -> None:
    site = taking(tmp_path, comments=False)
    first, matter = notice(site, ASKS, "t06", "2026-12-23"), page(site, 1, "2026-12-23", [ASKS])
    for one in (first, matter):
        site.write(one)
        assert "2026年12月23日24时以前收到的意见都算" in says(site, one)
        assert "/comment/" not in site.page(one)
    assert "云岭大道88号" in says(site, first)


def test_a_page_of_a_matter_that_was_taken_back_says_nothing_of_it(site: Outlet) -> None:
    first, matter = notice(site, ASKS, "t06", "2026-12-23"), page(site, 1, "2027-01-10", [ASKS, EXTENDS])
    site.write(first)
    site.write(matter)
    assert "2027年1月10日" in says(site, first)
    site.write(site.addressed(message(matter.version, sequence=2, withdrawal=withdrawal())))
    assert "2026年12月23日24时以前收到的意见都算" in says(site, first)
    assert FORM not in site.page(matter)


news = st.one_of(
    st.tuples(st.just("t06"), st.sampled_from(["2026-12-23", "2026-12-30"]), st.booleans()),
    st.tuples(st.just("t15"), st.sampled_from(["2027-01-10", "2027-01-20"]), st.booleans()),
    st.tuples(st.just("d01"), st.sampled_from(["", "2026-12-23", "2027-01-10"]), st.booleans()),
)


@settings(max_examples=25)
@given(st.lists(news, max_size=10))
def test_in_whichever_order_they_come_no_page_is_out_of_date(history: list[tuple[str, str, bool]]) -> None:
    with TemporaryDirectory() as place:
        site = taking(Path(place))
        for number, (kind, until, flag) in enumerate(history, 1):
            if kind == "d01":
                asks = [ASKS, *([EXTENDS] if flag else [])] if until else []
                site.write(page(site, number, until, asks, ties=[ASKS, EXTENDS]))
            else:
                said = notice(site, ASKS if kind == "t06" else EXTENDS, kind, until, taken_back=flag)
                site.write(said.model_copy(update={"sequence": number}))
        if history:
            with opened(site.channel.tools.place) as shelf:
                assert site.files() == dict(everything(site.pages(shelf, site.said())))
