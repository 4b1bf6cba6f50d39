"""附件: the files beside a notice's file, let in by what they hold, not by what they are called."""

import hashlib
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from config.fields import attachment_bounds, attachment_types
from notices.entries import Entries
from notices.front import Node, forbidden
from notices.notice import Attachment
from notices.problem import Wrong, megabytes

_ZIPPED = {  # what a packed document holds besides; never unpacked to find out
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "pptx": "ppt/presentation.xml",
    "ofd": "OFD.xml",
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_OLE = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls"}
_MACROS = ("word/vbaProject.bin", "xl/vbaProject.bin", "ppt/vbaProject.bin")
_UNSAFE = frozenset('<>:"|?*\\/%#&;`$\n\t')


def read_all(entries: Entries, node: Node | None, folder: Path) -> list[tuple[Attachment, bytes]]:
    """The attachments that the front matter names, with their bytes; what is wrong with them is noted."""
    found: list[tuple[Attachment, bytes]] = []
    if node is None:
        return found
    items = node.value if isinstance(node.value, list) else [node]
    if len(items) > attachment_bounds().count:
        entries.wrong(node.line, "附件", "attachments_many", count=len(items), limit=attachment_bounds().count)
        return found
    for item in items:
        name = entries.text(item, "附件")
        if name is None:
            continue
        one = entries.attempt(item.line, "附件", partial(read_one, folder, name))
        if one is None:
            continue
        if any(one[0].name.casefold() == other.name.casefold() for other, _ in found):
            entries.wrong(item.line, "附件", "attachment_twice", name=one[0].name)
        else:
            found.append(one)
    total = sum(attachment.size for attachment, _ in found)
    if total > attachment_bounds().total_bytes:
        entries.wrong(
            node.line,
            "附件",
            "attachments_large",
            size=megabytes(total),
            limit=megabytes(attachment_bounds().total_bytes),
        )
    return found


def read_one(folder: Path, path: str) -> tuple[Attachment, bytes]:
    """The attachment at ``path`` below ``folder``, and its bytes. Raises ``Wrong``."""
    place = folder / path
    if Path(path).is_absolute() or ".." in Path(path).parts or not place.resolve().is_relative_to(folder.resolve()):
        raise Wrong("attachment_outside", name=path)
    if not place.is_file():
        raise Wrong("attachment_missing", name=path, folder=folder.name or ".")
    limit = attachment_bounds().bytes
    with place.open("rb") as file:
        blob = file.read(limit + 1)
    return described(place.name, blob), blob


def described(name: str, blob: bytes) -> Attachment:
    """``blob`` as an attachment called ``name``. Raises ``Wrong`` if it may not be one."""
    bounds = attachment_bounds()
    if name.startswith(".") or any(char in _UNSAFE or forbidden(char) for char in name):
        raise Wrong("attachment_name", name=name)
    if len(name.encode()) > bounds.name_bytes:
        raise Wrong("attachment_name_long", name=name, limit=bounds.name_bytes)
    if not blob:
        raise Wrong("attachment_empty", name=name)
    if len(blob) > bounds.bytes:
        raise Wrong("attachment_large", name=name, limit=megabytes(bounds.bytes))
    extension = name.rpartition(".")[2].lower()
    allowed = "、".join(attachment_types())
    if extension not in attachment_types():
        raise Wrong("attachment_type", name=name, allowed=allowed)
    held = _held(blob, name)
    if not held:
        raise Wrong("attachment_unknown", name=name, extension=extension, allowed=allowed)
    if extension not in held:
        raise Wrong("attachment_content", name=name, extension=extension, held="、".join(held), allowed=allowed)
    media_type = attachment_types()[extension]
    return Attachment(name=name, media_type=media_type, size=len(blob), sha256=hashlib.sha256(blob).hexdigest())


def _held(blob: bytes, name: str) -> tuple[str, ...]:
    """The extensions that fit what ``blob`` holds."""
    if b"%PDF-" in blob[:1024]:
        return ("pdf",) if b"%%EOF" in blob[-1024:] else ()
    if blob.startswith(b"\x89PNG\r\n\x1a\n"):
        return ("png",)
    if blob.startswith(b"\xff\xd8\xff"):
        return ("jpg", "jpeg")
    if blob.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return tuple({kind: kind for entry, kind in _OLE.items() if entry.encode("utf-16-le") + b"\0\0" in blob})
    if blob.startswith(b"PK"):
        return _packed(blob, name)
    return _plain(blob, name)


def _packed(blob: bytes, name: str) -> tuple[str, ...]:
    """What a zip says it is, by its table of contents alone."""
    bounds = attachment_bounds()
    try:
        with ZipFile(BytesIO(blob)) as packed:
            entries = {entry.filename: entry for entry in packed.infolist()}
            unpacked = sum(entry.file_size for entry in packed.infolist())
            if len(packed.infolist()) > bounds.entries or unpacked > bounds.unpacked_bytes:
                raise Wrong("attachment_bomb", name=name, limit=megabytes(bounds.unpacked_bytes))
            if any(macros in entries for macros in _MACROS):
                raise Wrong("attachment_macros", name=name)
            said = entries.get("mimetype")
            if said is not None and said.compress_type == ZIP_STORED and said.file_size < 100:
                kind = _OPEN_DOCUMENT.get(packed.read(said))
                return (kind,) if kind and "content.xml" in entries else ("zip",)
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError):  # broken, or locked with a password
        return ()
    is_office = "[Content_Types].xml" in entries
    kinds = [kind for kind, part in _ZIPPED.items() if part in entries and (is_office or kind == "ofd")]
    return tuple(kinds) if len(kinds) == 1 else ("zip",)


def _plain(blob: bytes, name: str) -> tuple[str, ...]:
    try:
        text = blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        if name.endswith((".csv", ".txt")):
            raise Wrong("attachment_encoding", name=name) from None
        return ()
    return () if any(forbidden(char) and char != "\r" for char in set(text)) else ("csv", "txt")
