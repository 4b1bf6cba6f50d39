"""A filled example of a notice's file, for ``gongkai new``: sound as it stands, and to be written over."""

import json
from collections.abc import Mapping
from datetime import datetime

from config.fields import common_fields
from config.kinds import Example, Field, Kind
from notices.notice import Office
from notices.placeholders import BODY, HEADING, HOW, NAME, SUMMARY, TITLE
from notices.samples import expand

_FRONT = "---\n"


def skeleton(kind: Kind, office: Office, now: datetime) -> str:
    """The file, as UTF-8 text, for an aware instant ``now``."""
    section = next(iter(office.sections.values()))
    given: dict[str, str] = {
        "title": f"{office.short}{kind.name}{TITLE}",
        "kind": kind.name,
        "office": office.name,
        "issued_on": "{{today}}",
        "formed_on": "{{today}}",
        "topic": kind.topic,
        "genre": kind.genre,
        "disclosure": "主动公开",
        "disclosure_basis": "《中华人民共和国政府信息公开条例》第二十条",
        "scope": "全社会",
        "section": section,
        "owner": NAME,
        "phone": office.phone,
        "supervision_phone": office.supervision_phone,
        "summary": SUMMARY,
        "urgency": "紧急" if kind.emergency else "普通",
    }
    if kind.emergency:
        given["expires_at"] = "{{now+12h}}"
    lines = ["# 每行写“名称: 内容”，冒号用半角、后面空一格；以 # 开头的行不起作用"]
    for field in common_fields():
        if field.name == "approval":
            lines += ["", f"# —— {kind.name}的要素 ——"]
            excuses = {one.unless for one in kind.orders}  # nobody has one by leaving an example in
            for own in kind.fields:
                filled = entry(own, own.example)
                lines += [f"# {line}" for line in filled] if own.name in excuses else filled
            lines += ["", "# —— 签发和保密审查 ——", *signed("{{now}}")]
        elif field.name in given:
            lines += entry(field, given[field.name])
        elif field.name in _OPTIONAL:
            lines += [f"# {line}" for line in _OPTIONAL[field.name]]
    body = f"{BODY.format(kind.name)}\n\n{HEADING}\n\n{HOW}\n"
    if kind.carries:
        body += f"\n## 二、{kind.carries[0]}\n\n{BODY.format(kind.carries[0])}\n"
    return expand(f"{_FRONT}{chr(10).join(lines)}\n{_FRONT}\n{body}", now)


_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "index_number": ("索引号: 不写就由程序编号",),
    "document_number": ("文号: 云人社发〔{{year}}〕21号",),
    "planned_on": ("拟公开日期: {{today}}   # 这一天以前不发",),
    "release_at": ("定时发布: {{today+1}} 09:00   # 到这一刻才发；不写就马上发",),
    "effective_on": ("施行日期: {{today+10}}",),
    "ends_on": ("失效日期: {{today+365}}",),
    "validity": ("有效性: 有效   # 可选：有效、失效、废止、部分失效；不写就由施行日期和失效日期得出",),
    "catalogue_item": ("标准目录事项: 社会保险/社会保险缴费   # 基层政务公开标准目录里的名称",),
    "review_on": ("复审日期: {{today+365}}",),
    "deputy": ("B角: 姓名",),
    "keywords": ("关键词: [社会保险, 缴费基数]",),
    "relations": ("关联:", "  - 类型: 替代", "    标题: 被替代的文件名", "    索引号: 它的索引号"),
    "attachments": ("附件: [放在同一文件夹的文件名.pdf]",),
    "channels": ("渠道: [网站, 订阅源]   # 不写就用文种的默认渠道",),
    "wording": ("渠道用语:", "  海报:", "    标题: 海报上用的短标题"),
    "masking": ("脱敏方案: 只列姓名、岗位代码、准考证号后四位和总成绩",),
}


def signed(at: str) -> list[str]:
    """签发 and 保密审查 at an instant, to be filled in."""
    return [
        "签发: # 必填",
        f"  签发人: {NAME}",
        f'  时间: "{at}"',
        "保密审查: # 必填；结果：可公开、区分处理后公开",
        f"  审查人: {NAME}",
        f'  时间: "{at}"',
        "  结果: 可公开",
    ]


def entry(field: Field, example: Example) -> list[str]:
    """The lines of a field with this value."""
    notes = ["必填"] if field.required else []
    notes += [field.help] if field.help else []
    notes += [f"可选：{'、'.join(field.choices)}"] if field.choices else []
    note = f" # {'；'.join(notes)}" if notes else ""
    if isinstance(example, str):
        return [f"{field.label}: {_quoted(example)}{note}"]
    lines = [f"{field.label}:{note}"]
    for item in example:
        if isinstance(item, str):
            lines.append(f"  - {_quoted(item)}")
        else:
            cells = [f"{column}: {_quoted(cell)}" for column, cell in item.items()]
            lines += [f"  - {cells[0]}", *(f"    {cell}" for cell in cells[1:])]
    return lines


def _quoted(text: str) -> str:
    """As YAML: in quotes where a plain text could be taken for something else."""
    plain = text.replace("{{", "").replace("}}", "").replace("-", "")
    return (
        text
        if plain and all(char.isalnum() for char in plain) and text[0] != "{"
        else json.dumps(text, ensure_ascii=False)
    )
