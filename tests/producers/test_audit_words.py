"""Whatever the audit's own check finds is said in the reader's language."""

import re

import pytest

from producers.audit_words import told
from streams.audit import Flaw
from tests.source import ROOT

FOUND = re.compile(r'yield Flaw\([^"]*f?"([^"]+)"')
FILLED = {"{name}": "heads.jsonl", "{row.number}": "7", "{number - 1}": "5"}


def every() -> list[str]:
    """What it may say, as its source has it."""
    source = (ROOT / "streams" / "audit.py").read_text("utf-8")
    texts = FOUND.findall(source)
    assert len(texts) == source.count("yield Flaw(")
    for blank, value in FILLED.items():
        texts = [text.replace(blank, value) for text in texts]
    return texts


@pytest.mark.parametrize("what", every())
def test_a_flaw_is_told(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for lang, letters in (("zh", "[\u4e00-\u9fff]"), ("en", "[a-z]{3}")):
        monkeypatch.setenv("GONGKAI_LANG", lang)
        said = told(Flaw("rsj", 6, what))
        assert re.search(letters, said)
        assert lang == "en" or not re.search("[a-z]{3}", said.replace("heads.jsonl", ""))
