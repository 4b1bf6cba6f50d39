"""A file as it goes over the wire: its bytes, packed where that helps, its tag, its time."""

import gzip
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from config.serve import media_type, public

PIECE = 65_536  # bytes read at once of a large file
TEXT = re.compile(r"text/|application/(json|xml|[a-z]+\+(json|xml))|image/svg\+xml")


@dataclass(frozen=True)
class Document:
    """One file's present state. A small one is held, a large one is open until ``close``."""

    media_type: str
    tag: str  # strong: it changes whenever a byte does
    modified: datetime  # whole seconds
    size: int
    body: bytes = b""
    packed: bytes | None = None  # gzip, where it is text
    file: BinaryIO | None = None

    @property
    def packed_tag(self) -> str:
        """Another coding is another representation and has its own tag (RFC 9110 §8.8.3.3)."""
        return f'{self.tag[:-1]}-gzip"'

    @property
    def http_date(self) -> str:
        """``modified`` as headers have it."""
        return format_datetime(self.modified, usegmt=True)

    def close(self) -> None:
        """Let go of a large file."""
        if self.file is not None:
            self.file.close()

    async def pieces(self, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to ``end``."""
        if self.file is None:
            yield self.body[start:end]
            return
        await to_thread.run_sync(self.file.seek, start)
        while start < end and (piece := await to_thread.run_sync(self.file.read, min(PIECE, end - start))):
            start += len(piece)
            yield piece


def opened(path: Path, name: str) -> Document:
    """The document in the file ``path``, called ``name`` in its site. Raises ``OSError``."""
    stat = path.stat()
    if stat.st_size <= public().small:
        return _held(path, name, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
    file = path.open("rb")
    stat = os.fstat(file.fileno())
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"'  # files are replaced, never written into
    return Document(media_type(name), tag, _seconds(stat), stat.st_size, file=file)


@lru_cache(maxsize=public().kept)
def _held(path: Path, name: str, _signature: tuple[int, int, int]) -> Document:
    with path.open("rb") as file:
        body, modified = file.read(), _seconds(os.fstat(file.fileno()))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    plain = Document(media_type(name), tag, modified, len(body), body)
    if not TEXT.match(plain.media_type):
        return plain
    return replace(plain, packed=gzip.compress(body, compresslevel=6, mtime=0))


def _seconds(stat: os.stat_result) -> datetime:
    return datetime.fromtimestamp(int(stat.st_mtime), UTC)
