"""An office with both vendors: what it has registered, and the vendors' own SDKs as its clients."""

import json
from pathlib import Path
from typing import Any

import requests
from alibabacloud_dysmsapi20170525.client import Client as Dysms
from alibabacloud_dysmsapi20170525.models import SendSmsRequest, SendSmsResponseBody
from alibabacloud_tea_openapi.utils_models import Config
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.sandbox.process import Running

SIGN = "云岭高新区人社局"
VALUES = {"year": "2026", "top": "22350", "bottom": "4470", "last": "10月30日"}
TEXT = (
    "【云岭高新区人社局】2026年度社保月缴费基数上限22350元、下限4470元，1月起执行，差额请于10月30日前补缴。详询12333。"
)

ALIYUN = """
key_id = "LTAI5tSandboxGongkai"

[[sign]]
name = "云岭高新区人社局"

[[sign]]
name = "云岭新闻"
state = "reviewing"

[[template]]
code = "SMS_000001"
name = "社保缴费基数"
text = "${year}年度社保月缴费基数上限${top}元、下限${bottom}元，1月起执行，差额请于${last}前补缴。详询12333。"
variables = { year = "other_number2", top = "money", bottom = "money", last = "time" }

[[template]]
code = "SMS_000002"
text = "${what}，详询12333。"

[[template]]
code = "SMS_000003"
kind = "captcha"
text = "您的验证码为${code}，5分钟内有效。"
variables = { code = "numberCaptcha" }

[[template]]
code = "SMS_000004"
state = "reviewing"
text = "审核中的模板。"

[[template]]
code = "SMS_000005"
text = "变量相邻${one}${other}。"
"""

TENCENT = """
key_id = "AKIDsandboxgongkai"
app = "1400006666"
limits = { thirty_seconds = 100, hour = 100, day = 100, same_content_day = 100 }

[[sign]]
name = "云岭高新区人社局"
id = 7

[[template]]
code = "1001"
name = "社保缴费基数"
text = "{1}年度社保月缴费基数上限{2}元、下限{3}元，1月起执行，差额请于{4}前补缴。详询12333。"

[[template]]
code = "1002"
text = "{1}，详询12333。"

[[template]]
code = "1003"
kind = "captcha"
text = "您的验证码为{1}，5分钟内有效。"

[[template]]
code = "1004"
state = "reviewing"
text = "审核中的模板。"
"""


def register(home: Path, *, aliyun: str = "", tencent: str = "") -> None:
    """Write both vendors' files, each with lines before its tables."""
    (home / "sms").mkdir(parents=True, exist_ok=True)
    (home / "sms" / "aliyun.toml").write_text(f"{aliyun}\n{ALIYUN}", "utf-8")
    given = TENCENT if "limits" not in tencent else "\n".join(x for x in TENCENT.splitlines() if "limits" not in x)
    (home / "sms" / "tencent.toml").write_text(f"{tencent}\n{given}", "utf-8")


def secret(server: Running, vendor: str) -> str:
    """The secret that the fake has made."""
    return (server.home / "secrets" / f"sms-{vendor}").read_text().strip()


def dysms(server: Running, *, key: str = "LTAI5tSandboxGongkai", key_secret: str = "") -> Dysms:
    """Alibaba's own client, pointed at the fake."""
    return Dysms(
        Config(
            access_key_id=key,
            access_key_secret=key_secret or secret(server, "aliyun"),
            endpoint=server.origin.removeprefix("http://"),
            protocol="http",
        )
    )


def send(
    server: Running,
    numbers: str,
    values: dict[str, Any] | str | None = None,
    *,
    template: str = "SMS_000001",
    sign: str = SIGN,
    mark: str | None = None,
) -> SendSmsResponseBody:
    """SendSms by Alibaba's client."""
    values = VALUES if values is None else values
    request = SendSmsRequest(
        phone_numbers=numbers,
        sign_name=sign,
        template_code=template,
        template_param=values if isinstance(values, str) else json.dumps(values, ensure_ascii=False),
        out_id=mark,
    )
    return dysms(server).send_sms(request).body


def sms(server: Running, *, key: str = "AKIDsandboxgongkai", key_secret: str = "") -> SmsClient:
    """Tencent's own client, pointed at the fake."""
    http = HttpProfile(protocol="http", endpoint=server.origin.removeprefix("http://"))
    credential = Credential(key, key_secret or secret(server, "tencent"))
    return SmsClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http))


def send_tencent(server: Running, numbers: list[str], values: list[str] | None = None, **others: Any) -> Any:
    """SendSms by Tencent's client: the results, one for each number."""
    request = tencent.SendSmsRequest()
    given = {
        "PhoneNumberSet": numbers,
        "SmsSdkAppId": "1400006666",
        "TemplateId": "1001",
        "SignName": SIGN,
        "TemplateParamSet": list(VALUES.values()) if values is None else values,
    }
    request.from_json_string(json.dumps(given | others))
    return sms(server).SendSms(request).SendStatusSet


def witness(server: Running, vendor: str, what: str = "text") -> list[dict[str, Any]]:
    """The lines of the witness that are ``what``."""
    file = server.home / f"sms-{vendor}.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [line for line in lines if line["what"] == what]


def tell(server: Running, vendor: str, what: str, **command: Any) -> dict[str, Any]:
    """Have the carrier speak (``receipts``) or the holder of a number answer (``reply``)."""
    answer = requests.post(f"{server.origin}/sms/{vendor}/{what}", json=command, timeout=60)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
