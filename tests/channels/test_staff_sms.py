"""A text to staff says what is owed in one of two reviewed templates, whatever it is about, and always can."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Channel, Rendition, Tools, TryAgain, load
from channels.sms.texts import texts
from channels.staff_sms import LONGEST
from config.kinds import kinds
from notices.calendar.rules import rules
from notices.notice import Message
from notices.strays import check
from producers.rendering import known_figures
from tests import factories
from tests.channels.contract import made, options, tools

LONG, SHORT = "r01", "r01-short"


@pytest.fixture(scope="module")
def given_tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with tools(tmp_path_factory.mktemp("staff")) as found:
        yield found


@pytest.fixture(scope="module")
def phone(given_tools: Tools) -> Channel:
    return made("staff_sms", given_tools)


def at_tencent(given_tools: Tools, **changes: Any) -> Channel:
    """An endpoint there, whose variables hold six characters."""
    of = options("staff_sms") | {"vendor": "tencent", "app": "1400006666"} | changes
    kind = load("staff_sms")
    return kind(kind.Options.model_validate(of), given_tools)


def said(**fields: str) -> Message:
    """A reminder with other fields."""
    message = factories.reminder()
    title = fields.get("about", message.version.title)
    version = message.version.model_copy(update={"fields": {**message.version.fields, **fields}, "title": title})
    return message.model_copy(update={"version": version})


def template(of: Rendition) -> str:
    """By which template it goes."""
    found: str = json.loads(of.main.body)["template"]
    return found


def test_it_says_which_reminder_what_until_when_and_about_what(phone: Channel) -> None:
    rendition = phone.render(factories.reminder())
    assert rendition.text == (
        "【云岭高新区人社局】内部提醒（快到期）：意见采纳情况反馈，期限12月21日。"
        "事项：关于公开征求《云岭高新区公益性岗位开发管理办法》意见的公告。请在办公电脑上查看，详询0800-8123456。"
    )
    assert template(rendition) == LONG
    assert "http" not in rendition.text, "a phone cannot open the inner page, and no vendor sends a link"


def test_what_it_is_about_is_shortened_and_no_figure_is_cut_in_two(phone: Channel) -> None:
    about = f"{'长' * (LONGEST - 4)}2026年度的安排"
    rendition = phone.render(said(about=about))
    assert f"事项：{'长' * (LONGEST - 4)}…。" in rendition.text
    assert template(rendition) == LONG


@pytest.mark.parametrize(
    "about", ["【公告】", "招聘会安排", "催缴通知", "拨打12333", "见 www.example.cn", "发给\U0001f600"]
)
def test_what_no_vendor_would_send_is_left_to_the_computer(phone: Channel, about: str) -> None:
    rendition = phone.render(said(about=about))
    assert rendition.text == "【云岭高新区人社局】内部提醒：到期事项快到期，请在办公电脑上查看。详询0800-8123456。"
    assert template(rendition) == SHORT


def test_a_vendor_with_short_variables_gets_the_short_one_until_it_allows_more(given_tools: Tools) -> None:
    assert template(at_tencent(given_tools).render(factories.reminder())) == SHORT
    allowed = at_tencent(given_tools, variable_length=12).render(factories.reminder())
    assert template(allowed) == LONG
    assert "事项：关于公开征求《云岭高新…。" in allowed.text


def test_what_has_no_end_yet_goes_by_the_short_one(phone: Channel) -> None:
    message = factories.reminder()
    fields = {name: value for name, value in message.version.fields.items() if name != "by"}
    version = message.version.model_copy(update={"fields": fields})
    assert template(phone.render(message.model_copy(update={"version": version}))) == SHORT


@pytest.mark.parametrize("name", sorted({one.name for one in rules().values()}))
def test_every_duty_can_be_named_in_a_text(phone: Channel, name: str) -> None:
    for stage in kinds()["r01"].field("stage").choices:
        for by in ("12月21日（暂定）", "11月24日12:30"):
            rendition = phone.render(said(duty=name, stage=stage, by=by))
            assert template(rendition) == LONG
            assert rendition.used["segments"] <= 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(about=st.text(min_size=1, max_size=60), most=st.integers(1, 60))
def test_whatever_it_is_about_it_can_be_said_with_no_figure_that_nobody_approved(
    given_tools: Tools, about: str, most: int
) -> None:
    message, channel = said(about=about), at_tencent(given_tools, variable_length=max(most, 5))
    rendition = channel.render(message)
    assert rendition.used["segments"] <= 2
    assert check(rendition.text, message.version, known_figures(message, channel)) == []


def test_it_names_no_template_of_the_public_and_the_public_none_of_its(phone: Channel, given_tools: Tools) -> None:
    public = made("sms", given_tools)
    assert set(texts().sent(to_staff=True)) == {LONG, SHORT, "test"}
    assert set(texts().sent(to_staff=False)) == texts().templates.keys() - {LONG, SHORT}
    assert [kind for kind in kinds() if phone.speaks_of(kind)] == ["r01"]
    assert not public.speaks_of("r01")


def test_a_key_that_is_missing_is_said_before_anything_is(phone: Channel) -> None:
    def no_secret(wanted: str) -> str:
        raise LookupError(wanted)

    without = type(phone)(phone.options, replace(phone.tools, secret=no_secret))
    with pytest.raises(TryAgain, match="secrets/duanxin"):
        without.ready()
