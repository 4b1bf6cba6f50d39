"""Attachments: known by what they hold, within bounds, and from nowhere but the notice's folder."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from PIL import Image

from config.fields import attachment_bounds, attachment_types
from notices.attachments import described, read_one
from notices.problem import Wrong
from tests.notices.files import draft, only, written
from tests.source import ROOT

PDF = (ROOT / "samples" / "修订征求意见稿.pdf").read_bytes()


def packed(*names: str, mimetype: str = "") -> bytes:
    """A zip with entries called so."""
    made = BytesIO()
    with ZipFile(made, "w") as zip_:
        if mimetype:
            zip_.writestr("mimetype", mimetype, ZIP_STORED)
        for name in names:
            zip_.writestr(name, b"xxx", ZIP_DEFLATED)
    return made.getvalue()


def picture(format_: str) -> bytes:
    """A real picture."""
    made = BytesIO()
    Image.new("RGB", (2, 2)).save(made, format_)
    return made.getvalue()


def ole(stream: str) -> bytes:
    """As much of an old office file as tells its kind."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + stream.encode("utf-16-le") + b"\0" * 64


TYPES = "[Content_Types].xml"
HELD: dict[str, bytes] = {
    "pdf": PDF,
    "docx": packed(TYPES, "word/document.xml"),
    "xlsx": packed(TYPES, "xl/workbook.xml"),
    "pptx": packed(TYPES, "ppt/presentation.xml"),
    "odt": packed("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
    "ods": packed("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"),
    "ofd": packed("OFD.xml"),
    "doc": ole("WordDocument"),
    "xls": ole("Workbook"),
    "png": picture("PNG"),
    "jpg": picture("JPEG"),
    "jpeg": picture("JPEG"),
    "csv": "\ufeff一,二\r\n三,四\r\n".encode(),
    "txt": "一二三\n".encode(),
}
SAME = {frozenset({"jpg", "jpeg"}), frozenset({"csv", "txt"})}


def refused(name: str, blob: bytes) -> str:
    with pytest.raises(Wrong) as wrong:
        described(name, blob)
    return wrong.value.key


def test_every_type_has_its_example() -> None:
    assert HELD.keys() == attachment_types().keys()


@pytest.mark.parametrize("extension", HELD)
def test_a_file_is_let_in_under_its_own_name_only(extension: str) -> None:
    found = described(f"附件1 表.{extension.upper()}", HELD[extension])
    assert found.media_type == attachment_types()[extension]
    assert found.size == len(HELD[extension])
    for other in HELD:
        if other != extension and frozenset({other, extension}) not in SAME:
            assert refused(f"表.{other}", HELD[extension]) in ("attachment_content", "attachment_encoding"), other


@pytest.mark.parametrize("name", ["表.exe", "表.html", "表.svg", "表.zip", "表.docm", "表", "表.pdf.exe", "表.js"])
def test_other_types_are_refused(name: str) -> None:
    assert refused(name, PDF) == "attachment_type"


@pytest.mark.parametrize(
    "name", [".pdf", ".表.pdf", "a/b.pdf", "a\\b.pdf", "a?b.pdf", "a\nb.pdf", "a\u202efdp.pdf", "a%2e.pdf", "a#b.pdf"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    assert refused(name, PDF) == "attachment_name"


@pytest.mark.parametrize(
    ("name", "blob", "key"),
    [
        ("空.pdf", b"", "attachment_empty"),
        (f"{'长' * 70}.pdf", PDF, "attachment_name_long"),
        ("断.pdf", PDF[:-2000], "attachment_unknown"),
        ("表.csv", "一,二".encode("gbk"), "attachment_encoding"),
        ("表.txt", b"a\0b", "attachment_unknown"),
        ("表.docx", b"PK\x03\x04 broken", "attachment_unknown"),
        ("表.docx", packed("word/document.xml"), "attachment_content"),
        ("表.docx", packed(TYPES, "word/document.xml", "xl/workbook.xml"), "attachment_content"),
        ("表.docx", packed(TYPES, "word/document.xml", "word/vbaProject.bin"), "attachment_macros"),
        ("表.xlsx", packed("a.txt"), "attachment_content"),
        ("表.odt", packed("content.xml", mimetype="application/zip"), "attachment_content"),
        ("表.docx", packed(TYPES, *(f"{n}" for n in range(attachment_bounds().entries))), "attachment_bomb"),
    ],
)
def test_what_is_not_what_it_says_is_refused(name: str, blob: bytes, key: str) -> None:
    assert refused(name, blob) == key


def test_a_bomb_is_told_by_its_table_of_contents() -> None:
    sound = packed(TYPES, "word/document.xml")
    entry = sound.rindex(b"PK\x01\x02")
    says = attachment_bounds().unpacked_bytes.to_bytes(4, "little")
    assert refused("表.docx", sound[: entry + 24] + says + sound[entry + 28 :]) == "attachment_bomb"


def test_a_file_may_be_just_as_large_as_is_allowed() -> None:
    limit = attachment_bounds().bytes
    assert described("表.txt", b"a" * limit).size == limit
    assert refused("表.txt", b"a" * (limit + 1)) == "attachment_large"


def _absolute(folder: Path) -> str:
    return str(folder.parent / "密.txt")


def _dots(folder: Path) -> str:
    return "../密.txt"


def _link(folder: Path) -> str:
    (folder / "公开.txt").symlink_to(folder.parent / "密.txt")
    return "公开.txt"


def _linked_folder(folder: Path) -> str:
    (folder / "里").symlink_to(folder.parent)
    return "里/密.txt"


@pytest.mark.parametrize("way", [_absolute, _dots, _link, _linked_folder])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, way: Callable[[Path], str]) -> None:
    (tmp_path / "密.txt").write_text("机密", "utf-8")
    folder = tmp_path / "件"
    folder.mkdir()
    name = way(folder)
    assert only(written(folder, {"附件": f'"{name}"'})).key == "attachment_outside"


def test_a_folder_below_is_inside_and_its_name_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "附件").mkdir()
    (tmp_path / "附件" / "表.csv").write_bytes(HELD["csv"])
    assert list(draft(written(tmp_path, {"附件": "附件/表.csv"})).files) == ["表.csv"]


def test_a_folder_is_no_attachment(tmp_path: Path) -> None:
    (tmp_path / "表.csv").mkdir()
    with pytest.raises(Wrong, match="attachment_missing"):
        read_one(tmp_path, "表.csv")


def test_together_they_have_bounds_too(tmp_path: Path) -> None:
    bounds = attachment_bounds()
    count = bounds.total_bytes // bounds.bytes + 1
    for number in range(count):
        (tmp_path / f"{number}.txt").write_bytes(b"a" * bounds.bytes)
    names = ", ".join(f"{number}.txt" for number in range(count))
    assert only(written(tmp_path, {"附件": f"[{names}]"})).key == "attachments_large"
    many = ", ".join(f"{number}.txt" for number in range(bounds.count + 1))
    assert only(written(tmp_path, {"附件": f"[{many}]"})).key == "attachments_many"


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "里").mkdir()
    (tmp_path / "A.txt").write_bytes(b"a")
    (tmp_path / "里" / "a.txt").write_bytes(b"b")
    assert only(written(tmp_path, {"附件": "[A.txt, 里/a.txt]"})).key == "attachment_twice"
