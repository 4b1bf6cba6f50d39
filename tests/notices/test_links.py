"""Links to our own site: which they are, and when they lead nowhere."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.website.site import attachment_file, notice_file
from notices.links import Address, Public, Stands, Why, address_of, is_outside, links, why_dead

ROOT = "https://gongkai.test/xxgk"
PUBLIC = Public(ROOT, ("", "/ybj"))
NOTICES = ("202611-aaaaaaaa", "202611-bbbbbbbb", "202612-cccccccc", "202612-dddddddd")
FILES = ("表 一.pdf", "名单.xlsx")
SITES = st.sampled_from(PUBLIC.sites)


@pytest.mark.parametrize("link", [ROOT, f"{ROOT}/", f"{ROOT}?x=1", f"{ROOT}#top", f"{ROOT}/ybj/", "mailto:a@b.test"])
def test_our_own_address_in_any_form_is_nobody_elses(link: str) -> None:
    assert not is_outside(link, PUBLIC)
    assert is_outside(f"{ROOT}x", PUBLIC)


def standings() -> st.SearchStrategy[dict[str, Stands]]:
    """What stands of some of the notices; each may lead to another that leads on."""
    shown = st.builds(Stands, SITES, st.frozensets(st.sampled_from(FILES)))
    gone = st.builds(lambda site: Stands(site, gone=True), SITES)
    moved = st.builds(lambda site, to: Stands(site, successor=to), SITES, st.sampled_from(NOTICES))
    return st.dictionaries(st.sampled_from(NOTICES), shown | gone | moved)


def test_every_target_of_a_body_is_found_once() -> None:
    table = "| 表 |\n| --- |\n| [三](附件.pdf) |"
    body = f"见[一](https://a.test/x)、<https://b.test/>、[又](https://a.test/x)，\n\n{table}\n\n![图](图.png)\n\n"
    assert list(links(f"{body}`[不是](https://c.test/)` 和 https://d.test/ 也不是")) == [
        "https://a.test/x",
        "https://b.test/",
        quote("附件.pdf"),
        quote("图.png"),
    ]


@given(SITES, st.sampled_from(NOTICES), st.sampled_from(("", *FILES)), st.sampled_from(("", "#a", "?b")))
def test_what_the_site_writes_is_found_again_by_its_address(site: str, notice: str, file: str, tail: str) -> None:
    name = attachment_file(notice, file) if file else notice_file(notice)
    for written in (name, quote(name)):
        assert address_of(f"{ROOT}{site}/{written}{tail}", PUBLIC) == Address(site, notice, file)


@pytest.mark.parametrize(
    ("link", "notice"),
    [
        (f"{ROOT}/n/202611/aaaaaaaa.html", NOTICES[0]),
        ("http://GONGKAI.test:80/xxgk/n/202611/aaaaaaaa.html?from=wx", NOTICES[0]),  # the same host by its other name
        (f"{ROOT}/n/202611/aaaaaaaa", ""),  # nothing stands there
        (f"{ROOT}/n/", ""),
        (f"{ROOT}/policy/", None),  # a column, which is not judged
        (f"{ROOT}/ybj/lookup/", None),
        ("https://gongkai.test/n/202611/aaaaaaaa.html", None),  # beside the installation, not below it
        ("https://gongkai.test:8443/xxgk/n/202611/aaaaaaaa.html", None),
        ("https://gongkai.test:x/xxgk/n/202611/aaaaaaaa.html", None),
        ("https://other.test/xxgk/n/202611/aaaaaaaa.html", None),
        ("mailto:bgs@gongkai.test", None),
        ("附件.pdf", None),
    ],
)
def test_what_is_ours_is_told_from_what_is_not(link: str, notice: str | None) -> None:
    found = address_of(link, PUBLIC)
    assert (None if found is None else found.notice) == notice


def test_a_host_is_the_same_in_either_writing() -> None:
    public = Public("https://公开.test", ("",))
    for host in ("公开.test", "公开.test".encode("idna").decode()):
        assert address_of(f"https://{host}/n/202611/aaaaaaaa.html", public) == Address("", NOTICES[0])


@given(standings(), SITES, st.sampled_from(NOTICES), st.sampled_from(("", *FILES)))
def test_a_link_is_dead_when_whoever_follows_it_finds_nothing(
    standing: dict[str, Stands], site: str, notice: str, file: str
) -> None:
    why = why_dead(Address(site, notice, file), standing.get)
    there = standing.get(notice)
    if there is None or there.site != site:
        assert why is Why.MISSING
    elif there.gone:
        assert why is Why.GONE
    elif file:
        assert why is (None if file in there.files else Why.ATTACHMENT)
    else:
        for _ in NOTICES:  # more steps than these make a round
            there = standing.get(there.successor) if there and there.successor else there
        ends = there is not None and not there.successor
        assert (why is None) is (ends and not there.gone if there else False)
        assert (why is Why.GONE) is (there is not None and there.gone)


def test_what_can_be_no_notices_address_is_missing() -> None:
    standing: dict[str, Stands] = {"": Stands("")}
    assert why_dead(Address(""), standing.get) is Why.MISSING
