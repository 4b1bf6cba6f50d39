"""Write a text that a command made: to a new file, or to the standard output."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given


def written(given: Given, text: str, out: Path | None, data: Mapping[str, Any]) -> None:
    """Write ``text``, never over a file that is there. Raises ``Failed``, or ``OSError``."""
    if out is not None:
        try:
            with out.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise Failed(Exit.WRONG, "file_exists", file=str(out)) from None
    if given.json:
        answer = {"exit": Exit.DONE, **data, "file": out and str(out), "text": text}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    elif out is None:
        sys.stdout.write(text)
    else:
        sys.stdout.write(say("command.written", file=str(out)) + "\n")


def written_to_fill(given: Given, text: str, out: Path | None, data: Mapping[str, Any]) -> None:
    """Write a prepared notice likewise, and say what of it is to be filled in. Raises as ``written``."""
    from notices.prepared import to_fill  # not before it is wanted: ``gongkai new`` starts at once

    left = to_fill(text, str(out or "-"))
    written(given, text, out, {**data, "to_fill": [{"line": one.line, "field": one.field} for one in left]})
    if out is not None and not given.json:
        for one in left:
            sys.stdout.write("  " + say("command.to_fill", line=one.line, field=one.field) + "\n")
