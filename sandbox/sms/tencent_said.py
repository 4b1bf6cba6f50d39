"""What 腾讯云短信 answers, piece by piece."""

import re
from datetime import UTC, datetime
from typing import Any

from sandbox.sms.numbers import e164
from sandbox.sms.registered import LONGEST, Kind, State, Template
from sandbox.sms.variables import LINK
from sandbox.sms.vendor import Refusal
from sandbox.sms.witness import Receipt, Reply

STATES = {State.APPROVED: 0, State.REVIEWING: 1, State.REJECTED: -1, State.CANCELLED: -1}
FIXED = int(datetime(2026, 1, 5, 1, tzinfo=UTC).timestamp())  # when everything registered was handed in


def filled(template: Template, sign: str, values: list[str], most: int) -> str:
    """The text as the phone gets it. Raises ``Refusal`` when ``values`` may not fill ``template``."""
    if len(values) != len(template.blanks):
        says = "The request does not match the approved template"
        raise Refusal("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", says)
    for value in values:
        if template.kind is Kind.CAPTCHA and not re.fullmatch("[0-9]{0,6}", value):
            says = "Verification code template parameter format error"
            raise Refusal("InvalidParameterValue.TemplateParameterFormatError", says)
        if len(value) > most:
            says = "The length of a template variable exceeds the limit"
            raise Refusal("InvalidParameterValue.TemplateParameterLengthLimit", says)
        if LINK.search(value):
            says = "A URL is prohibited in a template variable"
            raise Refusal("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", says)
    text = template.filled(sign, {str(number): value for number, value in enumerate(values, 1)})
    if len(text) > LONGEST:
        raise Refusal("InvalidParameterValue.ContentLengthLimit", "The SMS content is too long")
    return text


def status_of(number: str, serial: str, fee: int, context: str, code: str, says: str) -> dict[str, Any]:
    """The result of one number."""
    return {
        "SerialNo": serial,
        "PhoneNumber": number,
        "Fee": fee,
        "SessionContext": context,
        "Code": code,
        "Message": says,
        "IsoCode": "CN" if number.startswith("+86") else "DEF",
    }


def receipt_of(receipt: Receipt) -> dict[str, Any]:
    """A receipt that is pulled."""
    return {
        "UserReceiveTime": int(datetime.fromisoformat(receipt.at).timestamp()),
        "CountryCode": "86",  # nobody else is sent to
        "SubscriberNumber": receipt.number,
        "PhoneNumber": e164(receipt.number),
        "SerialNo": receipt.serial,
        "ReportStatus": "SUCCESS" if receipt.well else "FAIL",
        "Description": receipt.code,
        "SessionContext": "",
    }


def reply_of(reply: Reply) -> dict[str, Any]:
    """A reply that is pulled."""
    return {
        "ExtendCode": "",
        "CountryCode": "86",
        "PhoneNumber": e164(reply.number),
        "SignName": reply.sign,
        "ReplyContent": reply.text,
        "ReplyTime": int(datetime.fromisoformat(reply.at).timestamp()),
        "SubscriberNumber": reply.number,
    }


def template_entry(template: Template) -> dict[str, Any]:
    """A template with its review."""
    return {
        "TemplateId": int(template.code),
        "International": 0,
        "StatusCode": STATES[template.reviewed],
        "ReviewReply": template.fault,
        "TemplateName": template.name,
        "CreateTime": FIXED,
        "TemplateContent": template.text,
    }
