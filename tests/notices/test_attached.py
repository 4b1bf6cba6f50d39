"""What stands in an attachment is looked through for identity numbers, whatever its format."""

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
import typst

from notices.attached import CHUNK, PAGES, words
from notices.personal import identity_numbers
from tests.notices.files import draft, only, written
from tests.source import ROOT

PERSON, MASKED = "530102199003070040", "53*************040"  # made up, with a right check digit
HALVES = PERSON[:9], PERSON[9:]
TYPES = "[Content_Types].xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
SHEET = "application/vnd.oasis.opendocument.spreadsheet"
TEXT = "application/vnd.oasis.opendocument.text"


def packed(parts: dict[str, str], mimetype: str = "") -> bytes:
    """An office document of these parts."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as zip_:
        if mimetype:
            zip_.writestr("mimetype", mimetype, ZIP_STORED)
        for name, text in parts.items():
            zip_.writestr(name, text)
    return made.getvalue()


def pdf(*pages: str) -> bytes:
    """A page for each text."""
    made: bytes = typst.compile("#pagebreak()\n".join(pages).encode())
    return made


def docx(*runs: str, part: str = "word/document.xml") -> bytes:
    """A paragraph of several runs, as Word parts them wherever something was typed later."""
    text = "".join(f"<w:r><w:t>{run}</w:t></w:r><w:proofErr/>" for run in runs)
    parts = {TYPES: "<Types/>", "word/document.xml": "<w:document/>"}
    return packed(parts | {part: f"<w:p><w:r><w:t>号码</w:t></w:r></w:p><w:p>{text}</w:p>"})


def xlsx(*cells: str) -> bytes:
    shared = "".join(f"<si><t>{cell}</t></si>" for cell in cells)
    return packed({TYPES: "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": f"<sst>{shared}</sst>"})


def ole(name: str, text: bytes) -> bytes:
    return OLE + name.encode("utf-16-le") + b"\0" * 64 + text + b"\0\0"


HOLDING = {
    "表.csv": f"\ufeff姓名,号码\n甲,{PERSON}\n".encode(),
    "文.docx": docx("身份证", *HALVES, "号"),
    "批注.docx": docx(PERSON, part="word/comments.xml"),
    "长.docx": docx("甲" * CHUNK, PERSON),
    "表.xlsx": xlsx("姓名", "号码", "甲", PERSON),
    "行内.xlsx": packed(
        {TYPES: "", "xl/workbook.xml": "", "xl/worksheets/sheet2.xml": f'<c t="inlineStr"><is><t>{PERSON}</t></is></c>'}
    ),
    "片.pptx": packed(
        {TYPES: "", "ppt/presentation.xml": "", "ppt/slides/slide1.xml": f"<a:p><a:t>{PERSON}</a:t></a:p>"}
    ),
    "文.odt": packed({"content.xml": f"<text:p>{HALVES[0]}<text:span>{HALVES[1]}</text:span></text:p>"}, TEXT),
    "表.ods": packed({"content.xml": f"<text:p>甲</text:p><text:p>{PERSON}</text:p>"}, SHEET),
    "版.ofd": packed({"OFD.xml": "", "Doc_0/Pages/Page_0/Content.xml": f"<ofd:TextCode>{PERSON}</ofd:TextCode>"}),
    "旧.xls": ole("Workbook", b"\x12\0\0" + PERSON.encode()),
    "旧.doc": ole("WordDocument", b"x" + f"号码{PERSON}号".encode("utf-16-le")),
    "版.pdf": pdf("First.", f"甲 {PERSON}"),
}


@pytest.mark.parametrize("name", HOLDING)
def test_an_identity_number_is_found_in_whatever_is_attached(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOLDING[name])
    problem = only(written(tmp_path, {"附件": f"[{name}]"}))
    assert problem.field == "附件"
    assert name in problem.what("zh")
    assert MASKED in problem.what("zh")
    assert PERSON not in problem.text("en")
    assert ("表.csv”第2行" in problem.what("zh")) is (name == "表.csv")
    assert draft(written(tmp_path, {"附件": f"[{name}]", "公开范围": "本单位", "渠道": "[webhook]"}))


def spoilt(blob: bytes) -> bytes:
    """With other bytes in its first packed part, behind a head that is in order."""
    at = blob.index(b"word/document.xml") + len(b"word/document.xml")
    return blob[:at] + b"\xff" * 20 + blob[at + 20 :]


NONE = {
    "表.xlsx": xlsx(PERSON[:10], PERSON[10:], "530102199003070047"),
    "数.xlsx": packed(
        {TYPES: "", "xl/workbook.xml": "", "xl/worksheets/sheet1.xml": f"<v>{HALVES[0]}</v><v>{HALVES[1]}</v>"}
    ),
    "文.docx": docx(HALVES[0]),
    "版.pdf": (ROOT / "samples" / "修订征求意见稿.pdf").read_bytes(),
    "坏.pdf": b"%PDF-1.7\n1 0 obj\n<<\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF",
    "坏.docx": packed({TYPES: "", "word/document.xml": "<w:p>" + "甲" * 999})[:-300] + b"PK\5\6" + b"\0" * 18,
    "错.docx": spoilt(docx(*["号码不在这里" * 99])),
    "图.png": b"\x89PNG\r\n\x1a\n" + PERSON.encode(),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_none_or_cannot_be_read_is_let_pass(name: str) -> None:
    assert [found for piece in words(name, NONE[name]) for found in identity_numbers(piece)] == []


def test_of_a_long_pdf_the_first_pages_are_read() -> None:
    pages = list(words("版.pdf", pdf(*(f"page {number}" for number in range(PAGES + 5)))))
    assert len(pages) == PAGES
    assert "page 0" in pages[0]
