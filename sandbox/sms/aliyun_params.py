"""Parameters of 阿里云短信's actions, read strictly: each reader raises ``Refusal`` with the documented code."""

import json
import re
from typing import Any

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
    found = _json(given)
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，应为JSON数组")
    return found


def values_of(given: str) -> Params:
    """A JSON object of texts: the values of variables."""
    found = _json(given)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return found


def _json(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，不是合法的JSON格式") from None
