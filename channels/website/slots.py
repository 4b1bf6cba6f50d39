"""What sending puts into the slots of a notice's page: true dates, what became of it, what stands beside it."""

from typing import Any

from channels.base import Slot
from channels.shelf import Item, Shelf, State
from channels.website.asked import asked
from channels.website.entry import Listed, end_at, is_over, listed, shown_at
from channels.website.site import Site, notice_file, stamp
from config.columns import columns
from notices.notice import RelationType

MOST_TIES = 50  # notices that point here are shown at most

# What a relation is called on the page that states it, and on the page it points to.
WORDS = {
    RelationType.REPLACES: ("替代", "被替代"),
    RelationType.INTERPRETS: ("解读的文件", "政策解读"),
    RelationType.CONSULTS: ("征求意见的事项", "征求意见"),
    RelationType.FEEDS_BACK: ("征求意见", "意见采纳反馈"),
    RelationType.PROGRESS: ("所属决策", "实施进展"),
    RelationType.CORRECTS: ("被更正的公开件", "更正公告"),
    RelationType.RELATED: ("相关", "相关"),
}


def slots(site: Site, shelf: Shelf, item: Item) -> dict[Slot, str]:
    """Each slot of ``item``'s page with what fills it, as HTML."""
    return {
        Slot.PUBLISHED_AT: stamp(item.first_released_at),
        Slot.UPDATED_AT: stamp(item.updated_at),
        Slot.VALIDITY: _validity(site, shelf, item),
        Slot.BANNER: _banner(site, shelf, item),
        Slot.NEIGHBOURS: _neighbours(site, shelf, item),
        Slot.WINDOW: _window(site, shelf, item),
    }


def _validity(site: Site, shelf: Shelf, item: Item) -> str:
    """有效性: 有效, 失效 or 废止 (国办秘书局《政府信息公开目录系统实施指引》)."""
    return site.part(
        "validity.html",
        withdrawn=item.state is not State.SHOWN,
        replaced=bool(_replacing(shelf, item)),
        end=end_at(item),
        ended=is_over(end_at(item), item),
    )


def _banner(site: Site, shelf: Shelf, item: Item) -> str:
    shown = [(type_, listed(other)) for type_, other in _pointed(shelf, item) if other.state is State.SHOWN]
    corrections = item.entry["corrections"] if item.state is State.SHOWN else []
    return site.part(
        "banner.html",
        urgent=item.entry["urgent"],
        end=end_at(item),
        ended=is_over(end_at(item), item),
        shown=shown_at(item),
        shown_out=is_over(shown_at(item), item),
        asked=asked(site, shelf, item),
        replaced=_replacing(shelf, item),
        corrected=[other for type_, other in shown if type_ == RelationType.CORRECTS],
        earlier=corrections[-2::-1],
    )


def _window(site: Site, shelf: Shelf, item: Item) -> str:
    found = asked(site, shelf, item)
    return site.part("window.html", asked=found) if found else ""


def _replacing(shelf: Shelf, item: Item) -> list[Listed]:
    """What took its place and is there to read."""
    found = [other for type_, other in _pointed(shelf, item) if type_ == RelationType.REPLACES]
    successor = shelf.get(item.entry["redirect"])
    found = [successor, *found] if successor else found
    return list(dict.fromkeys(listed(other) for other in found if other.state is State.SHOWN))


def _neighbours(site: Site, shelf: Shelf, item: Item) -> str:
    if not item.listed:
        return ""
    before, after = shelf.around(item.subject, item.entry["column"])
    return site.part(
        "neighbours.html",
        relations=[*_stated(shelf, item), *_pointing(shelf, item)],
        column=columns()[item.entry["column"]].name,
        before=listed(before) if before else None,
        after=listed(after) if after else None,
    )


def _stated(shelf: Shelf, item: Item) -> list[dict[str, Any]]:
    """What ``item`` itself relates to; the title is the one its author wrote."""
    found = []
    for tie in item.entry["relations"]:
        other = shelf.get(tie["notice"]) if tie["notice"] else None
        line = {"words": WORDS[tie["type"]][0], "title": tie["title"], "name": "", "day": "", "mark": ""}
        found.append({**line, **(_state(other) if other else {})})
    return found


def _pointing(shelf: Shelf, item: Item) -> list[dict[str, Any]]:
    """Who says to relate to ``item``, unless it says so itself."""
    stated = {tie["notice"] for tie in item.entry["relations"]}
    found = []
    for type_, other in _pointed(shelf, item):
        if other.listed and other.subject not in stated:
            found.append({"words": WORDS[type_][1], "title": other.entry["title"], **_state(other)})
    return found


def _pointed(shelf: Shelf, item: Item) -> list[tuple[RelationType, Item]]:
    """The notices that state a relation to ``item``, newest first."""
    ties = [tie for tie in shelf.ties_to(item.subject) if tie.type in set(RelationType)]
    found = [(RelationType(tie.type), shelf.get(tie.subject)) for tie in ties[-MOST_TIES:]]
    return [(type_, other) for type_, other in reversed(found) if other]


def _state(other: Item) -> dict[str, str]:
    mark = {State.SHOWN: "", State.WITHDRAWN: "已撤回", State.GONE: "已撤下", State.REDIRECTED: "已被替代"}[other.state]
    return {"name": notice_file(other.subject), "day": listed(other).day, "mark": mark}
