"""What an endpoint of the channel may set. Nothing of it can say more in a header or a command than it is."""

import re
from ipaddress import ip_address
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from channels import base
from channels.smtp.letter import Tls
from config.messages import say

MOST = 50  # recipients: a list that somebody keeps by hand; RFC 5321 §4.5.3.1.8 lets every server take twice as many
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})+")  # RFC 5321 §4.1.2
HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
USER = re.compile(r"[!-~]{1,255}")
PASSWORD = re.compile(r"[ -~]{1,255}")
PORTS = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587}


class MailOptions(base.Options):
    """One list of addresses, and the server at which its mails are handed in."""

    server: str
    port: int | None = Field(None, ge=1, le=65_535)  # default: 465, with STARTTLS 587
    tls: Tls = Tls.IMPLICIT
    user: str = ""
    secret: str = ""  # the name of the secret: the user's password
    sender: str
    to: tuple[str, ...] = Field(min_length=1, max_length=MOST)

    @field_validator("to", mode="before")
    @classmethod
    def _one_is_a_list(cls, given: Any) -> Any:
        """Whoever types a command writes them with commas."""
        return tuple(one.strip() for one in given.split(",")) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _can_be_said(self) -> "MailOptions":
        for one in (self.sender, *self.to):
            if ADDRESS.fullmatch(one) is None:
                raise _wrong("address", given=one)
        if len({one.lower() for one in self.to}) < len(self.to):
            raise _wrong("twice")
        if HOST.fullmatch(self.server) is None:
            raise _wrong("host", given=self.server)
        if bool(self.user) != bool(self.secret) or (self.user and USER.fullmatch(self.user) is None):
            raise _wrong("user")
        if self.tls is Tls.NONE and self.port is None:
            raise _wrong("port")
        if self.tls is Tls.NONE and self.user and not _is_here(self.server):
            raise _wrong("open_password")
        return self

    @property
    def at(self) -> int:
        """The port."""
        return self.port or PORTS[self.tls]


def _wrong(name: str, **values: object) -> PydanticCustomError:
    return PydanticCustomError("mail", "{cause}", {"cause": say(f"mail.wrong_{name}", **values)})


def _is_here(host: str) -> bool:
    """Whether it is an address of this machine; names can lead anywhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
