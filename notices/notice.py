"""A notice and its versions: what an office makes public."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from notices.facts import Fact


class Frozen(BaseModel):
    """Base of every value here: immutable, and nothing unknown gets in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(StrEnum):
    """The states of a version, in order; a notice ends as ``withdrawn``, or ``cancelled`` before it was public."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class Scope(StrEnum):
    """公开范围: who may read it. Public channels refuse every scope but ``public``."""

    PUBLIC = "public"  # 全社会
    GROUP = "group"  # 特定群体
    INSURED = "insured"  # 参保单位
    UNIT = "unit"  # 本单位
    PERSON = "person"  # 本人


class Urgency(StrEnum):
    """How fast it must go; an emergency has lanes of its own and needs an expiry."""

    ROUTINE = "routine"
    EMERGENCY = "emergency"


class Approval(Frozen):
    """签发: who let it out, and when."""

    by: str
    at: AwareDatetime


class SecrecyReview(Frozen):
    """保密审查, item by item before anything leaves (保守国家秘密法 art. 35, 实施条例 art. 42)."""

    by: str
    at: AwareDatetime
    result: str  # 可公开 | 区分处理后公开


class Attachment(Frozen):
    """附件: a file of a version, known by its content."""

    name: str
    media_type: str
    size: int  # bytes
    sha256: str


class RelationType(StrEnum):
    """How one notice stands to another."""

    REPLACES = "replaces"  # 替代
    INTERPRETS = "interprets"  # 解读
    CONSULTS = "consults"  # 征求意见
    FEEDS_BACK = "feeds_back"  # 意见采纳反馈
    PROGRESS = "progress"  # 实施进展
    CORRECTS = "corrects"  # 更正
    RELATED = "related"  # 相关


class Relation(Frozen):
    """关联项: a tie to another notice of the same office, by its id, or to something outside, by title alone."""

    type: RelationType
    title: str
    notice: str | None = None  # the notice's id; None when it is not one of ours
    index_number: str | None = None


class Content(Frozen):
    """What an author writes: a version before it has a notice, a number and an index number.

    Dates of the office are dates; instants are aware datetimes.
    """

    office: str  # id of the office
    kind: str  # id of the kind: "t01" …
    title: str
    document_number: str | None = None  # 文号
    issued_on: date  # 成文日期
    formed_on: date  # 形成/变更日期: starts the 20-working-day clock
    planned_on: date | None = None  # 拟公开日期: not released before it
    effective_on: date | None = None  # 施行日期
    ends_on: date | None = None  # 失效日期
    validity: str | None = None  # 有效性, where the author says it: 有效 | 失效 | 废止 | 部分失效
    topic: str  # 主题分类
    genre: str  # 体裁分类
    catalogue_item: str | None = None  # 标准目录事项
    disclosure: str  # 公开属性: 主动公开 …
    disclosure_basis: str  # 公开依据
    scope: Scope = Scope.PUBLIC
    urgency: Urgency = Urgency.ROUTINE
    release_at: AwareDatetime | None = None  # 定时发布: nothing leaves the office before it
    expires_at: AwareDatetime | None = None  # after it nothing of this is sent any more
    section: str  # 责任股室 (id of the section)
    owner: str  # 责任人
    deputy: str | None = None  # B角
    phone: str  # 咨询电话
    supervision_phone: str  # 监督电话
    review_on: date | None = None  # 复审日期
    summary: str  # 内容概述: one or two sentences
    keywords: tuple[str, ...] = ()
    masking: str | None = None  # 脱敏方案
    attachments: tuple[Attachment, ...] = ()
    fields: dict[str, Any] = Field(default_factory=dict)  # of the kind, typed by it, JSON-able
    facts: tuple[Fact, ...] = ()
    wording: dict[str, dict[str, str]] = Field(default_factory=dict)  # channel → {field: text}
    channels: tuple[str, ...]  # 渠道清单
    body: str  # Markdown
    approval: Approval | None = None
    secrecy: SecrecyReview | None = None

    def fact(self, name: str) -> Fact | None:
        """The fact called ``name``, if it was given."""
        return next((fact for fact in self.facts if fact.name == name), None)


class Version(Content):
    """版本: an immutable text of a notice."""

    notice: str  # id of the notice
    number: int = Field(ge=1)
    index_number: str  # 索引号
    relations: tuple[Relation, ...] = ()
    public_note: str | None = None  # of a correction: what changed, for the reader
    minor: bool = False  # of a correction: nobody is alerted


class Withdrawal(Frozen):
    """撤回: why, and what readers find at the address afterwards."""

    reason: str
    leaves: str = "banner"  # banner | gone | redirect
    redirect: str | None = None  # id of the notice that takes its place
    at: AwareDatetime


class Office(Frozen):
    """机关: one office on the installation."""

    id: str
    name: str  # 云岭高新区人力资源和社会保障局
    short: str  # 区人社局
    code: str  # 统一社会信用代码
    site_code: str = ""  # 政府网站标识码, 10 digits
    index_pattern: str  # "{code}/{year}-{serial:05d}"
    postal_address: str = ""
    hours: str = ""
    phone: str
    supervision_phone: str
    sections: dict[str, str]  # id → name
    path: str = ""  # where its site hangs below the public address: "" or "/yunling"
    overdue_after: int | None = None  # working days after a promised one before the public is told that it passed
    shorter_windows: bool = True  # false: no window is shorter than the law wants, whatever the reason


class MessageKind(StrEnum):
    """What a message says of its subject."""

    VERSION = "version"
    WITHDRAWAL = "withdrawal"
    MATTER = "matter"  # how a matter stands now; written by the program from what was approved of it
    REMINDER = "reminder"  # to staff: what is owed by when


class Message(Frozen):
    """消息: what is to be said to every endpoint: a version, or its withdrawal.

    ``subject`` is the notice; ``sequence`` rises within it and never returns. ``address`` is the notice's
    permanent public address. ``previous`` is the version that readers have had so far.
    """

    id: str
    subject: str
    sequence: int = Field(ge=1)
    kind: MessageKind
    office: Office
    version: Version
    previous: Version | None = None
    withdrawal: Withdrawal | None = None
    address: str
    urgency: Urgency = Urgency.ROUTINE
    expires_at: AwareDatetime | None = None
    asks: tuple[str, ...] = ()  # of a matter: the notices by which comments are asked for, the consultation first
    endpoints: tuple[str, ...] = ()  # of a reminder: exactly these are to have it, whatever the version's channels

    @property
    def is_correction(self) -> bool:
        """True when readers have had an earlier version."""
        return self.kind is MessageKind.VERSION and self.version.number > 1
