"""腾讯云短信, SMS API 2021-01-11, as its documents describe it.

Every answer is HTTP 200. What is wrong with the request as such is an ``Error``; what is wrong for a number stands in
its ``SendStatusSet`` entry, and the others are sent to.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from config.clock import Clock, wall
from sandbox.live import Live
from sandbox.sms.numbers import canonical, e164
from sandbox.sms.rates import broken
from sandbox.sms.registered import Registered, Rules
from sandbox.sms.tc3 import verify
from sandbox.sms.tencent_limits import WINDOWS
from sandbox.sms.tencent_params import Pull, PullByNumber, SendSms, SignList, TemplateList, read
from sandbox.sms.tencent_said import FIXED, STATES, filled, receipt_of, reply_of, status_of, template_entry
from sandbox.sms.vendor import Call, Refusal, Vendor
from sandbox.sms.witness import Receipt, Reply, Text

VERSION = "2021-01-11"
MOST = 200  # numbers
CONTEXT = 512  # bytes, of which a context has fewer
DAYS = 7  # a query finds
VARIABLE = 6  # characters, for accounts opened since 2024-01-25
Asked = TypeVar("Asked", Pull, PullByNumber)
Thing = TypeVar("Thing", Text, Reply)
Handler = Callable[["Tencent", Call, Registered, datetime, str], dict[str, Any]]


class Tencent(Vendor):
    """The fake."""

    name = "tencent"
    title = "腾讯云短信"
    rules: ClassVar[Rules] = Rules(
        blank=re.compile(r"(?<!\$)\{([1-9][0-9]{0,2})\}"),
        numbered=True,
        code=re.compile(r"[0-9]{1,18}"),
        attributes=frozenset(),
        limits=frozenset(window.name for window in WINDOWS),
    )
    arrived: ClassVar[str] = "DELIVRD"
    blocked: ClassVar[str] = arrived  # it refuses such a number when it is asked to send
    again: ClassVar[tuple[int, ...]] = (60, 300)  # two more tries (59178); when, it does not say
    patience: ClassVar[float] = 5.0  # its documents do not say

    def __init__(self, home: Path, registered: Path, secrets_folder: Path, clock: Clock, live: Live) -> None:
        super().__init__(home, registered, secrets_folder, clock, live)
        self._pulled = [0, 0]  # how many receipts and replies were pulled: each is pulled once

    def answer(self, call: Call, now: datetime, request: str) -> dict[str, Any]:
        registered = self.registrations.read()
        if registered is None:
            raise Refusal("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
        verify(call, registered.key_id, self.secret(), "sms", now)
        if call.headers["x-tc-version"] != VERSION:
            raise Refusal("NoSuchVersion", "The specified version does not exist.")
        handler = ACTIONS.get(call.action)
        if handler is None:
            raise Refusal("InvalidAction", f"The action `{call.action}` does not exist.")
        if call.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Refusal("InvalidParameter", "Content-Type should be application/json.")
        if code := self.told():
            raise Refusal(code, "told")
        return {"Response": {**handler(self, call, registered, now, request), "RequestId": request.lower()}}

    def refusal(self, refusal: Refusal, request: str) -> dict[str, Any]:
        return {"Response": {"Error": {"Code": refusal.code, "Message": refusal.says}, "RequestId": request.lower()}}

    # -- sending ----------------------------------------------------------------------------------

    def send(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """SendSms: one text to up to 200 numbers, each with a result of its own."""
        params = read(call.body, SendSms)
        if not params.PhoneNumberSet:
            raise Refusal("MissingParameter.EmptyPhoneNumberSet", "The number list is empty.")
        if len(params.PhoneNumberSet) > MOST:
            raise Refusal("LimitExceeded.PhoneNumberCountLimit", f"At most {MOST} numbers in one request.")
        if len(params.SessionContext.encode()) >= CONTEXT:
            raise Refusal("InvalidParameterValue", f"SessionContext should be less than {CONTEXT} bytes.")
        if params.SmsSdkAppId != registered.app:
            raise Refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verification fails.")
        numbers = [canonical(given) for given in params.PhoneNumberSet]
        if len({number.startswith("+") for number in numbers if number}) > 1:
            says = "The batch request contains both mainland China and global mobile numbers."
            raise Refusal("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", says)
        made: defaultdict[str, list[Text]] = defaultdict(list)
        results = []
        for given, number in zip(params.PhoneNumberSet, numbers, strict=True):
            try:
                text = self._text(number, params, registered, made, now, request)
            except Refusal as refusal:
                results.append(status_of(e164(number) if number else given, "", 0, "", refusal.code, refusal.says))
                continue
            made[text.number].append(text)
            results.append(status_of(e164(text.number), text.serial, text.size, text.mark, "Ok", "send success"))
        self.witness.take([text for texts in made.values() for text in texts])
        return {"SendStatusSet": results}

    def _text(
        self,
        number: str | None,
        params: SendSms,
        registered: Registered,
        made: defaultdict[str, list[Text]],
        now: datetime,
        request: str,
    ) -> Text:
        if number is None:
            raise Refusal("InvalidParameterValue.IncorrectPhoneNumber", "Incorrect mobile number format")
        if code := self.told(number):
            raise Refusal(code, "told")
        template = registered.template_of(params.TemplateId)
        sign = registered.sign_named(params.SignName)
        if sign is None or not sign.usable:
            says = "Signature is incorrect or unapproved"
            raise Refusal("FailedOperation.SignatureIncorrectOrUnapproved", says)
        if template is None or not template.usable:
            raise Refusal("FailedOperation.TemplateIncorrectOrUnapproved", "Template is incorrect or unapproved")
        if number.startswith("+"):
            says = "A Chinese mainland template cannot be sent to a global number"
            raise Refusal("UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone", says)
        before = [each for texts in made.values() for each in texts]
        text = Text(
            at=now.isoformat(),
            number=number,
            sign=sign.name,
            template=template.code,
            kind=template.kind,
            text=filled(template, sign.name, params.TemplateParamSet, registered.variable_length or VARIABLE),
            serial=f"5000:{int(now.timestamp() * 1_000_000)}{len(self.witness.texts) + len(before):08d}",
            mark=params.SessionContext,
            request=request.lower(),
        )
        if (number, sign.name) in self.witness.opted_out:
            says = "The number is in the blocklist"
            raise Refusal("FailedOperation.PhoneNumberInBlacklist", says)
        earlier = self.witness.of.get(number, []) + made[number]
        if over := broken(WINDOWS, registered.limits, text, earlier, now):
            raise Refusal(over.code, over.says)
        self._paid(registered, sum(each.size for each in [*before, text]))
        return text

    def _paid(self, registered: Registered, size: int) -> None:
        if registered.stopped:
            says = "The service is suspended due to arrears"
            raise Refusal("UnauthorizedOperation.ServiceSuspendDueToArrears", says)
        if registered.balance is not None and self.witness.billed + size > registered.balance:
            says = "The balance of the SMS package is insufficient"
            raise Refusal("FailedOperation.InsufficientBalanceInSmsPackage", says)

    # -- asking -----------------------------------------------------------------------------------

    def pull(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """PullSmsSendStatus: receipts in the order in which they came, each once."""
        limit = self._app(read(call.body, Pull), registered).Limit
        receipts = list(self.witness.receipts.values())[self._pulled[0] :][:limit]
        self._pulled[0] += len(receipts)
        return {"PullSmsSendStatusSet": [receipt_of(receipt) for receipt in receipts]}

    def pull_replies(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """PullSmsReplyStatus: replies in the order in which they came, each once."""
        limit = self._app(read(call.body, Pull), registered).Limit
        replies = self.witness.replies[self._pulled[1] :][:limit]
        self._pulled[1] += len(replies)
        return {"PullSmsReplyStatusSet": [reply_of(reply) for reply in replies]}

    def pull_of(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """PullSmsSendStatusByPhoneNumber: what the carrier said of the texts to one number."""
        params = self._app(read(call.body, PullByNumber), registered)
        texts = _between(params, self.found(_asked(params), registered, now), now)
        receipts = [self.witness.receipts[text.key] for text in texts if text.key in self.witness.receipts]
        return {"PullSmsSendStatusSet": [receipt_of(receipt) for receipt in receipts[: params.Limit]]}

    def pull_replies_of(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """PullSmsReplyStatusByPhoneNumber: the replies of one number."""
        params = self._app(read(call.body, PullByNumber), registered)
        number = _asked(params)
        replies = [reply for reply in self.witness.replies if reply.number == number]
        return {"PullSmsReplyStatusSet": [reply_of(reply) for reply in _between(params, replies, now)]}

    def templates(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """DescribeSmsTemplateList: the templates with their review and text."""
        params = read(call.body, TemplateList)
        wanted = set(map(str, params.TemplateIdSet))
        found = [each for each in registered.template if not wanted or each.code in wanted]
        shown = found if wanted else found[params.Offset :][: params.Limit]
        return {"DescribeTemplateStatusSet": [template_entry(template) for template in shown]}

    def signs(self, call: Call, registered: Registered, now: datetime, request: str) -> dict[str, Any]:
        """DescribeSmsSignList: the signatures with their review."""
        params = read(call.body, SignList)
        wanted = set(params.SignIdSet)
        found = [each for each in registered.sign if not wanted or each.id in wanted]
        shown = found if wanted else found[params.Offset :][: params.Limit]
        keep = {"International": 0, "ReviewReply": "", "CreateTime": FIXED}
        return {
            "DescribeSignListStatusSet": [
                keep | {"SignId": sign.id, "SignName": sign.name, "StatusCode": STATES[sign.reviewed]} for sign in shown
            ]
        }

    def _app(self, params: Asked, registered: Registered) -> Asked:
        if params.SmsSdkAppId != registered.app:
            raise Refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verification fails.")
        return params

    # -- call-backs -------------------------------------------------------------------------------

    def reports(self, receipts: list[tuple[Text, Receipt]]) -> list[dict[str, Any]]:
        return [
            {
                "user_receive_time": f"{wall(datetime.fromisoformat(receipt.at)):%Y-%m-%d %H:%M:%S}",
                "nationcode": "86",
                "mobile": text.number,
                "report_status": "SUCCESS" if receipt.well else "FAIL",
                "errmsg": receipt.code,
                "description": "用户短信送达成功" if receipt.well else "用户短信接收失败",
                "sid": text.serial,
            }
            for text, receipt in receipts
        ]

    def reply_body(self, reply: Reply, number: int) -> dict[str, Any]:
        return {
            "extend": "",
            "mobile": reply.number,
            "nationcode": "86",
            "sign": reply.sign,
            "text": reply.text,
            "time": int(datetime.fromisoformat(reply.at).timestamp()),
        }

    def took(self, answer: Any) -> bool:
        return isinstance(answer, dict) and answer.get("result") == 0 and isinstance(answer.get("errmsg"), str)


ACTIONS: dict[str, Handler] = {
    "SendSms": Tencent.send,
    "PullSmsSendStatus": Tencent.pull,
    "PullSmsSendStatusByPhoneNumber": Tencent.pull_of,
    "PullSmsReplyStatus": Tencent.pull_replies,
    "PullSmsReplyStatusByPhoneNumber": Tencent.pull_replies_of,
    "DescribeSmsTemplateList": Tencent.templates,
    "DescribeSmsSignList": Tencent.signs,
}


def _asked(params: PullByNumber) -> str:
    number = canonical(params.PhoneNumber)
    if number is None:
        raise Refusal("InvalidParameterValue.IncorrectPhoneNumber", "Incorrect mobile number format")
    if params.Offset != 0:
        raise Refusal("InvalidParameterValue.OffsetVerifyFail", "Offset should be 0.")
    return number


def _between(params: PullByNumber, things: Iterable[Thing], now: datetime) -> list[Thing]:
    begin, end = params.BeginTime, params.EndTime or int(now.timestamp())
    if begin < (now - timedelta(DAYS)).timestamp():
        raise Refusal("InvalidParameterValue.BeginTimeVerifyFail", f"BeginTime should be within {DAYS} days.")
    if end < begin:
        raise Refusal("InvalidParameterValue.EndTimeVerifyFail", "EndTime should not be before BeginTime.")
    return [each for each in things if begin <= int(datetime.fromisoformat(each.at).timestamp()) <= end]
