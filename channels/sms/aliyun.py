"""阿里云短信: Dysmsapi 2017-05-25 (help.aliyun.com/document_detail/ 55284 SendSms, 419277 QuerySendDetails, 2807433
GetSmsTemplate, 2807429 GetSmsSign, 101867 SmsReport, 101847 SmsUp).

A request is taken whole or not at all. It goes out as the vendor's own SDK sends it: parameters in the address.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from channels.base import HttpAnswer
from channels.sms import acs3
from channels.sms.registration import Syntax
from channels.sms.said import MOST_ANSWER, Number, Said, Wall, Word, answered, at_wall, plain, posted_each, reason
from channels.sms.speaking import Speaking
from channels.sms.vendor import Registered, Reply, Report, Result, State, Text, Took
from config.clock import wall

VERSION = "2017-05-25"
PAGE = 50  # texts of an answer, at most
PAGES = 20  # that are looked through, for one number on one day
DAYS = 30  # that a query looks back
SKEW = timedelta(minutes=15)  # between its clock and ours, at most: else it refuses what we sign
STATES = {0: State.REVIEWING, 1: State.APPROVED, 2: State.REJECTED, 10: State.CANCELLED}
WAITING, ARRIVED = 1, 3  # SendStatus; 2: it did not arrive


class _Answer(Said):
    Code: str
    RequestId: str = ""


class _Sent(_Answer):
    BizId: Word = ""


class _Detail(Said):
    SendStatus: Literal[1, 2, 3]
    SendDate: str
    ReceiveDate: str | None = None
    ErrCode: Word | None = None
    OutId: str | None = None


class _Details(Said):
    SmsSendDetailDTO: list[_Detail]


class _Found(_Answer):
    SmsSendDetailDTOs: _Details


class _Audit(Said):
    RejectInfo: str | None = None


class _Template(_Answer):
    TemplateContent: str
    TemplateStatus: int
    AuditInfo: _Audit | None = None


class _Sign(_Answer):
    SignStatus: int


class _Report(Said):
    phone_number: Number
    report_time: Wall
    success: bool
    err_code: Word
    biz_id: Word
    out_id: Word | None = None


class _Reply(Said):
    phone_number: Number
    content: str
    send_time: Wall
    sign_name: Word | None = None


class Aliyun(Speaking):
    """The vendor."""

    name = "aliyun"
    home = "https://dysmsapi.aliyuncs.com"
    most = 1_000
    syntax = Syntax.NAMED
    whole = True
    taken = '{"code":0,"msg":"成功"}'.encode()

    def _send(self, numbers: Sequence[str], text: Text) -> Sequence[Result]:
        values = dict(text.values)
        asked = {
            "PhoneNumbers": ",".join(numbers),
            "SignName": self._account.sign,
            "TemplateCode": text.template,
            "OutId": text.mark,
        }
        filled = {"TemplateParam": json.dumps(values, ensure_ascii=False)} if values else {}
        answer = self._ask("SendSms", asked | filled)
        verdict, sent = self._judged(answer, _Sent)
        return self._refused(verdict, numbers) if sent is None else [Took(sent.BizId)] * len(numbers)

    # -- asking -----------------------------------------------------------------------------------

    def find(self, number: str, mark: str, since: datetime) -> bool | None:
        if any(detail.OutId == mark for detail in self._details(number, since)):
            return True
        age = self._clock.now() - since
        proof = self.patience is not None and self.patience <= age <= timedelta(DAYS - 1)
        return False if proof else None

    def receipt(self, number: str, reference: str, mark: str, since: datetime) -> Report | None:
        for detail in self._details(number, since, reference):
            if reference and detail.SendStatus == WAITING:
                return None  # it is this one: no other day knows more
            if detail.SendStatus != WAITING and (reference or detail.OutId == mark):
                arrived = detail.SendStatus == ARRIVED
                when = self._at(detail.ReceiveDate or detail.SendDate)
                return Report(plain(number), reference, arrived, detail.ErrCode or "", when, detail.OutId or "")
        return None

    def template(self, code: str) -> Registered | None:
        found = self._query("GetSmsTemplate", {"TemplateCode": code}, _Template, "isv.SMS_TEMPLATE_ILLEGAL")
        if found is None:
            return None
        why = found.AuditInfo.RejectInfo if found.AuditInfo else None
        return Registered(found.TemplateContent, self._state(found.TemplateStatus), reason(why or ""))

    def sign_state(self, name: str) -> State | None:
        found = self._query("GetSmsSign", {"SignName": name}, _Sign, "isv.SMS_SIGNATURE_ILLEGAL")
        return None if found is None else self._state(found.SignStatus)

    def _details(self, number: str, since: datetime, reference: str = "") -> Iterator[_Detail]:
        """The texts to ``number`` since then, by days, the newest of a day first."""
        given = {"PhoneNumber": number, "PageSize": str(PAGE)} | ({"BizId": reference} if reference else {})
        for day in self._days(since):
            for page in range(1, PAGES + 1):
                asked = given | {"SendDate": f"{day:%Y%m%d}", "CurrentPage": str(page)}
                found = self._query("QuerySendDetails", asked, _Found)
                details = found.SmsSendDetailDTOs.SmsSendDetailDTO if found else []
                yield from details
                if len(details) < PAGE:
                    break
            else:
                raise self._unanswered(self._odd())  # more than anybody has sent: what is behind was not seen

    def _days(self, since: datetime) -> Iterator[date]:
        """The days here from ``since`` to today, as far back as it can be asked."""
        now = self._clock.now()
        day = wall(max(since - SKEW, now - timedelta(DAYS - 1))).date()
        while day <= wall(now).date():
            yield day
            day += timedelta(1)

    def _at(self, given: str) -> datetime:
        try:
            return at_wall(given)
        except ValueError:
            raise self._unanswered(self._odd()) from None

    def _state(self, number: int) -> State:
        if number not in STATES:
            raise self._unanswered(self._odd())
        return STATES[number]

    # -- speaking ---------------------------------------------------------------------------------

    def _code(self, answer: HttpAnswer) -> tuple[str, str] | None:
        told = answered(answer, _Answer)
        return None if told is None else (told.Code, told.RequestId)

    def _ask(self, action: str, given: Mapping[str, str]) -> HttpAnswer:
        request = acs3.Acs3Request(self._host, action, VERSION, given)
        headers = acs3.signed_headers(request, self._account.key, self._clock.now(), self._nonce())
        url = f"{self._origin}/?{acs3.encoded(given)}"
        return self._http.request("POST", url, headers=headers, limit=MOST_ANSWER)

    # -- what it posts ----------------------------------------------------------------------------

    @classmethod
    def reports(cls, body: bytes) -> Sequence[Report]:
        found = posted_each(cls.name, body, _Report)
        return [
            Report(plain(one.phone_number), one.biz_id, one.success, one.err_code, one.report_time, one.out_id or "")
            for one in found
        ]

    @classmethod
    def replies(cls, body: bytes) -> Sequence[Reply]:
        found = posted_each(cls.name, body, _Reply)
        return [Reply(plain(one.phone_number), one.content, one.send_time, one.sign_name or "") for one in found]
