"""What an office has registered at a vendor: its account, signatures and templates, as a file says.

The file is read again when it changes. A template that breaks the vendor's own rules is *rejected*, whatever the file
says: nobody could have had it approved.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# No variable that is part of a link, and none beside another (阿里云 463270, 腾讯云 39023).
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；、]*$")
_ODD = re.compile(r"[『』「」〖〗²•①-⑳★※→¥☞✓√\U00010000-\U0010ffff]")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_SIGN = re.compile(r"[\u3400-\u9fffA-Za-z0-9]{2,12}")
OPT_OUT = "拒收请回复R"
WEEK = 604_800  # seconds
LONGEST = 500  # characters of a template, and of a text with its signature and its variables


class State(StrEnum):
    """How far the vendor's review is."""

    REVIEWING = "reviewing"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Kind(StrEnum):
    """What a template is for."""

    NOTICE = "notice"
    CAPTCHA = "captcha"
    PROMOTION = "promotion"


class Order(StrEnum):
    """In which order receipts go out."""

    SENT = "sent"
    REVERSED = "reversed"
    MIXED = "mixed"  # every second one first


@dataclass(frozen=True)
class Rules:
    """What one vendor's registrations may say."""

    blank: re.Pattern[str]  # a variable in a template, its name the group
    numbered: bool  # whether the names are 1, 2, 3 …
    code: re.Pattern[str]  # of a template
    attributes: frozenset[str]  # that a variable may have
    limits: frozenset[str]  # the names of its frequency limits


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Manner(_Table):
    """How receipts go out. ``outcomes``: the carrier's word by number, empty: it never says one."""

    after: float | None = Field(None, ge=0, le=WEEK)  # seconds by the clock; None: only when told
    times: int = Field(1, ge=1, le=100)  # posts of each
    order: Order = Order.SENT
    batch: int = Field(100, ge=1)  # receipts in one post
    outcomes: dict[str, str] = {}
    outcome: str | None = None  # of everybody else; None: it arrived
    patience: float | None = Field(None, gt=0, le=60)  # seconds for the answer to a post; None: as the vendor has


class Sign(_Table):
    """A signature."""

    name: str
    state: State = State.APPROVED
    id: int = 0

    @property
    def reviewed(self) -> State:
        """Its state after the vendor's own rules."""
        return self.state if _SIGN.fullmatch(self.name) else State.REJECTED

    @property
    def usable(self) -> bool:
        """Whether it may be sent under."""
        return self.reviewed is State.APPROVED


class Template(_Table):
    """A template: its text with the vendor's blanks, and for 阿里云 the attribute of each variable.

    It is validated with the vendor's ``Rules`` as the context.
    """

    _rules: Rules
    code: str
    name: str = ""
    kind: Kind = Kind.NOTICE
    state: State = State.APPROVED
    text: str
    variables: dict[str, str] = {}

    def model_post_init(self, context: Any) -> None:
        """Keep the rules."""
        self._rules = context
        if not self._rules.code.fullmatch(self.code):
            raise ValueError(f"{self.code}: {self._rules.code.pattern}")

    @cached_property
    def fault(self) -> str:
        """Why the vendor would reject it; empty when it would not."""
        return _fault(self.text, self.kind, self._rules) or _fault_of_variables(self)

    @property
    def reviewed(self) -> State:
        """Its state after the vendor's own rules."""
        return State.REJECTED if self.fault else self.state

    @property
    def usable(self) -> bool:
        """Whether it may be sent."""
        return self.reviewed is State.APPROVED

    @cached_property
    def blanks(self) -> tuple[str, ...]:
        """The names of its variables in order, each once."""
        return tuple(dict.fromkeys(self._rules.blank.findall(self.text)))

    def filled(self, sign: str, values: Mapping[str, str]) -> str:
        """The text as the phone gets it."""
        return f"【{sign}】" + self._rules.blank.sub(lambda blank: values[blank[1]], self.text)


class Registered(_Table):
    """One vendor's file."""

    key_id: str  # AccessKeyId, SecretId
    app: str = ""  # SmsSdkAppId
    stopped: bool = False  # for want of payment
    balance: int | None = None  # messages that are paid for; None: enough
    variable_length: int | None = None  # characters; None: the vendor's default
    details_after: float = Field(0.0, ge=0, le=WEEK)  # seconds until a text can be found by a query
    limits: dict[str, int] = {}  # another number for a frequency limit, by its name
    report_to: str = ""  # where receipts are posted
    reply_to: str = ""
    receipts: Manner = Manner()
    sign: list[Sign] = []
    template: list[Template] = []

    def model_post_init(self, context: Rules) -> None:
        """Raises ``ValueError`` for a limit that the vendor does not have."""
        if unknown := self.limits.keys() - context.limits:
            raise ValueError(f"limits: {', '.join(sorted(unknown))}; {', '.join(sorted(context.limits))}")

    def sign_named(self, name: str) -> Sign | None:
        """The signature, if there is one."""
        return next((sign for sign in self.sign if sign.name == name), None)

    def template_of(self, code: str) -> Template | None:
        """The template, if there is one."""
        return next((template for template in self.template if template.code == code), None)


class Unreadable(Exception):
    """The file is wrong; the text says how."""


class Registrations:
    """The file, read again when it has changed."""

    def __init__(self, file: Path, rules: Rules) -> None:
        self._file = file
        self._rules = rules
        self._seen: tuple[int, int] | None = None
        self._found: Registered | None = None

    def read(self) -> Registered | None:
        """What is registered now; None while there is no file. Raises ``Unreadable``."""
        if not self._file.exists():
            return None
        state = self._file.stat()
        if (state.st_mtime_ns, state.st_size) != self._seen:
            try:
                tables = tomllib.loads(self._file.read_text("utf-8"))
                self._found = Registered.model_validate(tables, context=self._rules)
            except ValueError as wrong:
                raise Unreadable(f"{self._file.name}: {wrong}") from None
            self._seen = (state.st_mtime_ns, state.st_size)
        return self._found


def _fault(text: str, kind: Kind, rules: Rules) -> str:
    if not 1 <= len(text) <= LONGEST:
        return f"模板内容为1~{LONGEST}个字符"
    if "【" in text or "】" in text or text[0] in "[" or text[-1] in "]":
        return "模板内容不能使用【】，首尾不能使用[ ]"
    if odd := _ODD.search(text):
        return f"不支持特殊符号：{odd[0]}"
    if _MOBILE.search(text):
        return "不支持个人手机号"
    blanks = list(rules.blank.finditer(text))
    if any(one.end() == other.start() for one, other in pairwise(blanks)):
        return "两个变量不能相邻"
    fixed = rules.blank.sub("", text)
    if "{" in fixed or "}" in fixed:
        return "变量格式错误"
    if not re.search(r"\w", fixed):
        return "不支持全变量模板"
    if any(_LINK.search(text[: blank.start()]) for blank in blanks):
        return "不支持变量链接"
    return _fault_of_kind(text, kind)


def _fault_of_variables(template: Template) -> str:
    rules = template._rules
    if rules.numbered and {*template.blanks} != {str(each) for each in range(1, len(template.blanks) + 1)}:
        return "变量须从1开始连续编号"
    if unknown := template.variables.keys() - set(template.blanks):
        return f"模板中没有变量：{'、'.join(sorted(unknown))}"
    if unknown := set(template.variables.values()) - rules.attributes:
        return f"没有变量属性：{'、'.join(sorted(unknown))}"
    return ""


def _fault_of_kind(text: str, kind: Kind) -> str:
    if kind is Kind.PROMOTION and not text.endswith(OPT_OUT):
        return f"推广短信末尾需加“{OPT_OUT}”"
    if kind is Kind.NOTICE and "拒收" in text:
        return f"通知短信不能包含“{OPT_OUT}”"
    if kind is Kind.CAPTCHA and not re.search("验证码|注册码|校验码|动态码", text):
        return "验证码模板需包含“验证码、注册码、校验码、动态码”之一"
    return ""
