"""The front matter read as fields: one table of nodes, everything wrong with it collected."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import TypeVar

from config.kinds import Field
from notices.front import Node
from notices.problem import FileRefused, Problem, Wrong
from notices.values import Value, instant, typed

T = TypeVar("T")
_EMPTY: tuple[object, ...] = ("", [], {})
_SUGGESTIONS = 50  # a file with more mistakes is no notice at all


@dataclass
class Entries:
    """Nodes by the name of their field; whoever finds something wrong says so here and goes on."""

    file: str
    end: int  # the line where what is missing would stand
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, label: str, key: str, **values: object) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.file, line, label, key, values))

    @property
    def places(self) -> set[tuple[int, str]]:
        """Line and field of each."""
        return {(one.line, one.field) for one in self.problems}

    def refuse(self) -> None:
        """Raises ``FileRefused`` if anything was wrong."""
        if self.problems:
            raise FileRefused(self.problems)

    def attempt(self, line: int, label: str, act: Callable[[], T]) -> T | None:
        """What ``act`` gives; None, and a problem noted, if it raises ``Wrong``."""
        try:
            return act()
        except Wrong as wrong:
            self.wrong(line, label, wrong.key, **wrong.values)
            return None

    def named(self, table: Mapping[str, Node], names: Mapping[str, str], path: str = "") -> dict[str, Node]:
        """``table`` by English names; ``names`` maps every accepted key to its name. Unknown keys are problems."""
        found: dict[str, Node] = {}
        labels: dict[str, str] = {}
        for label, meant in names.items():
            labels.setdefault(meant, label)
        for key, node in table.items():
            name = names.get(key)
            if name is None:
                near = get_close_matches(key, names, 3, 0.5) if len(self.problems) < _SUGGESTIONS else []
                allowed = "、".join(labels.values())
                self.wrong(
                    node.line, path + key, "unknown_near" if near else "unknown", near="、".join(near), allowed=allowed
                )
            elif name in found:
                self.wrong(node.line, path + key, "key_twice", name=key, first=found[name].line)
            elif node.value not in _EMPTY:
                found[name] = node
        return found

    def emptied(self, table: Mapping[str, Node], names: Mapping[str, str], name: str) -> Node | None:
        """The node of the field ``name`` where it is written as a list with nothing in it."""
        return next((node for key, node in table.items() if names.get(key) == name and node.value == []), None)

    def inner(self, node: Node) -> dict[str, Node]:
        """What a table holds, without what is empty; nothing for other nodes."""
        if not isinstance(node.value, dict):
            return {}
        return {key: inner for key, inner in node.value.items() if inner.value not in _EMPTY}

    def text(self, node: Node, label: str, *, one_line: bool = True) -> str | None:
        """The node as a text."""
        if not isinstance(node.value, str):
            self.wrong(node.line, label, "no_text")
            return None
        if one_line and "\n" in node.value:
            self.wrong(node.line, label, "one_line")
            return None
        return node.value

    def value(self, field_: Field, node: Node) -> Value | None:
        """The node as the one value of its field."""
        text = self.text(node, field_.label, one_line=field_.type != "text" or field_.name == "title")
        return None if text is None else self.attempt(node.line, field_.label, lambda: typed(field_, text))

    def lines(self, node: Node, label: str) -> tuple[str, ...]:
        """The node as a list of texts; a single text is a list of one."""
        nodes = node.value if isinstance(node.value, list) else [node]
        texts = (self.text(item, label) for item in nodes)
        return tuple(text for text in texts if text)

    def chosen(self, field_: Field, node: Node) -> tuple[str, ...]:
        """The node as some of the field's choices."""
        nodes = node.value if isinstance(node.value, list) else [node]
        values = (self.value(Field(**{**field_.__dict__, "type": "choice"}), item) for item in nodes)
        return tuple(value.text for value in values if value)

    def tables(self, node: Node, label: str) -> list[tuple[int, dict[str, Node]]]:
        """The node as a list of tables, each with its line; a single table is a list of one."""
        nodes = node.value if isinstance(node.value, list) else [node]
        found = []
        for item in nodes:
            if isinstance(item.value, dict):
                found.append((item.line, item.value))
            else:
                self.wrong(item.line, label, "no_table")
        return found

    def rows(self, field_: Field, node: Node) -> list[dict[str, str]]:
        """The node as the rows of a table with the field's columns."""
        found = []
        for line, table in self.tables(node, field_.label):
            row = {}
            for column, cell in self.named(table, {name: name for name in field_.columns}, f"{field_.label}.").items():
                if text := self.text(cell, f"{field_.label}.{column}"):
                    row[column] = text
            if row:
                found.append({column: row[column] for column in field_.columns if column in row})
            elif not table:
                self.wrong(line, field_.label, "row_empty")
        return found

    def filled(
        self, node: Node, names: Mapping[str, str], label: str, required: Collection[str]
    ) -> dict[str, Node] | None:
        """The node as a table that has every ``required`` name; None, and the problems noted, if it has not."""
        if not isinstance(node.value, dict):
            self.wrong(node.line, label, "no_table")
            return None
        found = self.named(node.value, names, f"{label}.")
        missing = [key for key, name in names.items() if name in required and name not in found and not key.isascii()]
        for key in missing:
            self.wrong(node.line, f"{label}.{key}", "missing")
        return None if missing else found

    def at(self, node: Node, label: str) -> datetime | None:
        """The node as an instant."""
        text = self.text(node, label)
        return None if text is None else self.attempt(node.line, label, lambda: instant(text))
