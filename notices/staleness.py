"""栏目更新: how long the office may leave a column, or its front page, without anything new (国办秘函〔2019〕19号)."""

from dataclasses import dataclass, replace
from functools import cache

from config.columns import columns, front_page
from config.kinds import written_kinds
from notices.calendar.rules import rules
from notices.calendar.term import Rule

COLUMN = "column"  # what the duties are begun by, beside the rows of config/begins.toml


@dataclass(frozen=True)
class Place:
    """A column, or the front page with everything that is published."""

    name: str
    kinds: tuple[str, ...]  # that count as news of it
    rule: Rule  # the term within which something new must follow its newest notice


@cache
def places() -> tuple[Place, ...]:
    """Every one that must be kept up to date. Raises ``ValueError`` that names what is wrong in the file."""
    kinds, front = written_kinds(), front_page()
    found = [_place(front.name, front.stale_after, tuple(one.id for one in kinds.values() if one.column))]
    for column in columns().values():
        if column.stale_after:
            of = tuple(one.id for one in kinds.values() if one.column == column.id)
            found.append(_place(column.name, column.stale_after, of))
    return tuple(found)


def _place(name: str, term: str, kinds: tuple[str, ...]) -> Place:
    if term not in rules():
        raise ValueError(f"config/columns.toml: {name}: stale_after is no term: {term}; known: {', '.join(rules())}")
    rule = rules()[term]
    return Place(name, kinds, replace(rule, name=f"{rule.name}：{name}", name_en=f"{rule.name_en}: {name}"))
