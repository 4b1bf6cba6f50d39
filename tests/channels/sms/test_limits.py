"""Each limit broken alone, and all at once; who wrote what does not fit is told where and what to do."""

import pytest

from channels.base import Broken, LimitsBroken, Rendition
from channels.sms.wording import Outlet, rendered
from notices.notice import Message
from tests import factories
from tests.breaks import breaks
from tests.channels.sms.outlets import outlet, releases


def with_fields(label: str, **fields: str) -> Message:
    """A sample with other texts in its fields."""
    version = releases()[label].version
    return factories.message(version.model_copy(update={"fields": {**version.fields, **fields}}))


def broken(message: Message, of: Outlet) -> dict[str, Broken]:
    """What stands against ``message``, by the limit's name."""
    with pytest.raises(LimitsBroken) as caught:
        rendered(message, of)
    return {one.limit.name: one for one in caught.value.broken}


@breaks("sms", "variable")
def test_a_variable_that_is_too_long() -> Rendition:
    return rendered(with_fields("t10-explained-hardship", original="办" * 36), outlet())


@breaks("sms", "segments")
def test_a_text_of_three_messages() -> Rendition:
    return rendered(with_fields("t10-explained-hardship", original="办" * 90), outlet(variable_length=90))


@breaks("sms", "characters")
def test_a_text_that_no_vendor_takes() -> Rendition:
    return rendered(with_fields("t10-explained-hardship", original="办" * 500), outlet(variable_length=500))


@breaks("sms", "contact")
def test_a_telephone_number_in_a_variable() -> Rendition:
    return rendered(with_fields("t09-hall-outage", event="大厅停电请打0800-8123461"), outlet())


@breaks("sms", "symbols")
def test_a_symbol_in_a_variable() -> Rendition:
    return rendered(with_fields("t10-explained-hardship", original="★认定办法"), outlet())


@breaks("sms", "banned")
def test_a_word_of_what_the_vendor_bans() -> Rendition:
    return rendered(with_fields("t10-explained-hardship", original="创业担保贷款办法"), outlet())


@breaks("sms", "demands")
def test_a_notice_that_has_people_tell_their_numbers() -> Rendition:
    return rendered(with_fields("t09-hall-outage", event="大厅停电请回复身份证号登记"), outlet())


@breaks("sms", "kind")
def test_a_kind_that_has_no_text() -> Rendition:
    return rendered(releases()["t03-recruitment"], outlet())


@breaks("sms", "facts")
def test_a_fact_that_every_text_of_the_kind_says() -> Rendition:
    version = factories.version(facts=tuple(fact for fact in factories.FACTS if fact.name != "year"))
    return rendered(factories.message(version), outlet())


def test_as_long_as_a_variable_may_be_fits() -> None:
    message = with_fields("t10-explained-hardship", original="办" * 35)
    assert rendered(message, outlet()).used["segments"] == 2


def test_whoever_writes_too_long_a_variable_is_told_which_by_how_much_and_what_to_do() -> None:
    message = with_fields("t09-hall-outage", event="社保大厅停电")
    assert rendered(message, outlet("tencent")).text.startswith(
        "【云岭高新区人社局】社保大厅停电，预计11月23日14时恢复"
    )
    found = broken(releases()["t09-hall-outage"], outlet("tencent"))["variable"]
    assert (found.limit.value, found.actual, found.where) == (6, "21", "事件")
    assert found.advice == (
        "“事件”填的是“社会保险经办大厅因供电线路故障暂停窗口服务”，21 个字，腾讯云短信一个变量最多 6 个字，多 15 个："
        "请在公开件里写短；不能写短的，请腾讯云短信放宽变量长度，再改投放点的设置"
    )
    assert "15 too long" in found.advice_en


def test_an_amount_may_be_too_long_for_a_short_variable_too() -> None:
    upper = factories.fact("upper", "基数上限", factories.FACTS[2].type, "1234567", "元")
    version = factories.version(facts=(*factories.FACTS[:2], upper, *factories.FACTS[3:]))
    assert rendered(factories.message(version), outlet()).text
    assert broken(factories.message(version), outlet("tencent"))["variable"].where == "基数上限"


def test_too_many_messages_name_the_longest_text_of_the_authors_and_as_much_shorter_fits() -> None:
    of = outlet(variable_length=200)
    found = broken(with_fields("t10-explained-hardship", original="办" * 90), of)["segments"]
    assert (found.actual, found.where) == ("3", "解读原文")
    over = int(found.advice.rpartition("约 ")[2].split(" ")[0])
    assert rendered(with_fields("t10-explained-hardship", original="办" * (90 - over)), of).used["segments"] == 2
    assert broken(with_fields("t10-explained-hardship", original="办" * (91 - over)), of).keys() == {"segments"}


def test_a_banned_word_is_named_with_the_vendors_rule() -> None:
    found = broken(with_fields("t04-proposed-hires", matter="社区招聘结果"), outlet("tencent"))["banned"]
    assert found.advice == (
        "短信里有“招聘”，腾讯云短信不发这类短信（面试招聘、招募）：请在“公示事由”里换一种说法，或者改用其他渠道；"
        "依据 cloud.tencent.com/document/product/382/39023 正文模板审核标准，内容规范"
    )
    assert found.advice_en.startswith("the text holds 招聘; Tencent Cloud SMS sends nothing of this sort")


def test_a_banned_word_of_the_signature_counts_too() -> None:
    found = broken(factories.message(), outlet(sign="云岭招生办"))["banned"]
    assert found.where == "短信全文"


def test_a_kind_without_a_text_says_why_in_both_languages() -> None:
    for label, zh, en in (("t03-recruitment", "招聘", "recruitment"), ("t12-annual-summary", "群众", "nobody")):
        found = broken(releases()[label], outlet())["kind"]
        assert zh in found.advice
        assert (en in found.advice_en) or ("anybody" in found.advice_en)


def test_what_is_missing_is_named_for_the_text_that_lacks_least() -> None:
    facts = tuple(fact for fact in factories.FACTS if fact.name not in ("upper", "lower"))
    found = broken(factories.message(factories.version(facts=facts)), outlet())["facts"]
    assert (found.actual, found.where) == ("2", "基数上限、基数下限")
    assert "“t01”" in found.advice


def test_every_limit_that_is_broken_is_told_at_once() -> None:
    message = with_fields("t09-hall-outage", event=f"★创业担保贷款请打12333{'办' * 60}")
    assert broken(message, outlet()).keys() == {"variable", "contact", "symbols", "banned"}
    message = with_fields("t09-hall-outage", event=f"★创业担保贷款请打12333{'办' * 160}")
    assert broken(message, outlet()).keys() == {"segments", "variable", "contact", "symbols", "banned"}


def test_the_sentence_that_breaks_a_limit_is_quoted_as_the_phone_would_show_it() -> None:
    found = broken(releases()["t09-hall-outage"], outlet("tencent"))["variable"]
    event = "社会保险经办大厅因供电线路故障暂停窗口服务"
    assert found.sentence == f"{event}，预计11月23日14时恢复，11月23日12时再通报。"
    found = broken(with_fields("t09-hall-outage", event="大厅停电请打0800-8123461"), outlet())["contact"]
    assert found.sentence.startswith("大厅停电请打0800-8123461，预计")
    found = broken(with_fields("t10-explained-hardship", original="★认定办法"), outlet())["symbols"]
    assert found.sentence.startswith("政策解读：★认定办法自")
    assert found.sentence.endswith("栏目。")
    found = broken(with_fields("t10-explained-hardship", original="创业担保贷款办法"), outlet())["banned"]
    assert found.sentence.startswith("政策解读：创业担保贷款办法自")
    assert broken(factories.message(), outlet(sign="云岭招生办"))["banned"].sentence == "【云岭招生办】"
    assert broken(releases()["t03-recruitment"], outlet())["kind"].sentence == "", "there is no text to quote"


def test_of_a_text_too_long_the_sentence_is_quoted_in_which_it_passes_the_limit() -> None:
    long = broken(with_fields("t10-explained-hardship", original="办" * 130), outlet(variable_length=500))["segments"]
    assert long.sentence.startswith(f"政策解读：{'办' * 130}自")
    of = outlet(variable_length=500)
    room = 500 - rendered(with_fields("t10-explained-hardship", original="办"), of).used["characters"]
    just = broken(with_fields("t10-explained-hardship", original="办" * (room + 2)), of)["characters"]
    assert (just.actual, just.sentence) == ("501", "详询0800-8123456。")
    whole = broken(with_fields("t10-explained-hardship", original="办" * 500), of)["characters"]
    assert whole.sentence.startswith("政策解读：办")


def test_of_two_sentences_only_the_one_that_breaks_the_limit_is_quoted() -> None:
    message = with_fields("t10-explained-hardship", original="认定办法已印发。创业担保贷款细则")
    found = broken(message, outlet())["banned"]
    assert found.sentence.startswith("创业担保贷款细则自")


def test_whoever_asks_for_a_number_is_told_the_words_the_field_and_what_to_say_instead() -> None:
    found = broken(with_fields("t09-hall-outage", event="大厅停电请回复身份证号登记"), outlet())["demands"]
    assert found.where == "事件"
    assert found.advice.startswith("短信里有“回复身份证号”")
    assert "请在“事件”里改成“带身份证到窗口办理”" in found.advice
    assert "swindlers" in found.advice_en
    assert found.sentence.startswith("大厅停电请回复身份证号登记，预计")
    assert rendered(with_fields("t09-hall-outage", event="大厅停电，带身份证到二楼办理"), outlet()).text
