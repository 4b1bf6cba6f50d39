"""栏目更新: how long the office may leave a column, its front page, or an account (政务新媒体) without anything new
(国办秘函〔2019〕19号)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from config import columns as file
from config.columns import columns, front_page
from config.kinds import written_kinds
from notices.calendar.rules import rules
from notices.calendar.term import Rule

COLUMN = "column"  # what the duties are begun by, beside the rows of config/begins.toml


@dataclass(frozen=True)
class Place:
    """A column, the front page with everything that is published, or an account with whatever went there."""

    name: str
    kinds: tuple[str, ...]  # that count as news of it
    rule: Rule  # the term within which something new must follow its newest notice
    endpoint: str = ""  # the account; empty: a column
    channel: str = ""  # of the account

    @property
    def key(self) -> str:
        """What tells it from the office's others, whatever it is called."""
        return f"endpoint/{self.endpoint}" if self.endpoint else self.name


@cache
def places() -> tuple[Place, ...]:
    """Every column that must be kept up to date. Raises ``ValueError`` that names what is wrong in the file."""
    kinds, front = written_kinds(), front_page()
    found = [_place(front.name, front.stale_after, tuple(one.id for one in kinds.values() if one.column))]
    for column in columns().values():
        if column.stale_after:
            of = tuple(one.id for one in kinds.values() if one.column == column.id)
            found.append(_place(column.name, column.stale_after, of))
    return tuple(found)


@cache
def media() -> Mapping[str, Rule]:
    """Each channel whose accounts must be kept up to date, and within which term. Raises as ``places``."""
    return {one.channel: _rule(one.channel, one.stale_after) for one in file.media()}


def account(endpoint: str, channel: str, title: str) -> Place:
    """The account that ``endpoint`` is."""
    return Place(title, tuple(written_kinds()), _named(media()[channel], title), endpoint, channel)


def _place(name: str, term: str, kinds: tuple[str, ...]) -> Place:
    return Place(name, kinds, _named(_rule(name, term), name))


def _named(rule: Rule, name: str) -> Rule:
    return replace(rule, name=f"{rule.name}：{name}", name_en=f"{rule.name_en}: {name}")


def _rule(name: str, term: str) -> Rule:
    if term not in rules():
        raise ValueError(f"config/columns.toml: {name}: stale_after is no term: {term}; known: {', '.join(rules())}")
    return rules()[term]
