"""The sheet at the address of a poster that must come down says what is true, and no more than may be said."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from channels.base import Rendition
from channels.poster.foot import day
from config.clock import SHANGHAI
from tests import factories
from tests.channels.poster.conftest import poster
from tests.channels.poster.samples import messages

VERSION = messages()["t01-contribution-base"].version
AT = datetime(2026, 11, 25, 6, 31, tzinfo=SHANGHAI)


def withdrawn(leaves: str) -> Rendition:
    """The sheet of the withdrawn notice."""
    changes = {"leaves": leaves, "at": AT, "reason": "误公开，已撤下。"}
    message = factories.message(VERSION, sequence=2, withdrawal=factories.withdrawal(**changes))
    return poster(Path("nowhere"), png=False).render(message)


def said(made: Rendition) -> str:
    """Every word of the last sheet and of its file's title, without gaps."""
    reader = PdfReader(BytesIO(made.files[-1].body))
    assert reader.metadata
    return "".join("".join([reader.pages[0].extract_text(), str(reader.metadata.title)]).split())


def test_a_correction_prints_no_day_on_which_nothing_was_corrected() -> None:
    second = VERSION.model_copy(update={"number": 2, "public_note": "下限更正为4480元。"})
    text = said(poster(Path("nowhere"), png=False).render(factories.message(second, previous=VERSION)))
    assert "更正日期" not in text
    assert day(VERSION.issued_on) not in text
    assert "扫码看新版" in text


def test_a_withdrawal_says_when_as_the_site_does() -> None:
    text = said(withdrawn("banner"))
    assert "撤回时间2026年11月25日06:31" in text
    assert "".join(VERSION.title.split()) in text
    assert "扫码看撤回说明" in text


@pytest.mark.parametrize("leaves", ["gone", "redirect"])
def test_what_was_taken_away_is_known_by_its_index_number_alone(leaves: str) -> None:
    text = said(withdrawn(leaves))
    assert VERSION.index_number in text
    assert "扫码看撤回说明" in text
    assert VERSION.document_number
    for hidden in (VERSION.title, "缴费基数", VERSION.document_number, "施行", day(VERSION.issued_on)):
        assert hidden not in text
