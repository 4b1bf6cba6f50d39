"""Take a notice's file apart: bytes → front matter with the line of every value, and the body.

Scalars stay texts: what a field takes decides how they are read, not YAML's guesses (0800 is no octal number,
12:30 no sum of minutes). Nothing of YAML that could run, refer or repeat is let in: no tags, anchors, aliases.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from config.fields import bounds
from notices.problem import FileRefused, Problem, megabytes

SLOT_PREFIX = "@@gongkai:"  # what channels put where sending fills in; nobody may write it
_JOINERS = "\u200c\u200d"  # some scripts need them
_REPLACEMENT = "\ufffd"
_WIDE_COLON = re.compile(r"\s*(?:- )?(\w{1,12})：")


@dataclass(frozen=True)
class Node:
    """One value of the front matter: a text, a list or a table, and the line it stands on."""

    value: "str | list[Node] | dict[str, Node]"
    line: int  # of its key in a table, else of itself


@dataclass(frozen=True)
class Parts:
    """A file taken apart."""

    front: dict[str, Node]
    end: int  # the line that closes the front matter
    body: str
    body_line: int  # the line the body starts on


def take_apart(raw: bytes, file: str) -> Parts:
    """The parts of a notice's file. Raises ``FileRefused``; ``file`` is only for saying where."""
    text = _decode(raw, file)
    _refuse_marks(text, file)
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise FileRefused([Problem(file, 1, "---", "no_front_matter")])
    end = next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), None)
    if end is None:
        raise FileRefused([Problem(file, 1, "---", "front_matter_open")])
    front = _Reader(file).read("\n".join(lines[1 : end - 1]))
    body = lines[end:]
    blank = next((count for count, line in enumerate(body) if line.strip()), 0)
    return Parts(front, end, "\n".join(body[blank:]).rstrip() + "\n", end + 1 + blank)


def _decode(raw: bytes, file: str) -> str:
    if len(raw) > bounds().file_bytes:
        raise FileRefused([Problem(file, 1, "", "file_too_large", {"limit": megabytes(bounds().file_bytes)})])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileRefused([Problem(file, line, "", "gbk" if _is_gbk(raw) else "not_utf8")]) from None
    return text.replace("\r\n", "\n")


def _is_gbk(raw: bytes) -> bool:
    try:
        return any("\u4e00" <= char <= "\u9fff" for char in raw.decode("gb18030"))
    except UnicodeDecodeError:
        return False


def _refuse_marks(text: str, file: str) -> None:
    if SLOT_PREFIX not in text and not any(forbidden(char) for char in set(text)):
        return
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        bad = next((char for char in line if forbidden(char)), None)
        if bad is not None:
            key = "mojibake" if bad == _REPLACEMENT else "control_character"
            values: dict[str, object] = {"code": f"U+{ord(bad):04X}", "column": line.index(bad) + 1}
            problems.append(Problem(file, number, "", key, values))
        if SLOT_PREFIX in line:
            problems.append(Problem(file, number, "", "slot_mark", {"mark": SLOT_PREFIX}))
    if problems:
        raise FileRefused(problems)


def forbidden(char: str) -> bool:
    """True for characters that hide or reorder text: control, bidirectional, zero-width, line separators."""
    if char.isascii():
        return (char < " " and char not in "\t\n") or char == "\x7f"
    return char == _REPLACEMENT or (unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} and char not in _JOINERS)


class _Reader:
    """YAML events → nodes, within bounds."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.left = bounds().front_matter_values

    def read(self, text: str) -> dict[str, Node]:
        events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        try:
            first = next(event for event in events if not isinstance(event, yaml.StreamStartEvent))
            if isinstance(first, yaml.StreamEndEvent):
                raise FileRefused([Problem(self.file, 2, "", "front_matter_empty")])
            node = self._node(next(events), events, "", 1)
            rest = next(events), next(events)
        except yaml.YAMLError as error:
            raise FileRefused([*self.problems, *(self._wide_colons(text) or [self._broken(error)])]) from None
        if not isinstance(rest[1], yaml.StreamEndEvent):
            self._problem(rest[1], "", "front_matter_twice")
        if not isinstance(node.value, dict):
            table = Problem(self.file, node.line, "", "front_matter_no_table")
            raise FileRefused(self._wide_colons(text) or [table])
        if self.problems:
            raise FileRefused(self.problems)
        return node.value

    def _node(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Node:
        self.left -= 1
        if depth > bounds().front_matter_depth or self.left < 0:
            self._problem(event, path, "front_matter_bounds", depth=bounds().front_matter_depth)
            raise FileRefused(self.problems)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self._problem(event, path, "alias")
        elif event.tag is not None:
            self._problem(event, path, "tag", tag=event.tag)
        line = _line(event)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._table(events, path, depth), line)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(event, events, path, depth + 1))
            return Node(items, line)
        return Node(_scalar(event), line)

    def _table(self, events: Iterator[Any], path: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, path, depth + 1)
            name = key.value if isinstance(key.value, str) else ""
            here = f"{path}.{name}" if path else name
            value = self._node(next(events), events, here, depth + 1)
            if not name:
                self.problems.append(Problem(self.file, key.line, path, "key_no_text"))
            elif name in found:
                self.problems.append(
                    Problem(self.file, key.line, here, "key_twice", {"name": name, "first": found[name].line})
                )
            else:
                found[name] = Node(value.value, key.line)
        return found

    def _problem(self, event: Any, path: str, key: str, **values: object) -> None:
        self.problems.append(Problem(self.file, _line(event), path, key, values))

    def _wide_colons(self, text: str) -> list[Problem]:
        """The commonest slip of who types Chinese: 标题：… with a full-width colon."""
        found = ((number, _WIDE_COLON.match(line)) for number, line in enumerate(text.split("\n"), 2))
        return [Problem(self.file, number, at[1], "wide_colon", {"name": at[1]}) for number, at in found if at]

    def _broken(self, error: yaml.YAMLError) -> Problem:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = str(getattr(error, "problem", None) or "YAML")
        column = mark.column + 1 if mark else 1
        return Problem(self.file, mark.line + 2 if mark else 1, "", "yaml", {"said": said, "column": column})


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 2  # marks count from 0, and the opening --- is above


def _scalar(event: Any) -> str:
    if isinstance(event, yaml.AliasEvent):
        return ""
    text = str(event.value)
    return "" if event.style in (None, "") and re.fullmatch(r"~|null", text) else text.strip()
