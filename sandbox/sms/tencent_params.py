"""Parameters of 腾讯云短信's actions, read strictly."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from sandbox.sms.vendor import Refusal

Params = TypeVar("Params", bound=BaseModel)
_CODES = {"missing": "MissingParameter", "extra_forbidden": "UnknownParameter", "json_invalid": "InvalidParameter"}
UpTo100 = Annotated[StrictInt, Field(ge=0, le=100)]


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SendSms(_Params):
    """SendSms."""

    PhoneNumberSet: list[StrictStr]
    SmsSdkAppId: StrictStr
    TemplateId: StrictStr
    SignName: StrictStr = ""
    TemplateParamSet: list[StrictStr] = []
    ExtendCode: StrictStr = ""
    SessionContext: StrictStr = ""
    SenderId: StrictStr = ""


class Pull(_Params):
    """PullSmsSendStatus, PullSmsReplyStatus."""

    Limit: UpTo100
    SmsSdkAppId: StrictStr


class PullByNumber(_Params):
    """PullSmsSendStatusByPhoneNumber, PullSmsReplyStatusByPhoneNumber."""

    BeginTime: StrictInt
    EndTime: StrictInt | None = None
    Offset: StrictInt
    Limit: UpTo100
    PhoneNumber: StrictStr
    SmsSdkAppId: StrictStr


class TemplateList(_Params):
    """DescribeSmsTemplateList."""

    International: StrictInt
    TemplateIdSet: list[StrictInt] = []
    Limit: UpTo100 = 0
    Offset: StrictInt = 0


class SignList(_Params):
    """DescribeSmsSignList."""

    International: StrictInt
    SignIdSet: list[StrictInt] = []
    Limit: UpTo100 = 10
    Offset: StrictInt = 0


def read(body: bytes, model: type[Params]) -> Params:
    """The parameters in ``body``. Raises ``Refusal`` with the vendor's common codes."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise Refusal(_CODES.get(first["type"], "InvalidParameter"), f"`{name}`: {first['msg']}") from None
