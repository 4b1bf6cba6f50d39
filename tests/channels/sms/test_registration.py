"""What an office registers: taken by both vendors' rules, and filled there it is the text that was approved."""

import json
import re

import pytest

from channels.base import LimitsBroken
from channels.sms.registration import Syntax, registered_text, variables
from channels.sms.texts import texts
from channels.sms.wording import rendered
from sandbox.sms.registered import LONGEST
from sandbox.sms.tencent_said import filled
from sandbox.sms.variables import ATTRIBUTES, check
from tests.channels.sms.outlets import SIGN, at_vendor, everything, outlet

NAMES = sorted(texts().templates)
BLANK = {Syntax.NAMED: r"\$\{[a-z][a-z0-9_]*\}", Syntax.NUMBERED: r"\{[0-9]+\}"}


def test_both_syntaxes() -> None:
    of = outlet(phone="12333")
    assert registered_text("t01", of, Syntax.NAMED) == (
        "${year}年度社保月缴费基数上限${upper}元、下限${lower}元，${starts_on}起执行，差额请于${make_up_by}前补缴。详询12333。"
    )
    assert registered_text("t09", of, Syntax.NUMBERED) == (
        "{1}，预计{2}月{3}日{4}恢复，{5}月{6}日{7}再通报。急事请拨12333。"
    )
    assert registered_text("t10-correction", outlet(site="高新区政府网站"), Syntax.NUMBERED) == (
        "更正，请以本条为准：政策解读：{1}自{2}起施行，变了什么、怎么办，见高新区政府网站政策解读栏目。"
        "详询0800-8123456。"
    )


def test_each_variable_has_the_attribute_that_fits() -> None:
    assert variables("t01") == (
        ("year", "other_number2"),
        ("upper", "money"),
        ("lower", "money"),
        ("starts_on", "time"),
        ("make_up_by", "time"),
    )
    assert variables("t09-correction")[:4] == (
        ("event", "others"),
        ("recovers_at_month", "other_number2"),
        ("recovers_at_day", "other_number2"),
        ("recovers_at_clock", "time"),
    )
    assert variables("withdrawal") == (("issued_on", "time"), ("short", "others"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("syntax", Syntax)
def test_no_vendor_rejects_a_template(name: str, syntax: Syntax) -> None:
    text = registered_text(name, outlet(), syntax)
    template = at_vendor(text, syntax)
    assert template.fault == ""
    assert len(template.blanks) == len(variables(name))
    assert len(re.findall(BLANK[syntax], text)) == len(variables(name)), "each stands in it once"
    assert {attribute for _, attribute in variables(name)} <= ATTRIBUTES
    assert len(text) < LONGEST


@pytest.mark.parametrize("label", everything())
def test_filled_at_either_vendor_it_is_the_approved_text(label: str) -> None:
    found = rendered(everything()[label], outlet())
    kept = json.loads(found.main.body)
    name, values = kept["template"], kept["values"]
    named = at_vendor(registered_text(name, outlet(), Syntax.NAMED), Syntax.NAMED, dict(variables(name)))
    check(named, values)
    assert named.filled(SIGN, values) == found.text
    numbered = at_vendor(registered_text(name, outlet(), Syntax.NUMBERED), Syntax.NUMBERED)
    assert filled(numbered, SIGN, list(values.values()), outlet().variable_length) == found.text


def test_with_the_shortest_variables_what_passes_passes_at_the_vendor() -> None:
    passed = set()
    for label, message in everything().items():
        try:
            found = rendered(message, outlet("tencent"))
        except LimitsBroken:
            continue
        kept = json.loads(found.main.body)
        template = at_vendor(registered_text(kept["template"], outlet("tencent"), Syntax.NUMBERED), Syntax.NUMBERED)
        assert filled(template, SIGN, list(kept["values"].values()), outlet("tencent").variable_length) == found.text
        of_all = kept["template"] in ("withdrawal", "elsewhere")
        passed.add(kept["template"] if of_all else label[:3])
    assert passed == {"t01", "t02", "t05", "t07", "withdrawal", "elsewhere"}, "without an author's words in them"


def test_a_name_that_no_text_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        registered_text("t99", outlet(), Syntax.NAMED)
