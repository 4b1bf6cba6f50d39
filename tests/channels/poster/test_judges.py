"""Every sample's poster before judges nobody here wrote, and read back as a reader would."""

from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from channels.base import Rendition
from channels.poster.prose import prose
from config.kinds import kinds
from notices.strays import check
from producers.rendering import known_figures
from tests import factories
from tests.channels.poster.conftest import poster, rendition
from tests.channels.poster.samples import messages
from tests.parts.judges import verapdf

NAMES = sorted(messages())
NOT_FIRST = "，。、；：？！）》」』”’〕…％%"
NOT_LAST = "（《「『“‘〔"


def correction() -> Rendition:
    """A second version with the sheet that takes the first one's place."""
    first = messages()["t01-contribution-base"].version
    second = first.model_copy(update={"number": 2, "public_note": "下限由4470元更正为4480元。"})
    return poster(Path("nowhere")).render(factories.message(second, previous=first))


def withdrawal() -> Rendition:
    """The sheet of a withdrawn notice."""
    version = messages()["t01-contribution-base"].version
    return poster(Path("nowhere")).render(factories.message(version, sequence=2, withdrawal=factories.withdrawal()))


def test_verapdf_finds_nothing_on_any_sheet(tmp_path: Path) -> None:
    made = {name: rendition(name) for name in NAMES} | {"correction": correction(), "withdrawal": withdrawal()}
    made["a2"] = rendition("t04-proposed-hires", "A2")
    paths = []
    for name, one in made.items():
        for file in one.files:
            if file.media_type == "application/pdf":
                paths.append(tmp_path / f"{name}-{file.name}")
                paths[-1].write_bytes(file.body)
    assert len(paths) == len(made) + 1
    assert verapdf(paths, "2a") == []
    assert verapdf(paths, "ua1") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_telephone_reads_the_address_from_the_image(name: str) -> None:
    image = Image.open(BytesIO(rendition(name).files[1].body))
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == messages()[name].address
    assert found.format == zxingcpp.BarcodeFormat.QRCode


@pytest.mark.parametrize("name", NAMES)
def test_the_sheet_says_what_the_notice_says(name: str) -> None:
    message, text = messages()[name], joined(rendition(name).text)
    version = message.version
    for said in (
        message.office.name,
        f"第{version.number}版",
        version.phone,
        version.supervision_phone,
        version.index_number,
        version.document_number or "",
        f"{version.issued_on.year}年{version.issued_on.month}月{version.issued_on.day}日",
        version.title if kinds()[version.kind].poster != "letter" else "",
        version.summary if kinds()[version.kind].poster != "letter" else "",
        *version.wording.get("poster", {}).get("lines", "").split("｜"),
    ):
        assert joined(said) in text, said


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_on_it_is_anybody_elses(name: str) -> None:
    message = messages()[name]
    assert check(rendition(name).text, message.version, known_figures(message, poster(Path("nowhere")))) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_line_begins_or_ends_with_a_mark_that_may_not(name: str) -> None:
    lines = [line.strip() for line in rendition(name).text.splitlines() if line.strip()]
    assert [line for line in lines if line[0] in NOT_FIRST or line[-1] in NOT_LAST] == []


def test_a_letter_holds_the_whole_body_signed_once_above_its_foot() -> None:
    text = joined(rendition("t12-annual-summary").text)
    body = messages()["t12-annual-summary"].version.body
    for section in prose(body)[:-1]:
        for block in section.blocks:
            for row in block.rows:
                assert joined("".join(row)) in text
    assert text.count("云岭高新区人力资源和社会保障局") == 3  # red head, signature and foot
    assert text.count("云岭高新区人力资源和社会保障局2026年") == 1


def test_both_papers_are_one_page_of_their_size() -> None:
    for paper, size in (("A3", (297, 420)), ("A2", (420, 594))):
        (page,) = PdfReader(BytesIO(rendition("t04-proposed-hires", paper).main.body)).pages
        millimetres = (float(page.mediabox.width) / 72 * 25.4, float(page.mediabox.height) / 72 * 25.4)
        assert millimetres == pytest.approx(size, abs=0.6)
    assert [file.name for file in rendition("t04-proposed-hires", "A2").files] == ["v1-A2.pdf"]
    image = Image.open(BytesIO(rendition("t04-proposed-hires").files[1].body))
    assert (image.width, image.height) == pytest.approx((297 / 25.4 * 150, 420 / 25.4 * 150), abs=2)


def joined(text: str) -> str:
    """``text`` without the breaks and gaps that setting puts between its characters."""
    return "".join(text.split())
