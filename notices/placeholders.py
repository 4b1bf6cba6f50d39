"""What an example says where its author is to write. It may be looked at as it stands; nobody signs it."""

from collections.abc import Iterator, Mapping

from notices.front import Node, Parts
from notices.problem import FileRefused, Problem

NAME = "请填姓名"
FILL = "（请填）"
TITLE = "（请改写标题）"
SUMMARY = "请用一两句话说明：什么事、对谁有影响、什么时候。"
NEXT = "请写下一步做什么"
HEADING = "## 一、小标题"
HOW = "正文用 Markdown：空一行另起一段，“## ”开头是小标题，“- ”开头是列表。"
BODY = "请在这里写{}的正文。"

_FRONT = (NAME, TITLE, SUMMARY, NEXT, FILL)
_OPENS, _, _ENDS = BODY.partition("{}")


def unfilled(parts: Parts, file: str) -> list[Problem]:
    """Every place of a file that is as the example had it."""
    found = [Problem(file, line, path, "placeholder", {"given": text}) for path, text, line in _front(parts.front)]
    for number, line in enumerate(parts.body.split("\n"), parts.body_line):
        if line.strip() in (HEADING, HOW, NEXT) or (line.startswith(_OPENS) and line.rstrip().endswith(_ENDS)):
            found.append(Problem(file, number, "正文", "placeholder", {"given": line.strip()}))
    return found


def refuse_unfilled(problems: tuple[Problem, ...]) -> None:
    """Raises ``FileRefused`` when there are any."""
    if problems:
        raise FileRefused(problems)


def _front(table: Mapping[str, Node], above: str = "") -> Iterator[tuple[str, str, int]]:
    """Path, text and line of each value that an example filled in for show."""
    for name, node in table.items():
        path = f"{above}.{name}" if above else name
        yield from _within(node, path)


def _within(node: Node, path: str) -> Iterator[tuple[str, str, int]]:
    if isinstance(node.value, dict):
        yield from _front(node.value, path)
    elif isinstance(node.value, list):
        for one in node.value:
            yield from _within(one, path)
    else:
        yield from ((path, mark, node.line) for mark in _FRONT if mark in node.value)
