"""The words of an attachment, as far as they are found without an office program: whether somebody's number is among
them."""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import IO
from zipfile import BadZipFile, ZipFile

PAGES = 20  # of a PDF: a page takes up to a tenth of a second
CHUNK = 2**20  # characters of a packed part that are looked at together
OVERLAP = 4_096  # of them once more with the next: a number with the marks between its figures
_END = re.compile(r"</(?:w:p|w:tc|a:p|si|is|v|text:p|(?:ofd:)?TextCode)>")  # of a paragraph, a cell, a line
_MARK = re.compile(r"<[^>]*>")  # runs of a paragraph: they part a number without a reader's seeing it


def words(name: str, blob: bytes) -> Iterator[str]:
    """Pieces of the text of the attachment called ``name``: lines, paragraphs, cells. A picture has none."""
    match name.rpartition(".")[2].lower():
        case "csv" | "txt":
            yield from blob.decode("utf-8-sig").splitlines()
        case "docx" | "xlsx" | "pptx" | "odt" | "ods" | "ofd":
            yield from _packed(blob)
        case "doc" | "xls":  # the old formats keep texts in one of two ways, wherever they begin
            yield blob.decode("latin-1")
            yield from (blob[at:].decode("utf-16-le", "replace") for at in (0, 1))
        case "pdf":
            yield from _pages(blob)


def _packed(blob: bytes) -> Iterator[str]:
    """What stands in the parts that are XML. The table of contents was looked at before: they are not too large."""
    try:
        with ZipFile(BytesIO(blob)) as packed:
            for entry in packed.infolist():
                if entry.filename.endswith(".xml"):
                    with packed.open(entry) as part:
                        yield from _texts(part)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error):  # broken, or locked
        return


def _texts(part: IO[bytes]) -> Iterator[str]:
    rest, read = "", TextIOWrapper(part, "utf-8", errors="replace")
    while chunk := read.read(CHUNK):
        *whole, rest = _END.split(rest + chunk)
        yield from (_MARK.sub("", piece) for piece in whole)
        if len(rest) > CHUNK:
            yield _MARK.sub("", rest)
            rest = rest[-OVERLAP:]
    yield _MARK.sub("", rest)


def _pages(blob: bytes) -> Iterator[str]:
    """The first pages of a PDF."""
    from pypdf import PdfReader

    try:
        for page in PdfReader(BytesIO(blob)).pages[:PAGES]:
            yield page.extract_text()
    except Exception:  # whatever stands in somebody's PDF: what cannot be read is not found
        return
