"""The feedback on comments as a file to be signed: put together from what was said of each, never a name in it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from channels.website.site import day
from config.clock import wall
from config.messages import say
from notices.matter import Matter, Window
from notices.notice import Office, Version
from notices.placeholders import NAME, NEXT
from producers.house import House
from streams.comments.comment import Comment, Disposition, Way, comments_of, undecided
from streams.comments.take import NoWindow
from streams.comments.tied import text_of
from streams.matters import matter_of

TITLE = re.compile(r"关于公开征求(.+)意见的(?:公告|通知|通告)")
OTHER = "其他意见"
UNNAMED = 10  # comments without an answer that are named


class StillOpen(Exception):
    """Comments are still taken; the text is until when."""


class Undecided(Exception):
    """Comments have no answer yet; the text is how many."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(str(len(names)))
        self.candidates = tuple(names[:UNNAMED])


@dataclass(frozen=True)
class Handled:
    """One row of what became of them: comments of a category that were answered alike."""

    category: str
    disposition: Disposition
    count: int
    reason: str


@dataclass(frozen=True)
class Counted:
    """All that the feedback says, in numbers and in categories."""

    received: int
    people: int
    by_way: Mapping[Way, int]
    by_disposition: Mapping[Disposition, int]
    handled: tuple[Handled, ...]


def counted(comments: Sequence[Comment]) -> Counted:
    """The comments that count, summed up; each of them has its answer."""
    mine = [one for one in comments if one.counts]
    ways, ends = Counter(one.way for one in mine), Counter(one.disposition for one in mine)
    groups: dict[tuple[Disposition, str], list[Comment]] = {}
    for one in mine:
        assert one.disposition is not None  # refused before
        groups.setdefault((one.disposition, one.category or one.clause or OTHER), []).append(one)
    order = sorted(groups.items(), key=lambda pair: (list(Disposition).index(pair[0][0]), -len(pair[1])))
    return Counted(
        len(mine),
        sum(one.people for one in mine),
        {way: ways[way] for way in Way if ways[way]},
        {end: ends[end] for end in Disposition},
        tuple(Handled(category, end, len(some), _reasons(some)) for (end, category), some in order),
    )


def feedback(house: House, office: str, number: str, *, next_step: str) -> tuple[str, Counted]:
    """The file, as UTF-8 text, and what was counted. Raises ``NoWindow``, ``StillOpen`` or ``Undecided``."""

    def look(connection: Connection) -> tuple[Matter, Window, Version, list[Comment]]:
        matter = matter_of(connection, office, number)
        if matter is None or matter.window is None:
            raise NoWindow(number)
        asked = text_of(connection, matter.window.notice)
        return matter, matter.window, asked, comments_of(connection, office, number)

    matter, window, asked, every = house.store.read(look)
    now = house.clock.now()
    if now < window.closes_at:
        raise StillOpen(f"{window.open_to.isoformat()} 24:00")
    comments = [one for one in every if matter.is_to_feed_back(one.received_at)]
    if waiting := undecided(comments):
        raise Undecided([one.id for one in waiting])
    sums = counted(comments)
    whose, step = house.outlets.office(office), next_step or NEXT
    front = "\n".join(_front(whose, asked, window, sums, step, now))
    return f"---\n{front}\n---\n\n{_body(whose, asked, window, sums, step, now)}", sums


def _reasons(comments: Sequence[Comment]) -> str:
    return "；".join(dict.fromkeys(one.reason.rstrip("。；") for one in comments if one.reason))


def _front(
    office: Office, asked: Version, window: Window, sums: Counted, next_step: str, now: datetime
) -> Iterator[str]:
    today = wall(now).date()
    adopted, partly, not_ = (sums.by_disposition[one] for one in Disposition)
    values: Mapping[str, object] = {
        "标题": _title(asked.title),
        "文种": "意见采纳情况反馈",
        "发文机关": office.name,
        "成文日期": today.isoformat(),
        "形成日期": today.isoformat(),
        "主题分类": asked.topic,
        "公开依据": "《重大行政决策程序暂行条例》第三十二条",
        "责任股室": office.sections.get(asked.section, asked.section),
        "责任人": asked.owner,
        "咨询电话": asked.phone,
        "内容概述": f"征求意见期间共收到意见{sums.received}条，采纳{adopted}条、部分采纳{partly}条、未采纳{not_}条，"
        "逐类说明处理结果和理由。",
        "关键词": ["意见采纳", "征求意见反馈"],
        "关联": [{"类型": "意见采纳反馈", "标题": asked.title, "索引号": asked.index_number}],
        "脱敏方案": "提出意见人的姓名、单位和联系方式一律不公开",
        "渠道": list(asked.channels),
        "决策编号": asked.fields["dossier"],
        "征集开始": asked.fields["open_from"],
        "征集截止": window.open_to.isoformat(),
        "意见总数": f"{sums.received}条",
        "参与人次": f"{sums.people}人次",
        "渠道分布": _ways(sums),
        "采纳条数": f"{adopted}条",
        "部分采纳条数": f"{partly}条",
        "未采纳条数": f"{not_}条",
        "意见处理": _handling(sums),
        "下一步": next_step,
        "联系人": asked.fields["contact"],
        "签发": {"签发人": NAME, "时间": f"{wall(now):%Y-%m-%d %H:%M}"},
        "保密审查": {"审查人": NAME, "时间": f"{wall(now):%Y-%m-%d %H:%M}", "结果": "区分处理后公开"},
    }
    for name, value in values.items():
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}" if not _is_rows(value) else _rows(name, value)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _rows(name: str, rows: object) -> str:
    assert isinstance(rows, list)
    return "\n".join([f"{name}:", *(f"  - {json.dumps(row, ensure_ascii=False)}" for row in rows)])


def _ways(sums: Counted) -> "list[dict[str, object]]":
    ways = sums.by_way or {Way.WEB: 0}
    return [{"渠道": say(f"comment.way_{way}", "zh"), "意见条数": count} for way, count in ways.items()]


def _handling(sums: Counted) -> "list[dict[str, object]]":
    if not sums.handled:
        none = {"意见类别": "没有收到意见", "意见条数": 0, "处理结果": "无", "理由": "征求意见期间没有收到意见"}
        return [none]
    return [
        {
            "意见类别": one.category,
            "意见条数": one.count,
            "处理结果": say(f"comment.result_{one.disposition}", "zh"),
            "理由": one.reason,
        }
        for one in sums.handled
    ]


def _title(asked: str) -> str:
    found = TITLE.fullmatch(asked)
    return f"关于{found[1]}意见采纳情况的公告" if found else f"{asked}：意见采纳情况"


def _body(office: Office, asked: Version, window: Window, sums: Counted, next_step: str, now: datetime) -> str:
    adopted, partly, not_ = (sums.by_disposition[one] for one in Disposition)
    first = day(datetime.fromisoformat(str(asked.fields["open_from"])).date())
    opening = f"{first}至{day(window.open_to)}，我局就“{asked.fields['matter']}”公开征求意见"
    if office.short and not office.short.endswith("局"):
        opening = opening.replace("我局", "本机关")
    if not sums.received:
        parts = [f"{opening}，没有收到意见。"]
    else:
        parts = [
            f"{opening}，共有{sums.people}人次提出意见{sums.received}条。经逐条研究，采纳{adopted}条、"
            f"部分采纳{partly}条、未采纳{not_}条。现将情况公告如下。"
        ]
        titles = dict(zip(Disposition, ("采纳的意见", "部分采纳的意见", "未采纳的意见"), strict=True))
        numerals = iter("一二三四")
        for end in Disposition:
            rows = [one for one in sums.handled if one.disposition is end]
            if rows:
                parts.append(f"## {next(numerals)}、{titles[end]}")
                parts += [f"**{_plain(one.category)}**（{one.count}条）：{_plain(one.reason)}。" for one in rows]
        parts.append(f"## {next(numerals)}、下一步")
        parts.append(f"{_plain(next_step)}。感谢所有提出意见的单位和群众。" if next_step != NEXT else next_step)
    return "\n\n".join([*parts, office.name, day(wall(now).date()), ""])


def _plain(text: str) -> str:
    """As Markdown that says just that."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split())).rstrip("。")
