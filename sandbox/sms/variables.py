"""What may stand in a variable of a 阿里云 template, by its attribute.

From its documents 2806243 (TemplateRule: telephone, time, captcha) and 101346 (isv.PARAM_LENGTH_LIMIT: 1 to 35
characters in a notice, 4 to 6 in a captcha); one attribute that they name without a rule holds any text without
addresses, links and numbers of persons.
"""

import re

from sandbox.sms.registered import Kind, Template
from sandbox.sms.vendor import Refusal

LONGEST = 35  # characters in a variable of a notice
CAPTCHA = (4, 6)  # characters in a variable of a captcha
LINK = re.compile(
    r"(?i)https?:|www\.|[a-z0-9-]\.(?:com|cn|net|org|gov|top|info|io|cc|me)(?![a-z0-9])"
    r"|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])"
)
_CONTACT = re.compile(r"(?i)(?<![0-9])1[3-9][0-9]{9}(?![0-9])|(?:qq|微信|wechat)[^0-9a-z]{0,4}[0-9a-z]{5,}")
_SHAPES = {
    "numberCaptcha": re.compile(r"[0-9]+"),
    "characterWithNumber2": re.compile(r"[A-Za-z0-9]+"),
    "phone_number2": re.compile(r"1[0-9]{10}|(?=(?:[0-9]-?){5,13}$)[0-9][0-9-]{3,13}[0-9]"),
    "time": re.compile(r"(?=.*[0-9午晚])[0-9年月日时点分秒上下午晚中早凌晨/:：\- 至]+"),
    "money": re.compile(r"[0-9]+(?:\.[0-9]+)?|[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+"),
    "other_number2": re.compile(r"[A-Za-z0-9]+"),
}
ATTRIBUTES = frozenset(_SHAPES) | {"user_nick", "name", "unit_name", "address", "others"}


def check(template: Template, values: dict[str, str]) -> None:
    """Raises ``Refusal`` unless ``values`` may fill ``template``."""
    for name in template.blanks:
        if not values.get(name):
            raise Refusal("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少对应参数值:{name}")
    if unknown := sorted(values.keys() - set(template.blanks)):
        raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", f"模板中没有变量:{'、'.join(unknown)}")
    for name, value in values.items():
        _check(name, value, template)


def _check(name: str, value: str, template: Template) -> None:
    least, most = CAPTCHA if template.kind is Kind.CAPTCHA else (1, LONGEST)
    if not least <= len(value) <= most:
        raise Refusal("isv.PARAM_LENGTH_LIMIT", f"参数超过长度限制:{name},{least}~{most}个字符")
    if LINK.search(value):
        raise Refusal("isv.PARAM_NOT_SUPPORT_URL", f"变量不支持传入URL:{name}")
    attribute = template.variables.get(name, "")
    shape = _SHAPES.get(attribute)
    if shape and not shape.fullmatch(value):
        raise Refusal("isv.TEMPLATE_PARAMS_ILLEGAL", f"传入的变量内容和变量所选择的属性类型不匹配:{name},{attribute}")
    if "【" in value or "】" in value or (not shape and _CONTACT.search(value)):
        raise Refusal("isv.TEMPLATE_PARAMS_ILLEGAL", f"变量内容不支持【】、手机号等联系方式:{name}")
