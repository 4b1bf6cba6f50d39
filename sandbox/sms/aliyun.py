"""阿里云短信, Dysmsapi 2017-05-25, as its documents describe it.

Its business refusals are HTTP 200 with a ``Code``, its gateway's are 4xx. A request is taken whole or not at all: the
documents give one ``Code`` for up to 1,000 numbers, and do not say that some of them may be sent to.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from config.clock import Clock, wall
from sandbox.live import Live
from sandbox.sms.acs3 import Nonces, verify
from sandbox.sms.aliyun_limits import WINDOWS
from sandbox.sms.aliyun_params import Params, array, needed, read, values_of, whole
from sandbox.sms.numbers import mainland
from sandbox.sms.rates import broken
from sandbox.sms.registered import LONGEST, Kind, Registered, Rules, State, Template
from sandbox.sms.variables import ATTRIBUTES, check
from sandbox.sms.vendor import Call, Refusal, Vendor
from sandbox.sms.witness import Receipt, Reply, Text

VERSION = "2017-05-25"
MOST, MOST_BATCH = 1_000, 100  # numbers
MARK = 256  # characters, of which an OutId has fewer
PAGE = 50
BARE_PLUS = re.compile(r"\+(?=1[0-9]{10}$)")  # a form of this vendor alone (55284): elsewhere +1 is America
DAYS = 30  # a query finds
STATES = {State.REVIEWING: 0, State.APPROVED: 1, State.REJECTED: 2, State.CANCELLED: 10}
KINDS = {Kind.CAPTCHA: 0, Kind.NOTICE: 1, Kind.PROMOTION: 2}
Handler = Callable[["Aliyun", Params, Registered, datetime, str], dict[str, Any]]


class Aliyun(Vendor):
    """The fake."""

    name = "aliyun"
    title = "阿里云短信"
    rules: ClassVar[Rules] = Rules(
        blank=re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}"),
        numbered=False,
        code=re.compile(r"SMS_[0-9]+"),
        attributes=ATTRIBUTES,
        limits=frozenset(window.name for window in WINDOWS),
    )
    arrived: ClassVar[str] = "DELIVERED"
    blocked: ClassVar[str] = "MOBILE_IN_BLACK"
    again: ClassVar[tuple[int, ...]] = (60, 300, 600)  # 101867
    patience: ClassVar[float] = 0.7  # 101508

    def __init__(self, home: Path, registered: Path, secrets_folder: Path, clock: Clock, live: Live) -> None:
        super().__init__(home, registered, secrets_folder, clock, live)
        self._nonces = Nonces({text.nonce: text.instant for text in self.witness.texts})
        self._nonce = ""  # of the request at hand

    def answer(self, call: Call, now: datetime, request: str) -> dict[str, Any]:
        registered = self.registrations.read()
        if registered is None:
            raise Refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        verify(call, registered.key_id, self.secret(), now)
        self._nonce = call.headers["x-acs-signature-nonce"]
        self._nonces.use(self._nonce, now)
        if call.headers["x-acs-version"] != VERSION:
            raise Refusal("InvalidVersion", "Specified parameter Version is not valid.", 400)
        handler = ACTIONS.get(call.action)
        if handler is None:
            says = "Specified api is not found, please check your url and method."
            raise Refusal("InvalidAction.NotFound", says, 404)
        if code := self.told():
            raise _told(code)
        params = dict(parse_qsl(call.query, keep_blank_values=True))
        if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            params |= dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {"Code": "OK", "Message": "OK", "RequestId": request, **handler(self, params, registered, now, request)}

    def refusal(self, refusal: Refusal, request: str) -> dict[str, Any]:
        return {"Code": refusal.code, "Message": refusal.says, "RequestId": request}

    # -- actions ----------------------------------------------------------------------------------

    def send(self, params: Params, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """SendSms: one text for all of up to 1,000 numbers."""
        numbers = needed(params, "PhoneNumbers").split(",")
        if len(numbers) > MOST:
            raise Refusal("isv.MOBILE_COUNT_OVER_LIMIT", f"手机号码数量超过限制:{MOST}")
        sign, values = needed(params, "SignName"), values_of(read(params.get("TemplateParam") or "{}"))
        return self._send([(number, sign, values) for number in numbers], params, registered, now, request)

    def send_batch(self, params: Params, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """SendBatchSms: up to 100 numbers, each with a signature and variables of its own."""
        numbers, signs = (array(needed(params, name), str) for name in ("PhoneNumberJson", "SignNameJson"))
        given = params.get("TemplateParamJson")
        values = array(given, dict) if given else [{} for _ in numbers]
        if len(numbers) > MOST_BATCH:
            raise Refusal("isv.MOBILE_COUNT_OVER_LIMIT", f"手机号码数量超过限制:{MOST_BATCH}")
        if not numbers or not len(numbers) == len(signs) == len(values):
            raise Refusal("isv.INVALID_PARAMETERS", "手机号码、签名、模板变量的个数不一致")
        to = [(number, sign, values_of(own)) for number, sign, own in zip(numbers, signs, values, strict=True)]
        return self._send(to, params, registered, now, request)

    def _send(
        self, to: list[tuple[str, str, Params]], params: Params, registered: Registered, now: datetime, request: str
    ) -> dict[str, Any]:
        template = registered.template_of(needed(params, "TemplateCode"))
        if template is None or not template.usable:
            raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法(不存在或被拉黑)")
        mark = params.get("OutId", "")
        if len(mark) >= MARK:
            raise Refusal("isv.INVALID_PARAMETERS", f"OutId的长度应小于{MARK}")
        serial = f"{int(now.timestamp() * 1_000_000)}^{len(self.witness.texts)}"
        made: defaultdict[str, list[Text]] = defaultdict(list)
        known: dict[tuple[str, str], str] = {}  # texts that many numbers get
        for given, sign, values in to:
            number = self._number(given)
            same = sign, json.dumps(values)
            if same not in known:
                known[same] = self._filled(template, sign, values, registered)
            text = Text(
                at=now.isoformat(),
                number=number,
                sign=sign,
                template=template.code,
                kind=template.kind,
                text=known[same],
                serial=serial,
                mark=mark,
                request=request,
                nonce=self._nonce,
            )
            earlier = self.witness.of.get(number, []) + made[number]
            if over := broken(WINDOWS, registered.limits, text, earlier, now):
                raise Refusal(over.code, f"{over.says}:{registered.limits.get(over.name, over.most)}")
            made[number].append(text)
        texts = list(chain.from_iterable(made.values()))
        self._paid(registered, sum(text.size for text in texts))
        self.witness.take(texts)
        return {"BizId": serial}

    def _number(self, given: str) -> str:
        number = _mainland(given)
        if code := self.told(number):
            raise _told(code)
        return number

    def _filled(self, template: Template, sign: str, values: Params, registered: Registered) -> str:
        signature = registered.sign_named(sign)
        if signature is None or not signature.usable:
            raise Refusal("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)")
        check(template, values)
        text = template.filled(sign, values)
        if len(text) > LONGEST:
            raise Refusal("isv.PARAM_LENGTH_LIMIT", f"短信内容超过{LONGEST}个字符")
        return text

    def _paid(self, registered: Registered, size: int) -> None:
        if registered.stopped:
            raise Refusal("isv.OUT_OF_SERVICE", "业务停机")
        if registered.balance is not None and self.witness.billed + size > registered.balance:
            raise Refusal("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")

    def details(self, params: Params, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """QuerySendDetails: the texts to one number on one day, the newest first, by pages."""
        number = _mainland(needed(params, "PhoneNumber"))
        size, page = whole(params, "PageSize"), whole(params, "CurrentPage")
        try:
            day = datetime.strptime(needed(params, "SendDate"), "%Y%m%d").date()
        except ValueError:
            raise Refusal("isv.INVALID_PARAMETERS", "SendDate格式为yyyyMMdd") from None
        if not 1 <= size <= PAGE or page < 1 or not timedelta(0) <= wall(now).date() - day <= timedelta(DAYS):
            raise Refusal("isv.INVALID_PARAMETERS", f"PageSize为1~{PAGE}，CurrentPage从1起，SendDate在{DAYS}天内")
        texts = [
            text
            for text in self.found(number, registered, now)
            if wall(text.instant).date() == day and params.get("BizId") in (None, "", text.serial)
        ]
        shown = [self._detail(text) for text in texts[(page - 1) * size : page * size]]
        return {"TotalCount": str(len(texts)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}

    def _detail(self, text: Text) -> dict[str, Any]:
        receipt = self.witness.receipts.get(text.key)
        state = 1 if receipt is None else 3 if receipt.well else 2
        detail = {
            "PhoneNum": text.number,
            "SendDate": _clock(text.at),
            "SendStatus": state,
            "Content": text.text,
            "TemplateCode": text.template,
            "OutId": text.mark,
        }
        return detail | ({"ReceiveDate": _clock(receipt.at), "ErrCode": receipt.code} if receipt else {})

    def template(self, params: Params, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """GetSmsTemplate: a template, its review, its text and the attributes of its variables."""
        template = registered.template_of(needed(params, "TemplateCode"))
        if template is None:
            raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", "模板不存在")
        return {
            "TemplateCode": template.code,
            "TemplateName": template.name,
            "TemplateContent": template.text,
            "TemplateType": str(KINDS[template.kind]),
            "TemplateStatus": str(STATES[template.reviewed]),
            "CreateDate": "2026-01-05 09:00:00",
            "TemplateTag": 2,
            "VariableAttribute": json.dumps(template.variables, ensure_ascii=False),
            "AuditInfo": {"RejectInfo": template.fault},
        }

    def sign(self, params: Params, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """GetSmsSign: a signature and its review."""
        sign = registered.sign_named(needed(params, "SignName"))
        if sign is None:
            raise Refusal("isv.SMS_SIGNATURE_ILLEGAL", "签名不存在")
        return {
            "SignName": sign.name,
            "SignStatus": STATES[sign.reviewed],
            "Reason": "",
            "CreateDate": "2026-01-05 09:00:00",
        }

    # -- call-backs -------------------------------------------------------------------------------

    def reports(self, receipts: list[tuple[Text, Receipt]]) -> list[dict[str, Any]]:
        return [
            {
                "phone_number": text.number,
                "send_time": _clock(text.at),
                "report_time": _clock(receipt.at),
                "success": receipt.well,
                "err_code": receipt.code,
                "err_msg": "用户接收成功" if receipt.well else receipt.code,
                "sms_size": str(text.size),
                "biz_id": text.serial,
                "out_id": text.mark,
            }
            for text, receipt in receipts
        ]

    def reply_body(self, reply: Reply, number: int) -> list[dict[str, Any]]:
        return [
            {
                "phone_number": reply.number,
                "content": reply.text,
                "send_time": _clock(reply.at),
                "dest_code": "1069",
                "sequence_id": str(number),
            }
        ]

    def took(self, answer: Any) -> bool:
        code = answer.get("code") if isinstance(answer, dict) else None
        return isinstance(code, int | float) and not isinstance(code, bool)  # any number: 101867, 101847


ACTIONS: dict[str, Handler] = {
    "SendSms": Aliyun.send,
    "SendBatchSms": Aliyun.send_batch,
    "QuerySendDetails": Aliyun.details,
    "GetSmsTemplate": Aliyun.template,
    "GetSmsSign": Aliyun.sign,
}


def _mainland(given: str) -> str:
    number = mainland(BARE_PLUS.sub("", given))  # all templates of this fake are domestic
    if number is None:
        raise Refusal("isv.MOBILE_NUMBER_ILLEGAL", f"{given}invalid mobile number")
    return number


def _told(code: str) -> Refusal:
    return Refusal(code, "told", 200 if code.startswith(("isv.", "isp.")) else 400)


def _clock(at: str) -> str:
    return f"{wall(datetime.fromisoformat(at)):%Y-%m-%d %H:%M:%S}"
