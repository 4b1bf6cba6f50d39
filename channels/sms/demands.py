"""A text that asks its reader to tell a number of identity, a card's number, a code or a password: swindlers' texts do.

Citizens are told that no office ever asks for these by a text. That somebody brings his identity card, that a code was
sent to his phone, or that he is to tell nobody his password may be said.
"""

import re

_ASKED_FOR = (
    r"(?:身份证件?|证件)(?:号|的?[前后末][三四五六八]位)码?|公民身份号码|(?:银行|收款|开户|储蓄)账号|卡号|卡片?号码"
    r"|验证码|校验码|动态码|密码|口令"
)
_TELL = r"回复|回传|告知|告诉|提供|填写|填入|填报|输入|录入|提交|上传|报送|上报|报上|发来|说出|留下"
_WRONG = r"(?!错误|有误|不符|错)"  # 密码输入错误
_ORDERS = re.compile(
    rf"(?P<first>{_TELL})[^。！？；\n]{{0,16}}?(?:{_ASKED_FOR})"
    rf"|(?:{_ASKED_FOR})[^。！？；\n]{{0,10}}?(?P<then>{_TELL}){_WRONG}"
    rf"|[请把将][^，。！？；\n]{{0,8}}?(?:{_ASKED_FOR})[^。！？；\n]{{0,10}}?(?P<sent>[发报][送给至到])"
)
_NOT = re.compile(  # said of the verb behind it; 不会上网的请… is said of somebody else
    r"(?:勿|莫|(?<![性级类分区特个])别|谨防|警惕|防范|严禁|禁止|拒绝|绝不|从不|无需|不(?:要|得|应|可|会|向|再|需|用|必))"
    r"[^，。！？；：\n的请]{0,14}$|已经?$"
)


def demand(text: str) -> str:
    """The first words of ``text`` that ask for such a thing; empty when none do."""
    at = 0
    while found := _ORDERS.search(text, at):
        verb = next(name for name in ("first", "then", "sent") if found[name])
        if not _NOT.search(text[: found.start(verb)]):
            return found[0]
        at = found.start() + 1
    return ""
