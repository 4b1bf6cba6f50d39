"""An SMS endpoint's options: whose account, whose numbers, which texts, when, and how much it may cost."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from channels import base
from channels.base import Refused
from channels.http.target import parse
from channels.sms.aliyun import Aliyun
from channels.sms.tencent import Tencent
from channels.sms.vendor import Vendor
from config.messages import say

VENDORS: Mapping[str, type[Vendor]] = MappingProxyType({vendor.name: vendor for vendor in (Aliyun, Tencent)})
VARIABLE = MappingProxyType({"aliyun": 35, "tencent": 6})  # characters, where nothing else was agreed on
PHONE = r"^(0[0-9]{2,3}-?[0-9]{7,8}|[0-9]{5,8}|[48]00-?[0-9]{3}-?[0-9]{4})$"  # of an office: nobody's mobile
Name = Annotated[str, Field(min_length=1)]


class AccountOptions(base.Options):
    """An account at a vendor."""

    vendor: str
    key_id: Name  # AccessKeyId, SecretId
    secret: Name  # the name of the secret: AccessKeySecret, SecretKey
    app: str = ""  # 腾讯云's SmsSdkAppId
    templates: Mapping[str, Name]  # our name of a text → its code at the vendor
    variable_length: int | None = Field(None, ge=1, le=500)  # characters, as agreed with the vendor
    batch: int | None = Field(None, ge=1)  # numbers in one request; the vendor's most without it
    price: Decimal = Field(Decimal("0.05"), ge=0)  # yuan of one segment
    origin: str = ""  # the vendor's own without it; another one only on this machine: the sandbox
    callbacks: str = ""  # the name of the secret in the address that the vendor posts to; there is none without it
    callbacks_from: tuple[str, ...] = ()  # networks from which alone it may post, as CIDR; from anywhere without any

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        vendor = VENDORS.get(self.vendor)
        if vendor is None:
            raise _wrong("vendor", there=", ".join(VENDORS))
        if self.origin and not _is_here(self.origin):
            raise _wrong("origin", origin=vendor.home)
        if self.vendor == Tencent.name and not self.app:
            raise _wrong("app")
        if self.batch is not None and self.batch > vendor.most:
            raise _wrong("batch", most=vendor.most)
        for network in self.callbacks_from:
            if not _is_network(network):
                raise _wrong("network", network=network)
        return self

    @property
    def variables(self) -> int:
        """Characters that a variable may have."""
        return self.variable_length or VARIABLE[self.vendor]

    @property
    def most(self) -> int:
        """Numbers in one request."""
        return self.batch or VENDORS[self.vendor].most

    @property
    def home(self) -> str:
        """Where the vendor is spoken to."""
        return self.origin or VENDORS[self.vendor].home

    @property
    def account(self) -> tuple[str, str, str]:
        """Which one it is."""
        return self.vendor, self.key_id, self.app if self.vendor == Tencent.name else ""


class SmsOptions(AccountOptions):
    """One audience by way of one account, and of a second for whom the first surely did not send to."""

    audience: Name
    sign: str = Field(pattern=r"^[\u3400-\u9fffA-Za-z0-9]{2,12}$")  # 签名, without 【】 (腾讯云 382/39022)
    phone: str = Field(pattern=PHONE)  # whom to ask, in every text
    site: str = Field("本单位网站", pattern=r"^[\u3400-\u9fffA-Za-z0-9]{2,20}$")  # how the texts call the office's site
    ceiling: Decimal | None = Field(None, ge=0)  # yuan that one message may cost unasked
    daily: int | None = Field(None, ge=1)  # texts of the endpoint on one day, Asia/Shanghai; emergencies all the same
    daily_each: int | None = Field(None, ge=1)  # texts to one number on one day by the office's endpoints, likewise
    quiet_from: time = time(22)  # from then …
    quiet_to: time = time(8)  # … to then nothing goes out but emergencies, Asia/Shanghai; both the same: no such hours
    asked_again_after: int = Field(600, ge=1)  # seconds until an absence is looked at again, and believed
    withdrawals: bool = True  # whether those that had a text are told by text that it was withdrawn
    emergencies_twice: bool = False  # whether who may have had an emergency is sent to by the second as well
    second: AccountOptions | None = None  # another account, under the same signature: for whom the first refuses

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.second is not None and self.second.account == self.account:
            raise _wrong("same_account")
        if self.second is None and self.emergencies_twice:
            raise _wrong("twice_by_one")
        if self.second is not None and self.callbacks and self.second.callbacks == self.callbacks:
            raise _wrong("same_token", name=self.callbacks)
        return self

    @property
    def accounts(self) -> tuple[AccountOptions, ...]:
        """The first, and the second if there is one."""
        return (self,) if self.second is None else (self, self.second)


def _wrong(what: str, **values: object) -> PydanticCustomError:
    return PydanticCustomError(what, "{cause}", {"cause": say(f"sms.{what}", **values)})


def _is_here(origin: str) -> bool:
    """Whether ``origin`` is a plain address of this machine. The allow-list decides besides."""
    try:
        target = parse(origin)
    except Refused:
        return False
    return target.literal and ip_address(target.host).is_loopback and origin == target.origin


def _is_network(given: str) -> bool:
    try:
        ip_network(given)
    except ValueError:
        return False
    return True
