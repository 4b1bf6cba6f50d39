"""``docs/command-line.md`` as data: what it promises of each command."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.source import ROOT

TEXT = (ROOT / "docs" / "command-line.md").read_text("utf-8")
OPEN = ("options", "channels", "detail", "looked_at")  # tables whose keys are names of the day


@dataclass(frozen=True)
class Section:
    """One command's."""

    examples: tuple[tuple[str, ...], ...]  # the words after `gongkai`
    options: Mapping[str, tuple[str, str]]  # as written → Chinese, English
    keys: frozenset[str]  # of its JSON answers, dotted: `files[].title`


def sections() -> dict[str, Section]:
    """By the command's name."""
    found = {}
    for piece in re.split(r"^### gongkai ", TEXT, flags=re.M)[1:]:
        name, _, body = piece.partition("\n")
        body = re.split(r"^#{1,3} ", body, flags=re.M)[0]
        found[name.strip()] = Section(tuple(_examples(body)), _options(body), frozenset(_documented(body)))
    return found


def common_options() -> Mapping[str, tuple[str, str]]:
    """The options of every command."""
    return _options(TEXT.partition("## 退出码")[0])


def exits() -> dict[int, str]:
    """The table of exit codes: number → name."""
    return {int(number): name for number, name in re.findall(r"^\| (\d+) \| `([a-z]+)` \|", TEXT, re.M)}


def worst_first() -> list[int]:
    """The row that says which of several codes wins."""
    (row,) = re.findall(r"^([\d、]+)。With several files", TEXT, re.M)
    return [int(number) for number in row.split("、")]


def failure_keys() -> frozenset[str]:
    """What an answer holds when its command failed."""
    return frozenset({"exit", *(f"error.{key}" for key in _shapes()["error"])})


def keys(answer: object) -> set[str]:
    """The keys of a JSON answer as the manual writes them."""
    return set(_keys(answer, ""))


def undocumented(answer: object, documented: frozenset[str]) -> set[str]:
    """Keys of an answer that the manual does not have; where a list is empty, what stands in it is not known."""
    return {
        key
        for key in keys(answer)
        if not any(one == key or one.startswith((f"{key}.", f"{key}[]")) for one in documented)
    }


def _keys(value: object, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and path.rpartition(".")[2] not in OPEN:
        for key, inner in value.items():
            yield from _keys(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping) and not path.endswith("problems"):
        for inner in value:
            yield from _keys(inner, f"{path}[]")
    else:
        yield path


def _documented(body: str) -> Iterator[str]:
    shapes = _shapes()
    for line in re.findall(r"^JSON[^:]*: (.*)$", body, re.M):
        for key, _, shape in (word.partition(": ") for word in re.findall(r"`([^`]+)`", line)):
            yield from ((f"{key}.{inner}" for inner in shapes[shape]) if shape else (key,))


def _shapes() -> dict[str, list[str]]:
    found = re.findall(r"^- ([a-z]+) \S+ — (.*)$", TEXT, re.M)
    return {name: re.findall(r"`([^`]+)`", line) for name, line in found}


def _options(body: str) -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(-[^`]+)` \| ([^|]+) \| ([^|]+) \|$", body, re.M)
    return {spec: (chinese, english) for spec, chinese, english in rows}


def _examples(body: str) -> Iterator[tuple[str, ...]]:
    for block in re.findall(r"^```sh\n(.*?)^```", body, re.M | re.S):
        for line in block.splitlines():
            words: list[Any] = shlex.split(line, comments=True)
            if words and words[0] == "gongkai":
                yield tuple(words[1:])
