"""Parameters of 阿里云短信's actions, read strictly: each reader raises ``Refusal`` with the documented code."""

import re
from typing import Any

from pydantic_core import from_json

from sandbox.sms.vendor import Refusal

Params = dict[str, str]


def needed(params: Params, name: str) -> str:
    """A parameter that the action cannot do without."""
    if not params.get(name):
        raise Refusal(f"Missing{name}", f"{name} is mandatory for this action.", 400)
    return params[name]


def whole(params: Params, name: str) -> int:
    """A parameter that is a whole number."""
    given = needed(params, name)
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise Refusal("isv.INVALID_PARAMETERS", f"{name}应为整数")
    return int(given)


def array(given: str, kind: type) -> list[Any]:
    """A JSON array, each of ``kind``."""
    found = read(given)
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，应为JSON数组")
    return found


def values_of(given: Any) -> Params:
    """An object of texts: the values of variables."""
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return given


def read(given: str) -> Any:
    """What a parameter of JSON says; neither too deep nor with half a character in it."""
    try:
        return from_json(given)
    except ValueError:
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，不是合法的JSON格式") from None
