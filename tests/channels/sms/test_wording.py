"""What a phone shows: of every sample and example, released, corrected, withdrawn."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Channel, LimitsBroken, Rendition
from channels.sms.segments import segments
from channels.sms.template import SIGNS
from channels.sms.texts import texts
from channels.sms.wording import rendered
from notices.facts import FactType
from notices.notice import Message, Version
from notices.strays import approved, check, strays
from producers.rendering import known_figures
from tests import factories
from tests.channels.contract import follow, made, tools
from tests.channels.sms.outlets import LEAVES, SIGN, everything, outlet, releases

ALONE = ("t01", "t02", "t05", "t06", "t09", "t10", "t11", "t14", "t15")  # kinds whose text is one message
LEAST = 0.9  # of all changed figures are caught, else they prove nothing
FIRST = factories.version()


def said(message: Message, **changes: Any) -> str:
    """The text that the phone shows."""
    return rendered(message, outlet(**changes)).text


def filed(rendition: Rendition) -> dict[str, Any]:
    """What the rendition keeps."""
    found: dict[str, Any] = json.loads(rendition.main.body)
    return found


def of(label: str, **fields: str | None) -> Message:
    """A sample with other fields of its kind; the facts that are changed to None are gone."""
    version = releases()[label].version
    facts = tuple(fact for fact in version.facts if fact.name not in fields)
    left = {name: value for name, value in {**version.fields, **fields}.items() if value is not None}
    return factories.message(version.model_copy(update={"fields": left, "facts": facts}))


# -- examples --------------------------------------------------------------------------------------


def test_a_release() -> None:
    assert said(factories.message(FIRST), phone="12333") == (
        "【云岭高新区人社局】2026年度社保月缴费基数上限22350元、下限4470元，1月1日起执行，差额请于10月30日前补缴。"
        "详询12333。"
    )


def test_a_correction_says_first_that_it_is_one_and_that_it_holds_then_the_whole_fact() -> None:
    later = factories.fact("make_up_by", "补缴截止日", FactType.DATE, "2026-11-30")
    second = factories.version(number=2, public_note="更正", facts=(*FIRST.facts[:6], later, *FIRST.facts[7:]))
    assert said(factories.message(second, previous=FIRST), phone="12333") == (
        "【云岭高新区人社局】更正，请以本条为准：2026年度社保月缴费基数上限22350元、下限4470元，1月1日起执行，差额请于"
        "11月30日前补缴。详询12333。"
    )


def test_a_correction_of_what_the_text_does_not_say_has_nobody_look_for_a_change_in_it() -> None:
    assert said(follow(FIRST, "corrected"), phone="12333") == (
        "【云岭高新区人社局】请注意：我单位11月20日的社保基数通知已更正，短信里的内容不变，更正之处见本单位网站。详询12333。"
    )


@pytest.mark.parametrize("leaves", LEAVES)
def test_a_withdrawal_says_no_more_than_what_may_stay_public(leaves: str) -> None:
    """Neither title nor fact nor reason: only the sort of notice and the day on it."""
    gone = follow(FIRST, leaves)
    assert said(gone, phone="12333") == (
        "【云岭高新区人社局】请注意：我单位11月20日的社保基数通知已撤回，此前所发短信不再有效，请勿据此办理。详询12333。"
    )


@pytest.mark.parametrize("kind", ["t03", "t12"])
def test_what_has_no_text_any_more_can_be_withdrawn_all_the_same(kind: str) -> None:
    gone = next(follow(one.version, "gone") for one in releases().values() if one.version.kind == kind)
    for vendor in ("aliyun", "tencent"):
        assert "已撤回" in rendered(gone, outlet(vendor)).text


def test_what_is_kept_is_the_template_and_its_values_in_order_and_the_whole_text() -> None:
    found = rendered(factories.message(FIRST), outlet())
    assert filed(found) == {
        "template": "t01",
        "values": {
            "year": "2026",
            "upper": "22350",
            "lower": "4470",
            "starts_on": "1月1日",
            "make_up_by": "10月30日",
        },
        "text": found.text,
    }
    assert list(filed(found)["values"]) == ["year", "upper", "lower", "starts_on", "make_up_by"]
    assert (found.main.name, found.main.media_type) == ("message.json", "application/json")
    assert found.used == {"segments": 2, "characters": 77}
    assert rendered(factories.message(FIRST), outlet()) == found


@pytest.mark.parametrize(
    ("label", "fields", "template", "part"),
    [
        ("t01-contribution-base", {}, "t01", "差额请于1月22日前补缴"),
        ("t01-contribution-base", {"make_up_by": None}, "t01-no-difference", "请于12月23日前申报"),
        ("t04-proposed-hires", {}, "t04", "有异议请在公示期内反映"),
        ("t04-proposed-hires", {"result": None}, "t04", "有异议请在公示期内反映"),
        ("t04-proposed-hires", {"result": "无异议"}, "t04-ended", "公示已结束，结果：无异议"),
        ("t09-hall-outage", {}, "t09", "预计11月23日14时恢复，11月23日12时再通报"),
        ("t09-hall-outage", {"status": "已恢复"}, "t09-over", "现已恢复正常"),
        ("t09-hall-outage", {"status": "已撤销"}, "t09-cancelled", "的通报已撤销"),
        ("t10-explained-hardship", {}, "t10", "认定办法自11月3日起施行"),
        ("t08-progress-posts", {}, "t08", "累计完成128人，任务完成率85%"),
    ],
)
def test_the_first_text_that_the_notice_fills(
    label: str, fields: dict[str, str | None], template: str, part: str
) -> None:
    found = rendered(of(label, **fields), outlet())
    assert filed(found)["template"] == template
    assert part in found.text


def test_constants_of_the_endpoint_are_in_the_text() -> None:
    assert "见高新区政府网站政策解读栏目。详询0800-8123456。" in said(
        releases()["t10-explained-hardship"], site="高新区政府网站"
    )


# -- everything there is ---------------------------------------------------------------------------


@pytest.mark.parametrize("label", everything())
def test_each_text_fits_under_the_signature_and_shows_nothing_odd(label: str) -> None:
    found = rendered(everything()[label], outlet())
    assert found.text.startswith(f"【{SIGN}】")
    assert found.text.endswith("。")
    assert "0800-8123456" in found.text
    assert SIGNS.search(found.text.removeprefix(f"【{SIGN}】")) is None
    assert not any(mark in found.text for mark in ("{", "}", "None", "http", "@", "拒收", "，，", "。。"))
    assert found.used["segments"] <= 2
    assert found.used["characters"] == len(found.text)
    assert len(found.text) <= 134


def test_what_can_be_said_in_one_message_is() -> None:
    """With a service number of five digits, as an office has it."""
    short = [label for label, one in everything().items() if len(segments(said(one, phone="12333")).parts) == 1]
    assert {label[:3] for label in short if "," not in label} >= set(ALONE)
    assert {label for label in everything() if label.endswith(LEAVES)} <= set(short)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A channel without figures of its own."""
    with tools(tmp_path_factory.mktemp("figures")) as given_:
        yield made("website", given_)


def test_whatever_figure_is_changed_is_refused(site: Channel) -> None:
    """The fixed words hold none: every figure of a text is a fact, the day on the notice, or the telephone. What is
    let through is another figure of the notice by chance; ``test_figures_locked`` looks at each for every channel."""
    changed, caught = 0, 0
    for label, message in everything().items():
        if message.withdrawal is None:
            text, known = said(message), known_figures(message, site)
            keys = approved(message.version, known)
            assert check(text, message.version, known) == [], label
            for at in (at for at, char in enumerate(text) if char.isdigit()):
                changed += 1
                other = f"{text[:at]}{(int(text[at]) + 7) % 10}{text[at + 1 :]}"
                caught += bool(strays(other, keys))
    assert caught >= LEAST * changed > 0


# -- whatever a notice holds -----------------------------------------------------------------------

VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
LABELS = sorted(label for label, one in releases().items() if texts().kinds[one.version.kind].none is None)


@given(st.sampled_from(LABELS), st.data())
def test_a_text_is_whole_or_it_is_refused(label: str, data: st.DataObject) -> None:
    """Never shortened, never half filled: what was written stands in it, and in what is kept."""
    message = releases()[label]
    names = sorted(blank.field for text in texts().kinds[message.version.kind].texts for blank in text.blanks)
    fields = {name: data.draw(VALUES) for name in names if name in message.version.fields and data.draw(st.booleans())}
    version: Version = message.version.model_copy(update={"fields": {**message.version.fields, **fields}})
    try:
        found = rendered(factories.message(version), outlet())
    except LimitsBroken:
        return
    kept = filed(found)
    text = texts().templates[kept["template"]]
    assert found.text == f"【{SIGN}】" + text.filled(lambda blank: kept["values"][blank.key], outlet().constants)
    for blank in text.blanks:
        if blank.type in ("text", "choice"):
            assert kept["values"][blank.key] == version.fields[blank.field].strip()
    assert segments(found.text).characters == found.used["characters"]


@given(st.sampled_from(LABELS), st.integers(0, 40))
def test_a_shorter_variable_never_lets_more_through(label: str, length: int) -> None:
    message = releases()[label]

    def broken(most: int) -> set[str]:
        try:
            rendered(message, replace(outlet(), variable_length=most))
        except LimitsBroken as caught:
            return {one.where for one in caught.broken}
        return set()

    assert broken(length + 1) <= broken(length)
