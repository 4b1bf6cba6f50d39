"""Markdown as HTML, plain text and blocks: safe, in order, and saying the same."""

import re
from itertools import pairwise

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from notices.text import (
    Heading,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Table,
    blocks,
    html,
    plain,
    safe_link,
)

BODY = """各单位：

## 一、标准

上限为**22350元**，见[表](附件1%20表.csv)、[网站](https://yunling.example/a)。
第二行接着写。

| 项目 | 金额 |
| --- | ---: |
| 上限 | *22350元* |

1. 先申报；
2. 后补缴：
   - 单位
   - 个人

> 引文

---

### 小标题
"""


def test_blocks() -> None:
    assert blocks(BODY) == (
        Paragraph((Run("各单位："),)),
        Heading(1, (Run("一、标准"),)),
        Paragraph(
            (
                Run("上限为"),
                Run("22350元", strong=True),
                Run("，见"),
                Run("表", href="%E9%99%84%E4%BB%B61%20%E8%A1%A8.csv"),
                Run("、"),
                Run("网站", href="https://yunling.example/a"),
                Run("。第二行接着写。"),
            )
        ),
        Table(
            ((Run("项目"),), (Run("金额"),)),
            (((Run("上限"),), (Run("22350元", emphasis=True),)),),
            ("", "right"),
        ),
        Listing(
            (
                (Paragraph((Run("先申报；"),)),),
                (
                    Paragraph((Run("后补缴："),)),
                    Listing(((Paragraph((Run("单位"),)),), (Paragraph((Run("个人"),)),))),
                ),
            ),
            1,
        ),
        Quote((Paragraph((Run("引文"),)),)),
        Rule(),
        Heading(2, (Run("小标题"),)),
    )


def test_a_picture_is_a_run_of_its_own_with_its_words() -> None:
    shown = Run("图", picture="流程 图.png")
    assert blocks("见![图](<./流程 图.png>)。") == (Paragraph((Run("见"), shown, Run("。"))),)
    assert blocks("![图](流程%20图.png)![图](流程%20图.png)") == (Paragraph((shown, shown)),)
    assert blocks("![](a.png)") == (Paragraph((Run("", picture="a.png"),)),), "without words it is there all the same"
    assert plain("见![图](a.png)。\n\n![](b.png)").split("\n") == ["见图。", ""]


def test_plain_text_has_every_word_in_order() -> None:
    assert plain(BODY).split("\n") == [
        "各单位：",
        "一、标准",
        "上限为22350元，见表、网站。第二行接着写。",
        "项目\t金额",
        "上限\t22350元",
        "1. 先申报；",
        "2. 后补缴：",
        "单位",
        "个人",
        "引文",
        "小标题",
    ]


def test_lines_join_as_chinese_and_latin_want() -> None:
    assert plain("甲\n乙\nby the\nsea **丙**\n丁") == "甲乙by the sea 丙丁"
    assert "\n" not in html("甲\n乙").strip()


def test_html_gives_attachments_their_address() -> None:
    made = html(BODY, attachments={"附件1 表.csv": "/f/ab/t.csv"})
    assert 'href="/f/ab/t.csv"' in made
    assert 'href="https://yunling.example/a"' in made
    assert "<strong>22350元</strong>" in made
    assert '<td style="text-align:right"><em>22350元</em></td>' in made


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ("# 甲", [2]),
        ("# 甲\n# 乙\n## 丙", [2, 2, 3]),
        ("### 甲\n# 乙\n#### 丙\n##### 丁\n## 戊", [2, 2, 3, 4, 3]),
        ("## 甲\n#### 乙\n### 丙", [2, 3, 3]),
        ("甲\n===\n乙\n---\n", [2, 3]),
    ],
)
def test_headings_begin_below_the_pages_own_and_leave_no_gap(body: str, levels: list[int]) -> None:
    assert [int(level) for level in re.findall(r"<h(\d)>", html(body))] == levels
    assert [block.level + 1 for block in blocks(body) if isinstance(block, Heading)] == levels


@given(st.lists(st.integers(1, 6), max_size=12))
def test_no_heading_skips_a_level(written: list[int]) -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)>", html("\n".join(f"{'#' * level} 题" for level in written)))]
    assert len(levels) == len(written)
    assert all(2 <= level <= 6 for level in levels)
    assert not levels or levels[0] == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("https://a.example/b?c=1", True),
        ("http://a.example", True),
        ("mailto:a@b.example", True),
        ("tel:12333", True),
        ("表.csv", True),
        ("./表.csv", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("file:///etc/passwd", False),
        ("//evil.example/x", False),
        ("/etc/passwd", False),
        ("../密.pdf", False),
        ("%2e%2e%2f密.pdf", False),
        ("http:表.csv", False),
        ("https://[broken", False),
        ("#top", False),
        ("", False),
    ],
)
def test_links(target: str, safe: bool) -> None:
    assert safe_link(target) is safe


ALLOWED = {
    "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "em",
    "s", "a", "img", "br", "hr", "blockquote", "code", "pre",
}  # fmt: skip
SNIPPETS = st.sampled_from([
    "<script>", "</p>", "<img src=x onerror=alert(1)>", "[a](javascript:b)", "![x](data:y)", "<a href='//e'>", "&lt;",
    "**", "_", "`", "\n\n", "| a | b |\n| - | - |\n| c | d |\n", "> ", "1. ", "- ", "# ", "<!--", "[a]", "\n",
    "[a]: javascript:x\n", '"onclick="', "<svg/onload=x>", "&#x6a;avascript:", "<https://a.example>", "<javascript:x>",
])  # fmt: skip


@given(st.lists(SNIPPETS | st.text(max_size=8), max_size=12).map("".join))
def test_html_is_safe_by_anothers_judgement(body: str) -> None:
    made = html(body)
    root = lxml_html.fragment_fromstring(made, create_parent="div")
    for element in root.iterdescendants():
        assert element.tag in ALLOWED, element.tag
        assert set(element.attrib) <= {"href", "src", "alt", "title", "start", "style", "class"}, element.attrib
        for attribute in ("href", "src"):
            if attribute in element.attrib:
                assert safe_link(str(element.attrib[attribute])), element.attrib
    assert len(lxml_html.fragment_fromstring(nh3.clean(made), create_parent="div").xpath("//*")) == len(
        root.xpath("//*")
    )


@given(st.lists(SNIPPETS | st.text(max_size=8), max_size=12).map("".join))
def test_plain_text_says_what_the_page_says(body: str) -> None:
    shown = lxml_html.fragment_fromstring(html(body), create_parent="div").text_content()
    without_numbers = re.sub(r"^(\d+\. )+", "", plain(body), flags=re.MULTILINE)
    kept = "".join(char for char in without_numbers if char.isalnum())
    assert "".join(char for char in shown if char.isalnum()) in (kept, "".join(c for c in plain(body) if c.isalnum()))
