"""The texts as data: sound when they are loaded, and whoever writes a wrong one is told which and why."""

import re
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest

from channels.sms.template import Constant
from channels.sms.texts import SHORT, texts, texts_of
from config.columns import columns
from config.kinds import kinds, written_kinds
from notices.figures import figures
from tests.channels.sms.outlets import outlet

TOML = (files("config") / "sms" / "texts.toml").read_text("utf-8")
SAYS = re.search(r'name = "t02"\nsays = "(.*)"', TOML)


def changed(before: str, after: str) -> str:
    """The file with one place changed."""
    assert TOML.count(before) == 1, before
    return TOML.replace(before, after)


def t02(says: str) -> str:
    """The file with another text of t02."""
    assert SAYS is not None
    return changed(SAYS[1], says)


def test_every_kind_has_texts_or_a_reason() -> None:
    assert (
        tomllib.loads(TOML).keys() - {"withdrawal", "elsewhere", "test", "correction"}
        == texts().kinds.keys()
        == kinds().keys()
    )
    for kind, of in texts().kinds.items():
        assert bool(of.texts) != bool(of.none), kind
        assert 1 <= len(of.short) <= SHORT, kind
        assert all(of.none) if of.none else of.texts[0].name.startswith(kind)


def test_each_release_text_has_a_correction_that_says_the_whole_of_it() -> None:
    templates = texts().templates
    releases_ = [text.name for kind in written_kinds() for text in texts().kinds[kind].texts]
    single = {"withdrawal", "elsewhere", "test"}
    ours = {text.name for kind in kinds().keys() - written_kinds().keys() for text in texts().kinds[kind].texts}
    assert set(templates) == {*releases_, *ours, *(f"{name}-correction" for name in releases_), *single}
    constants = outlet().constants
    for name in releases_:
        said, again = (templates[one].filled(lambda blank: "…", constants) for one in (name, f"{name}-correction"))
        assert again == f"更正，请以本条为准：{said}"
        assert templates[f"{name}-correction"].blanks == templates[name].blanks


def test_every_text_says_whom_to_ask_and_no_figure_of_its_own() -> None:
    for text in texts().templates.values():
        assert text.pieces.count(Constant.PHONE) == 1, text.name
        words = text.filled(lambda blank: "某", {Constant.PHONE: "某", Constant.SITE: "某"})
        assert figures(words) == [], text.name


def test_a_text_that_sends_to_a_column_of_the_site_names_the_one_its_kind_stands_in() -> None:
    sent = 0
    for kind, of in texts().kinds.items():
        name = columns()[kinds()[kind].column].name if kinds()[kind].column else ""
        for text in of.texts:
            words = text.filled(lambda blank: "某", {Constant.PHONE: "", Constant.SITE: "网站"})
            if "栏目" in words:
                assert f"网站{name}栏目" in words, text.name
                sent += 1
    assert sent >= 3


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        (t02("{yaer}年度，详询{phone}。"), "t02: {yaer}: the kind has no field 'yaer'; it has: year, insured"),
        (t02("{tiers}，详询{phone}。"), "{tiers}: a table is written in no text"),
        (t02("{pay_from:clock}起，详询{phone}。"), "{pay_from:clock}: a date is written {pay_from}, {pay_from:day}"),
        (t02("{Year}年度，详询{phone}。"), "{Year}: a blank is {field} or {field:form}"),
        (t02("{year}{lowest}元，详询{phone}。"), "t02: two blanks touch"),
        (t02("{year}年度，{year}年，详询{phone}。"), "t02: a blank stands in it twice"),
        (t02("{year}，{phone}。"), "t02: it is all of blanks"),
        (t02("看www.example.cn/{year}，详询{phone}。"), "t02: the blank year is part of a link"),
        (t02("{year}年度★，详询{phone}。"), "t02: '★' may not stand in a text"),
        (t02("【通知】{year}年度，详询{phone}。"), "t02: '【' may not stand in a text"),
        (t02("{year}年度共12档，详询{phone}。"), "t02: '12档': a figure in the fixed words"),
        (t02("{year}年度两次，详询{phone}。"), "t02: '两次': a figure in the fixed words"),
        (t02("{year}年度，详询{phone}，拒收请回复。"), "t02: a notice offers no way out of it"),
        (t02("{year}年度，请回复身份证号。详询{phone}。"), "t02: '回复身份证号': no text asks for numbers of identity"),
        (t02("{year}年度，请回复{insured}的验证码。详询{phone}。"), "t02: '回复…的验证码': no text asks for numbers"),
        (t02("{year}年度缴费。"), "t02: {phone} stands in it once"),
        (changed('short = "公示"', 'short = "拟聘用人员公示"'), "[t04]: short has 1 to 6 characters"),
        (changed('short = "公示"', 'shrot = "公示"'), "[t04]: unknown key shrot"),
        (changed('name = "t05"', 'name = "t06"'), "the name t06 is taken"),
        (changed('name = "t05"', 'name = "t05-correction"'), "the name t05-correction is taken"),
        (changed('name = "t05"', 'name = "T05"'), "the name 'T05' is not of small letters"),
        (changed('{ status = ["已恢复"] }', '{ status = ["恢复了"] }'), "t09-over: when asks for status = 恢复了"),
        (changed('{ status = ["已恢复"] }', '{ state = ["已恢复"] }'), "t09-over: when asks for state = 已恢复"),
        (changed("[t13]", "[t90]"), "there is no kind t90"),
        (
            changed('short = "更正公告"', 'short = "更正公告"\nnone = { zh = "无", en = "no" }'),
            "[t13]: either texts, or",
        ),
    ],
    ids=lambda value: value if len(value) < 200 else "",
)
def test_a_wrong_text_is_named_when_it_is_loaded(toml: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)):
        texts_of(toml, kinds())


def test_a_kind_that_the_file_does_not_know_has_no_text_and_stops_no_other() -> None:
    of = texts_of(TOML, {**kinds(), "t90": replace(kinds()["t13"], id="t90")})
    assert of.kinds["t90"].texts == ()
    assert of.kinds["t90"].none == (
        "config/sms/texts.toml 里还没有这个文种的短信",
        "config/sms/texts.toml holds none yet",
    )
    assert len(of.kinds["t90"].short) <= SHORT
    assert of.templates == texts().templates


def test_a_variable_has_a_name_that_the_vendor_takes() -> None:
    with pytest.raises(ValueError, match="no variable may be called 'email'"):
        texts_of(changed("现就{matter}公开", "现就{email}公开"), kinds())


def test_all_fields_that_a_text_names_are_ones_that_its_kind_demands_but_for_its_first_choice() -> None:
    """The last text of a kind is the one that every sound notice can fill."""
    for kind, of in texts().kinds.items():
        for text in of.texts[-1:] if kinds()[kind].written else ():
            assert all(kinds()[kind].field(blank.field).required for blank in text.blanks), text.name
