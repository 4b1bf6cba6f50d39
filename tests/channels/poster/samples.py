"""The sample notices as messages, dated as if they were loaded on the day of the factories."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from notices.document import read
from notices.notice import Message
from notices.samples import lay_out
from tests import factories

SAMPLES = Path(__file__).parents[3] / "samples"


@cache
def messages() -> dict[str, Message]:
    """Every sample by the name of its file (``t06a-consultation-hardship``), as first versions."""
    with tempfile.TemporaryDirectory() as folder:
        files = lay_out(SAMPLES, Path(folder), factories.RELEASED)
        return {file.stem: _message(file, number) for number, file in enumerate(files, 1)}


def changed(
    name: str, wording: dict[str, str] | None = None, fields: dict[str, Any] | None = None, **changes: Any
) -> Message:
    """A sample with other wording, fields of its kind or fields of a version."""
    version = messages()[name].version
    if wording:
        changes["wording"] = {"poster": version.wording.get("poster", {}) | wording}
    if fields:
        changes["fields"] = version.fields | fields
    return factories.message(version.model_copy(update=changes))


def _message(file: Path, number: int) -> Message:
    draft = read(file, offices=[factories.office()], public_channels=("website", "feed", "webhook", "poster"))
    version = draft.version(
        notice=f"202611-7k3q9d{number:02d}",
        number=1,
        index_number=f"11530100MB1A2B3C4D/2026-{number:05d}",
        relations=(),
    )
    return factories.message(version)
