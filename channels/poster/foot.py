"""The foot of a poster: the code, whom to ask, who signed it when, and the numbers it can be found by."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from channels.poster.qr import Code, code
from config.clock import wall
from notices.notice import Message, Version

CAPTION = "扫码看全文"  # under the code: what it is for

_CALLS = re.compile(r"咨询|监督|举报|投诉|服务|详询|详情|请|拨打|致电|电话|热线|[\s，。、：:；;/｜|（）()]")


@dataclass(frozen=True)
class Foot:
    """What every poster says at its foot."""

    code: Code
    caption: str
    corner: str  # the author's line
    phone: str
    supervision_phone: str
    office: str
    section: str
    hours: str
    signed: str  # 成文日期
    version: str
    validity: str
    references: tuple[str, ...]  # numbers it can be found by


def foot(message: Message, corner: str = "") -> Foot:
    """The foot of a poster of ``message``; ``corner`` is the author's line (角标)."""
    version, office = message.version, message.office
    return Foot(
        code=code(message.address),
        caption=CAPTION,
        corner="" if _is_calls(corner, version) else corner,
        phone=version.phone,
        supervision_phone=version.supervision_phone,
        office=office.name,
        section=office.sections.get(version.section, ""),
        hours=office.hours,
        signed=day(version.issued_on),
        version=f"第{version.number}版",
        validity=_validity(version),
        references=tuple(filter(None, (version.document_number, index(version)))),
    )


def _is_calls(corner: str, version: Version) -> bool:
    """True when ``corner`` says the telephones that stand in the foot anyway, and nothing else."""
    rest = corner.replace(version.phone, "").replace(version.supervision_phone, "")
    return rest != corner and not _CALLS.sub("", rest)


def _validity(version: Version) -> str:
    parts = [
        f"自{day(version.effective_on)}起施行" if version.effective_on else "",
        f"有效期至{day(version.ends_on)}" if version.ends_on else "",
        f"有效至{instant(version.expires_at)}" if version.expires_at else "",
    ]
    return "，".join(filter(None, parts))


def index(version: Version) -> str:
    """索引号 with its name."""
    return f"索引号 {version.index_number}"


def day(on: date) -> str:
    """2026年11月23日."""
    return f"{on.year}年{on.month}月{on.day}日"


def instant(at: datetime) -> str:
    """2026年11月23日09:30, as the clock on the wall shows it, and as the site writes it."""
    here = wall(at)
    return f"{day(here.date())}{here:%H:%M}"
