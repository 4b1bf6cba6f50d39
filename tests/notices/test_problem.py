"""Every mistake has its words, and every word its mistake."""

import ast

import pytest

from config.messages import catalogue
from notices.problem import FileRefused, Problem
from tests.source import python_files, tree

KEYS = {name for name in catalogue("notice") if not name.endswith("_fix") and not name.startswith("tidy_")} - {
    "problem",
    "problem_bare",
}


def test_every_key_says_what_and_what_to_do() -> None:
    assert {f"{key}_fix" for key in KEYS} <= catalogue("notice").keys()
    assert {name.removesuffix("_fix") for name in catalogue("notice") if name.endswith("_fix")} == KEYS


def test_every_key_is_used() -> None:
    words = {
        node.value
        for file in python_files("notices", "producers")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(KEYS - words) == []


def test_problems_come_in_the_order_of_the_lines() -> None:
    late, early = Problem("n.md", 9, "标题", "missing"), Problem("n.md", 2, "文种", "missing")
    refused = FileRefused([late, early])
    assert refused.problems == (early, late)
    assert str(refused).startswith("n.md, line 2, 文种: ")


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh", "n.md 第3行 文号：发文字号“云人社发[2026]21号”的年份没有用六角括号。写成“云人社发〔2026〕21号”。"),
        ("en", "n.md, line 3, 文号: the year in '云人社发[2026]21号' is not in 〔〕; write 云人社发〔2026〕21号."),
    ],
)
def test_one_line_says_it_all(lang: str, text: str) -> None:
    values: dict[str, object] = {"given": "云人社发[2026]21号", "right": "云人社发〔2026〕21号"}
    assert Problem("n.md", 3, "文号", "document_number_brackets", values).text(lang) == text
