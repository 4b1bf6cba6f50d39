"""An author's words mention nobody, lead nowhere and mark nothing, and read as they were written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wecom.marks import UNSEEN, Markdown, Text
from tests import factories
from tests.channels.wecom.robots import content

MENTION = re.compile(r"<@[^>\n]*>")
LINK = re.compile(r"\[[^\]\n]*\]\([^)\n]*\)")
MARKED = re.compile(r"\*\*|`|</?font|^\s*(#{1,6} |>)", re.MULTILINE)
BARE = re.compile(r"(?i)[a-z]+://|www\.")

HOSTILE = [
    "<@all>",
    "<@lixiao>",
    "@all",
    "[点这里](https://evil.example/)",
    "![图](https://evil.example/x.png)",
    "https://evil.example/",
    "HTTPS://evil.example",
    "www.evil.example",
    "见www.evil.example",
    "**重要**",
    "`code`",
    "# 标题",
    "> 引用",
    '<font color="warning">红</font>',
    "&lt;@all&gt;",
    "一行\n# 两行\n> 三行",
    "- 一\n1. 二",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stand_there_as_words(words: str) -> None:
    said = Markdown().harmless(words)
    for form in (MENTION, LINK, MARKED, BARE):
        assert not form.search(said), said
    assert "&lt;" not in said
    assert said.replace(UNSEEN, "").replace("｀", "`") == " ".join(words.split())
    assert not MENTION.search(Text().harmless(words))
    assert not BARE.search(Text().harmless(words))


@given(st.text(st.sampled_from("<>@[]()*`#&:/w.ａ字 \n\u200b\u202e~_!font"), max_size=40))
def test_no_combination_becomes_a_mark(words: str) -> None:
    said = Markdown().harmless(words)
    for form in (MENTION, LINK, MARKED, BARE):
        assert not form.search(said), said
    assert "\n" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("words", HOSTILE)
def test_only_the_templates_marks_are_in_a_message(words: str) -> None:
    version = factories.version(title=words, summary=words, number=2, public_note=words, document_number=words)
    for said in (
        factories.message(version, previous=factories.version()),
        factories.message(version, sequence=3, withdrawal=factories.withdrawal(reason=words)),
    ):
        text = content(said)
        assert MENTION.findall(text) == []
        assert [link for link in LINK.findall(text) if said.address not in link] == []
        assert set(re.findall(r"</?font[^>]*>", text)) == {'<font color="warning">', "</font>"}
        assert BARE.findall(text.replace(said.address, "")) == []
        assert len(MENTION.findall(content(said, mention=("lixiao",)))) == 1
