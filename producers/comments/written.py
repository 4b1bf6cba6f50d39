"""What somebody wrote into the form, as it is taken: the text as it is, nothing of it interpreted."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from config.comments import most

FIELDS = ("text", "clause", "name", "contact", "answer", "work", "form", "receipt", "act", "sure")


class NotAForm(Exception):
    """The body is no form."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a field; ``reason`` names the message ``comment.wrong_REASON``."""

    field: str
    reason: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Written:
    """The fields of a form, each without space around it; of a text the lines are as they were written."""

    text: str = ""
    clause: str = ""
    name: str = ""
    contact: str = ""
    answer: str = ""
    work: str = ""
    form: str = ""
    receipt: str = ""
    act: str = ""
    sure: str = ""

    def wrong(self) -> Iterator[Wrong]:
        """Everything that keeps it from being a comment."""
        if not self.text:
            yield Wrong("text", "empty", {})
        bounds = {"text": most().text, "clause": most().clause, "name": most().name, "contact": most().contact}
        for field, many in bounds.items():
            said = getattr(self, field)
            if len(said) > many:
                yield Wrong(field, "long", {"most": many, "count": len(said)})
            if said != visible(said, lines=field == "text"):
                yield Wrong(field, "invisible", {})


def written(body: bytes) -> Written:
    """What a browser sends as ``application/x-www-form-urlencoded``. Raises ``NotAForm``.

    Of a field that is there twice the first counts; others than ours are passed over.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=32)
    except ValueError:  # also one that is not in ASCII
        raise NotAForm from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in FIELDS:
            found.setdefault(name, plain(value))
    return Written(**found)


def plain(text: str) -> str:
    """With lines that end as here, and no space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def visible(text: str, *, lines: bool) -> str:
    """Without characters that no person types: NUL and its like; line ends stay where there may be lines."""
    kept = "\n\t" if lines else ""
    return "".join(char for char in text if char in kept or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"))
