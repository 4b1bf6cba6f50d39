"""Builders of the words of the product for tests: a sound one by default, any field changed by name."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from channels.base import Rendition, Work
from notices.facts import Fact, FactType, forms
from notices.notice import (
    Approval,
    Message,
    MessageKind,
    Office,
    Scope,
    SecrecyReview,
    Version,
    Withdrawal,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
PUBLIC_URL = "http://gongkai.test"
RELEASED = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)

BODY = """各参保单位、灵活就业人员：

按照省人力资源和社会保障厅公布的上年度全口径城镇单位就业人员月平均工资7450元核定，现将有关事项通知如下：

## 一、缴费基数

2026年度我区企业职工基本养老、失业、工伤保险月缴费基数上限为22350元、下限为4470元。

| 险种 | 上限 | 下限 |
| --- | --- | --- |
| 企业职工基本养老保险 | 22350元 | 4470元 |
| 失业保险 | 22350元 | 4470元 |

## 二、差额补缴

1. 已按2025年度基数缴费的，差额于**10月30日**前补缴。
2. 补缴期间不收滞纳金。
"""

FIELDS = {
    "insurances": ["企业职工基本养老保险", "失业保险", "工伤保险"],
    "year": "2026",
    "starts_on": "2026-01-01",
    "upper": "22350",
    "lower": "4470",
    "average_wage": "7450",
    "basis_number": "云人社发〔2026〕21号",
    "declare_how": "单位通过社会保险网上服务平台申报",
    "make_up_by": "2026-10-30",
}


def fact(name: str, label: str, type_: FactType, value: str, unit: str = "") -> Fact:
    """A fact in all the forms it may be written in."""
    return Fact(name=name, label=label, type=type_, value=value, unit=unit, forms=forms(type_, value, unit))


FACTS = (
    fact("year", "执行年度", FactType.NUMBER, "2026", "年"),
    fact("starts_on", "执行起始日", FactType.DATE, "2026-01-01"),
    fact("upper", "基数上限", FactType.AMOUNT, "22350", "元"),
    fact("lower", "基数下限", FactType.AMOUNT, "4470", "元"),
    fact("average_wage", "上年度月平均工资", FactType.AMOUNT, "7450", "元"),
    fact("basis_number", "上级依据文号", FactType.DOCUMENT_NUMBER, "云人社发〔2026〕21号"),
    fact("make_up_by", "补缴截止日", FactType.DATE, "2026-10-30"),
    fact("issued_on", "成文日期", FactType.DATE, "2026-11-20"),
    fact("formed_on", "形成日期", FactType.DATE, "2026-11-20"),
    fact("effective_on", "施行日期", FactType.DATE, "2026-01-01"),
    fact("phone", "咨询电话", FactType.PHONE, "12333"),
)


def office(**changes: Any) -> Office:
    """区人社局 of the fictional 云岭高新区."""
    fields: dict[str, Any] = {
        "id": "rsj",
        "name": "云岭高新区人力资源和社会保障局",
        "short": "区人社局",
        "code": "11530100MB1A2B3C4D",
        "site_code": "5301990012",
        "index_pattern": "{code}/{year}-{serial:05d}",
        "postal_address": "云岭高新区云岭大道88号政务中心3楼，邮编650000",
        "hours": "工作日9:00—12:00，13:30—17:00",
        "phone": "0800-8123456",
        "supervision_phone": "0800-8123457",
        "sections": {"jy": "就业服务中心", "sb": "社会保险股", "bgs": "办公室"},
    }
    return Office(**{**fields, **changes})


def version(**changes: Any) -> Version:
    """T1, first version, approved: 2026年度社会保险缴费基数."""
    fields: dict[str, Any] = {
        "notice": "202611-7k3q9d2m",
        "number": 1,
        "office": "rsj",
        "kind": "t01",
        "index_number": "11530100MB1A2B3C4D/2026-00001",
        "title": "关于公布云岭高新区2026年度社会保险缴费基数上下限的通知",
        "document_number": "云高人社发〔2026〕18号",
        "issued_on": date(2026, 11, 20),
        "formed_on": date(2026, 11, 20),
        "effective_on": date(2026, 1, 1),
        "topic": "社会保险",
        "genre": "通知",
        "catalogue_item": "社会保险/社会保险缴费",
        "disclosure": "主动公开",
        "disclosure_basis": "《中华人民共和国政府信息公开条例》第二十条第（十一）项",
        "section": "sb",
        "owner": "林某某",
        "deputy": "周某某",
        "phone": "12333",
        "supervision_phone": "0800-8123457",
        "review_on": None,
        "summary": "公布2026年度社会保险月缴费基数上限22350元、下限4470元，差额于10月30日前补缴。",
        "keywords": ("社会保险", "缴费基数"),
        "fields": FIELDS,
        "facts": FACTS,
        "channels": ("website", "feed"),
        "body": BODY,
        "approval": Approval(by="陈某某", at=datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)),
        "secrecy": SecrecyReview(by="赵某某", at=datetime(2026, 11, 22, 16, 0, tzinfo=SHANGHAI), result="可公开"),
    }
    return Version(**{**fields, **changes})


def message(said: Version | None = None, **changes: Any) -> Message:
    """The message that says ``said`` (default: ``version()``); with ``withdrawal=`` the one that withdraws it."""
    said = said or version()
    month, _, name = said.notice.partition("-")
    fields: dict[str, Any] = {
        "subject": said.notice,
        "sequence": said.number,
        "kind": MessageKind.WITHDRAWAL if changes.get("withdrawal") else MessageKind.VERSION,
        "office": office(id=said.office),
        "version": said,
        "address": f"{PUBLIC_URL}/n/{month}/{name}.html",
        "urgency": said.urgency,
        "expires_at": said.expires_at,
    }
    fields |= changes
    return Message(**{"id": f"{fields['subject']}.{fields['sequence']}", **fields})


def reminder(**changes: Any) -> Message:
    """What staff are told of a consultation's feedback, by the endpoint ``lin``."""
    fields = {
        "stage": "快到期",
        "until": "2026-12-21（星期一）当天办结",
        "by": "12月21日",
        "duty": "意见采纳情况反馈",
        "about": "关于公开征求《云岭高新区公益性岗位开发管理办法》意见的公告",
        "number": "11530100MB1A2B3C4D/2026-00001",
        "whose": "社会保险股",
        "basis": "各地规定，默认与主动公开同为二十个工作日",
        "todo": "公布“意见采纳情况反馈”，关联写明这件公开件的索引号",
        "command": "gongkai publish 文件.md",
        "note": "林晓 2026-12-10 至 2026-12-18 由何静代办，两人都收到这条提醒",
    }
    said = Version(
        notice="reminder-3f9c2a7be410-owner-20261214T090000",
        number=1,
        office="rsj",
        kind="r01",
        index_number=fields["number"],
        title=f"【{fields['stage']}】{fields['duty']}：{fields['about']}",
        issued_on=date(2026, 12, 14),
        formed_on=date(2026, 12, 14),
        topic="政务公开",
        genre="通知",
        disclosure="依申请公开",
        disclosure_basis=fields["basis"],
        scope=Scope.UNIT,
        section="sb",
        owner="林某某",
        phone="0800-8123456",
        supervision_phone="0800-8123457",
        summary=f"{fields['duty']}，{fields['until']}。",
        fields=fields,
        channels=("staff_mail", "staff_wecom", "staff_sms"),
        body=f"{fields['duty']}，{fields['until']}。",
    )
    address = "http://127.0.0.1:8081/due#3f9c2a7be410"
    given = {"kind": MessageKind.REMINDER, "address": address, "endpoints": ("lin",)}
    return message(said, **given | changes)


def withdrawal(**changes: Any) -> Withdrawal:
    """A withdrawal whose page stays, under a banner."""
    fields: dict[str, Any] = {
        "reason": "上级调整了缴费基数，原通知停止执行。",
        "leaves": "banner",
        "at": datetime(2026, 11, 25, 15, 0, tzinfo=SHANGHAI),
    }
    return Withdrawal(**{**fields, **changes})


def work(said: Message, rendition: Rendition, **changes: Any) -> Work:
    """``said`` as a channel is asked to send it: first attempt, nothing done yet."""
    fields: dict[str, Any] = {
        "delivery": f"d-{said.id}",
        "key": f"k-{said.id}",
        "endpoint": "site",
        "endpoint_sequence": said.sequence,
        "message": said,
        "supersedes": (),
        "rendition": rendition,
        "released_at": RELEASED,
        "first_released_at": RELEASED,
        "attempt": 1,
    }
    return Work(**{**fields, **changes})
