"""Notices' files for tests: a sound one by default, any line of its front matter changed by its Chinese name."""

from pathlib import Path

import pytest

from notices.document import Draft, read
from notices.problem import FileRefused, Problem
from tests.factories import office

PUBLIC = ("website", "feed", "poster")
FRONT = {
    "标题": "关于调整窗口服务时间的更正公告",
    "文种": "更正公告",
    "发文机关": "云岭高新区人力资源和社会保障局",
    "成文日期": "2026-11-20",
    "形成日期": "2026-11-20",
    "公开依据": "《中华人民共和国政府信息公开条例》第六条",
    "责任股室": "办公室",
    "责任人": "吴桐",
    "内容概述": "更正窗口服务时间。",
    "被更正文件": "关于调整窗口服务时间的通告",
    "原公布日期": "2026-11-18",
    "更正日期": "2026-11-20",
    "更正内容": "[{位置: 第一条, 原文: 9时, 更正为: 8时30分}]",
    "更正原因": "录入差错",
    "影响说明": "无",
    "签发": "{签发人: 陈远, 时间: 2026-11-20 10:00}",
    "保密审查": "{审查人: 林晓, 时间: 2026-11-20 09:00, 结果: 可公开}",
}
BODY = "更正如下。\n"


def written(folder: Path, changes: dict[str, str | None] | None = None, body: str = BODY) -> Path:
    """The file with ``changes``: a new or other value, or None for a line that is not there."""
    front = {**FRONT, **(changes or {})}
    lines = [f"{key}: {value}" for key, value in front.items() if value is not None]
    return raw(folder, "\n".join(["---", *lines, "---", "", body]).encode())


def raw(folder: Path, content: bytes) -> Path:
    """A file of just these bytes."""
    file = folder / "notice.md"
    file.write_bytes(content)
    return file


def draft(file: Path) -> Draft:
    """What the file says."""
    return read(file, offices=[office()], public_channels=PUBLIC)


def problems(file: Path) -> list[Problem]:
    """Everything wrong with the file, in words that fill in."""
    with pytest.raises(FileRefused) as refused:
        draft(file)
    for problem in refused.value.problems:
        for lang in ("zh", "en"):
            text = problem.text(lang)
            assert problem.file in text
            assert str(problem.line) in text
            assert "{" not in problem.what(lang).replace(str(problem.values.get("given", "")), "")
    return list(refused.value.problems)


def only(file: Path) -> Problem:
    """The one thing wrong with the file."""
    found = problems(file)
    assert len(found) == 1, [problem.text("zh") for problem in found]
    return found[0]


def line_of(file: Path, start: str) -> int:
    """The number of the first line that begins so."""
    lines = file.read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))
