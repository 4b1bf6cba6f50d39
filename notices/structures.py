"""The fields of the front matter that hold more than one value: sign-off, review, ties, a channel's wording."""

from dataclasses import dataclass

from config.channels import channel_names
from config.fields import wording_names
from notices.entries import Entries
from notices.front import Node
from notices.notice import Approval, RelationType, SecrecyReview

MAY_GO_OUT = ("可公开", "区分处理后公开")  # 实施条例 art. 42; the third result, 不予公开, ends the matter
STAYS_IN = "不予公开"

RELATIONS = dict(
    zip(("替代", "解读", "征求意见", "意见采纳反馈", "实施进展", "更正", "相关"), RelationType, strict=True)
)
_SIGN_OFF = {"签发人": "by", "时间": "at", "by": "by", "at": "at"}
_REVIEW = {"审查人": "by", "时间": "at", "结果": "result", "by": "by", "at": "at", "result": "result"}
_TIE = {"类型": "type", "标题": "title", "索引号": "to", "公开件": "to", "type": "type", "title": "title", "to": "to"}


@dataclass(frozen=True)
class Tie:
    """关联项 as the author wrote it: ``to`` is an index number or a notice's id, looked up by the caller."""

    type: RelationType
    title: str
    to: str | None = None


def approval(entries: Entries, node: Node | None) -> Approval | None:
    """签发."""
    found = entries.filled(node, _SIGN_OFF, "签发", ("by", "at")) if node else None
    if found is None:
        return None
    by, at = entries.text(found["by"], "签发.签发人"), entries.at(found["at"], "签发.时间")
    return Approval(by=by, at=at) if by and at else None


def secrecy(entries: Entries, node: Node | None) -> SecrecyReview | None:
    """保密审查: who, when, and that it may go out."""
    found = entries.filled(node, _REVIEW, "保密审查", ("by", "at", "result")) if node else None
    if found is None:
        return None
    by, at = entries.text(found["by"], "保密审查.审查人"), entries.at(found["at"], "保密审查.时间")
    result = entries.text(found["result"], "保密审查.结果")
    if result == STAYS_IN:
        entries.wrong(found["result"].line, "保密审查.结果", "stays_in")
    elif result not in MAY_GO_OUT and result is not None:
        entries.wrong(found["result"].line, "保密审查.结果", "choice", given=result, choices="、".join(MAY_GO_OUT))
    return SecrecyReview(by=by, at=at, result=result) if by and at and result else None


def relations(entries: Entries, node: Node | None) -> tuple[Tie, ...]:
    """关联."""
    ties = []
    for line, table in entries.tables(node, "关联") if node else ():
        found = entries.filled(Node(table, line), _TIE, "关联", ("type", "title"))
        if found is None:
            continue
        type_, title = entries.text(found["type"], "关联.类型"), entries.text(found["title"], "关联.标题")
        to = entries.text(found["to"], "关联.索引号") if "to" in found else None
        if type_ in RELATIONS and title:
            ties.append(Tie(RELATIONS[type_], title, to))
        elif type_ is not None and type_ not in RELATIONS:
            entries.wrong(found["type"].line, "关联.类型", "choice", given=type_, choices="、".join(RELATIONS))
    return tuple(ties)


def wording(entries: Entries, node: Node | None) -> dict[str, dict[str, str]]:
    """渠道用语: channel → text's name → text."""
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        entries.wrong(node.line, "渠道用语", "no_table")
        return {}
    names = wording_names() | {name: name for name in wording_names().values()}
    found: dict[str, dict[str, str]] = {}
    for channel, table in entries.named(node.value, channel_names(), "渠道用语.").items():
        label = f"渠道用语.{channel}"
        for name, text in (entries.filled(table, names, label, ()) or {}).items():
            lines = entries.lines(text, f"{label}.{name}")
            if lines:
                found.setdefault(channel, {})[name] = "\n".join(lines)
    return found
