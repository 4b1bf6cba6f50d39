"""No text asks for what swindlers ask for; what an office has to say about it may be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.demands import demand
from channels.sms.template import Constant
from channels.sms.texts import texts

ASKS = (
    "请回复姓名、身份证号",
    "请回复身份证号码和银行卡号办理",
    "请将身份证号、银行卡号回复本短信",
    "请把验证码告诉工作人员",
    "请将收到的验证码发给客服",
    "点开后填写银行卡号、密码",
    "登录后输入身份证号即可领取",
    "补贴待领，请提供收款账号",
    "请告知身份证后四位",
    "请留下公民身份号码",
    "不会上网的请回复身份证号",
    "不便到场的，请回复身份证号",
    "请勿错过，回复银行卡号领取",
    "请填写姓名、性别、证件号码",
    "性别、身份证号请回复",
    "请报送您的证件号",
    "验证码请提供给来电人员",
    "请输入社保卡密码",
)
FINE = (
    "请带身份证到窗口办理",
    "带身份证原件和银行卡",
    "请携带居民身份证或者社会保障卡",
    "请提供身份证复印件",
    "凭受理编号和预留手机收到的验证码查询",
    "请勿向任何人提供验证码、密码",
    "本局不会以短信要求您提供银行卡号",
    "绝不会要求群众填写密码",
    "验证码切勿告知他人",
    "密码不要告诉任何人",
    "谨防冒充人社局索要、要求回复身份证号的短信",
    "验证码已发送至您的手机",
    "密码输入错误的，到窗口重置",
    "补贴已发到银行账户",
    "养老金已提供到社保卡",
    "请填写申请表",
    "请回复“退出”",
    "政策问题请告诉我们",
)


@pytest.mark.parametrize("said", ASKS)
def test_whatever_asks_for_a_number_of_identity_a_card_or_a_code_is_found(said: str) -> None:
    assert demand(f"【云岭高新区人社局】{said}。详询0800-8123456。")


@pytest.mark.parametrize("said", FINE)
def test_what_only_speaks_of_them_is_not(said: str) -> None:
    assert demand(f"【云岭高新区人社局】{said}。详询0800-8123456。") == ""


@given(st.sampled_from(FINE), st.sampled_from(ASKS), st.sampled_from(FINE))
def test_good_sentences_around_it_hide_no_bad_one(before: str, bad: str, behind: str) -> None:
    found = demand(f"{before}。{bad}。{behind}。")
    assert found
    assert found in bad


@given(st.lists(st.sampled_from(FINE), max_size=5))
def test_good_sentences_make_no_bad_text(said: list[str]) -> None:
    assert demand("。".join(said)) == ""


def test_no_text_of_ours_asks() -> None:
    constants = {Constant.PHONE: "0800-8123456", Constant.SITE: "本单位网站"}
    for text in texts().templates.values():
        assert demand(text.filled(lambda blank: "某", constants)) == "", text.name
