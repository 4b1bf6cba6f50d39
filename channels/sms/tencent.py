"""腾讯云短信: sms 2021-01-11 (cloud.tencent.com/document/api/382/ 55981 SendSms, 59179 replies as they are posted;
tencentcloud.com/document/api/382/ 40518 PullSmsSendStatusByPhoneNumber, 43547 receipts as they are posted).

Each number has a result of its own, with HTTP 200.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from channels.base import HttpAnswer
from channels.sms import judge, tc3
from channels.sms.judge import Verdict
from channels.sms.registration import Syntax
from channels.sms.rules import Means
from channels.sms.said import MOST_ANSWER, Said, Second, Wall, Word, answered, plain, posted, posted_each, reason
from channels.sms.speaking import Speaking
from channels.sms.vendor import Registered, Reply, Report, Result, State, Text, Took

SERVICE, VERSION = "sms", "2021-01-11"
OK = "Ok"
PAGE = 100  # entries of an answer, at most
SIGNS = 1_000  # that are looked through
BACK = timedelta(days=7) - timedelta(minutes=5)  # that a query looks back, our clock being that much behind
SKEW = timedelta(minutes=5)  # between its clock and ours, at most: else it refuses what we sign
# 2: approved and not in force yet
STATES = {0: State.APPROVED, 1: State.REVIEWING, 2: State.REVIEWING, -1: State.REJECTED}
WHOLE = (Means.GONE, Means.REFUSED, Means.AGAIN)  # what concerns every number alike, the gravest first


class _Status(Said):
    PhoneNumber: str
    Code: str
    SerialNo: Word = ""


class _Pulled(Said):
    UserReceiveTime: Second
    SerialNo: Word
    ReportStatus: Literal["SUCCESS", "FAIL"]
    Description: Word = ""
    SessionContext: str | None = None


class _Template(Said):
    TemplateId: int
    StatusCode: int
    TemplateContent: str
    ReviewReply: str | None = None


class _Sign(Said):
    SignName: str
    StatusCode: int


class _Error(Said):
    Code: str


class _Any(Said):
    Error: _Error | None = None
    RequestId: str = ""


class _Sent(_Any):
    SendStatusSet: list[_Status]


class _Found(_Any):
    PullSmsSendStatusSet: list[_Pulled]


class _Templates(_Any):
    DescribeTemplateStatusSet: list[_Template]


class _Signs(_Any):
    DescribeSignListStatusSet: list[_Sign]


Inner = TypeVar("Inner", bound=_Any)


class _Answer(Said, Generic[Inner]):
    Response: Inner


Country = Annotated[str, Field(pattern=r"^[0-9]{1,4}$")]
Subscriber = Annotated[str, Field(pattern=r"^[0-9]{4,16}$")]


class _Report(Said):
    user_receive_time: Wall
    nationcode: Country
    mobile: Subscriber
    report_status: Literal["SUCCESS", "FAIL"]
    errmsg: Word
    sid: Word


class _Reply(Said):
    nationcode: Country
    mobile: Subscriber
    text: str
    time: Second
    sign: Word = ""


class Tencent(Speaking):
    """The vendor."""

    name = "tencent"
    home = "https://sms.tencentcloudapi.com"
    most = 200
    syntax = Syntax.NUMBERED
    whole = False
    taken = b'{"result":0,"errmsg":"OK"}'

    def _send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        asked = {
            "PhoneNumberSet": [_e164(number) for number in numbers],
            "SmsSdkAppId": self._account.app,
            "SignName": self._account.sign,
            "TemplateId": text.template,
            "TemplateParamSet": [value for _, value in text.values],
            "SessionContext": text.mark,
        }
        verdict, sent = self._judged(self._ask("SendSms", asked), _Answer[_Sent])
        return self._refused(verdict, numbers) if sent is None else self._results(numbers, sent.Response)

    def _results(self, numbers: Sequence[str], sent: _Sent) -> Sequence[Result]:
        """Of each number. What every number got for a reason that is not its own is raised."""
        of = {status.PhoneNumber: status for status in sent.SendStatusSet}
        if len(of) < len(sent.SendStatusSet):
            raise self._odd().failure()  # two results of one number
        statuses = [of.get(_e164(number)) for number in numbers]
        verdicts = [self._of(status, sent.RequestId) for status in statuses]
        if {verdict.means for verdict in verdicts} <= set(WHOLE):
            raise min(verdicts, key=lambda verdict: WHOLE.index(verdict.means)).failure()
        if {verdict.means for verdict in verdicts} == {Means.UNSURE}:
            raise verdicts[0].failure()  # of the request as such nobody knows
        return [
            Took(status.SerialNo) if status and verdict.means is Means.TAKEN else verdict.of_one()
            for status, verdict in zip(statuses, verdicts, strict=True)
        ]

    def _of(self, status: _Status | None, request: str) -> Verdict:
        return self._odd() if status is None else judge.of_code(self.name, status.Code, request)

    # -- asking -----------------------------------------------------------------------------------

    def find(self, number: str, mark: str, since: datetime) -> bool | None:
        """As any vendor. It lists receipts: what has none yet is not there, and absence proves nothing.

        The mark is in them where 腾讯云 has opened that to the account (SessionContext, on request).
        """
        return True if any(one.SessionContext == mark for one in self._pulled(number, since)) else None

    def receipt(self, number: str, reference: str, mark: str, since: datetime) -> Report | None:
        for one in self._pulled(number, since):
            if one.SerialNo == reference if reference else one.SessionContext == mark:
                arrived, known = one.ReportStatus == "SUCCESS", one.SessionContext or ""
                return Report(plain(number), one.SerialNo, arrived, one.Description, one.UserReceiveTime, known)
        return None

    def template(self, code: str) -> Registered | None:
        if not (code.isascii() and code.isdigit() and len(code) < 19):
            return None
        asked = {"International": 0, "TemplateIdSet": [int(code)]}
        absent = ("FailedOperation.MissingTemplateList", "FailedOperation.TemplateIdNotExist")
        found = self._query("DescribeSmsTemplateList", asked, _Answer[_Templates], *absent)
        for one in found.Response.DescribeTemplateStatusSet if found else []:
            if one.TemplateId == int(code):
                return Registered(one.TemplateContent, self._state(one.StatusCode), reason(one.ReviewReply or ""))
        return None

    def sign_state(self, name: str) -> State | None:
        for offset in range(0, SIGNS, PAGE):
            asked = {"International": 0, "Limit": PAGE, "Offset": offset}
            absent = "FailedOperation.MissingSignatureList"
            found = self._query("DescribeSmsSignList", asked, _Answer[_Signs], absent)
            signs = found.Response.DescribeSignListStatusSet if found else []
            for one in signs:
                if one.SignName == name:
                    return self._state(one.StatusCode)
            if len(signs) < PAGE:
                return None
        raise self._unanswered(self._odd())  # more than anybody has: what is behind was not seen

    def _pulled(self, number: str, since: datetime) -> Sequence[_Pulled]:
        """The receipts of the texts to ``number`` since then."""
        asked = {
            "BeginTime": int(max(since - SKEW, self._clock.now() - BACK).timestamp()),
            "Offset": 0,
            "Limit": PAGE,
            "PhoneNumber": _e164(number),
            "SmsSdkAppId": self._account.app,
        }
        found = self._query("PullSmsSendStatusByPhoneNumber", asked, _Answer[_Found])
        return found.Response.PullSmsSendStatusSet if found else []

    def _state(self, number: int) -> State:
        if number not in STATES:
            raise self._unanswered(self._odd())
        return STATES[number]

    # -- speaking ---------------------------------------------------------------------------------

    def _code(self, answer: HttpAnswer) -> tuple[str, str] | None:
        told = answered(answer, _Answer[_Any])
        if told is None:
            return None
        return told.Response.Error.Code if told.Response.Error else OK, told.Response.RequestId

    def _ask(self, action: str, given: Mapping[str, Any]) -> HttpAnswer:
        body = json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
        request = tc3.Tc3Request(self._host, SERVICE, action, VERSION, self._account.region, body)
        headers = tc3.signed_headers(request, self._account.key, self._clock.now())
        return self._http.request("POST", f"{self._origin}/", headers=headers, body=body, limit=MOST_ANSWER)

    # -- what it posts ----------------------------------------------------------------------------

    @classmethod
    def reports(cls, body: bytes) -> Sequence[Report]:
        found = posted_each(cls.name, body, _Report)
        return [
            Report(_kept(one), one.sid, one.report_status == "SUCCESS", one.errmsg, one.user_receive_time)
            for one in found
        ]

    @classmethod
    def replies(cls, body: bytes) -> Sequence[Reply]:
        one: _Reply = posted(cls.name, body, _Reply)
        return [Reply(_kept(one), one.text, one.time, one.sign)]


def _e164(number: str) -> str:
    return number if number.startswith("+") else f"+86{number}"


def _kept(one: _Report | _Reply) -> str:
    return plain(f"+{one.nationcode}{one.mobile}")
