"""What a vendor says, in answers and in posts of its own: read strictly, within bounds, and quoted nowhere."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import structlog
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from channels.base import HttpAnswer
from channels.sms.vendor import Malformed
from config.clock import SHANGHAI
from config.messages import say
from notices.mobile import mobile

log = structlog.get_logger()

MOST_ANSWER = 1_048_576  # bytes; 200 results of 腾讯云's are 120 kB
MOST_POSTED = 1_048_576  # bytes
LONGEST_REASON = 200  # characters of a reviewer's words
Shape = TypeVar("Shape")


def at_wall(given: object) -> datetime:
    """The instant of ``yyyy-MM-dd HH:mm:ss`` here. Raises ``ValueError``."""
    if not isinstance(given, str):
        raise ValueError("text")
    found = datetime.strptime(given, "%Y-%m-%d %H:%M:%S")
    return _of_our_times(found.replace(tzinfo=SHANGHAI))


def at_second(given: object) -> datetime:
    """The instant of so many seconds since 1970. Raises ``ValueError``."""
    if type(given) is not int or not 0 <= given < 253_000_000_000:
        raise ValueError("seconds")
    return _of_our_times(datetime.fromtimestamp(given, UTC))


def _of_our_times(found: datetime) -> datetime:
    if not 2000 <= found.year < 9000:
        raise ValueError("year")
    return found.astimezone(UTC)


def plainly(given: str) -> str:
    """Without what neither a database nor a terminal takes."""
    return "".join(char if char.isprintable() else " " for char in given)


Number = Annotated[str, Field(pattern=r"^\+?[0-9]{5,20}$")]
Word = Annotated[str, Field(max_length=200), AfterValidator(plainly)]
Wall = Annotated[datetime, BeforeValidator(at_wall)]
Second = Annotated[datetime, BeforeValidator(at_second)]


class Said(BaseModel):
    """A part of what a vendor says. It may say more than its document of today: that is not looked at."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def answered(answer: HttpAnswer, shape: type[Shape]) -> Shape | None:
    """The answer's JSON as ``shape``; None when it is not of it."""
    if answer.truncated:
        return None
    try:
        return TypeAdapter(shape).validate_json(answer.body)
    except ValidationError:
        return None


def posted(vendor: str, body: bytes, shape: Any) -> Any:
    """The JSON of a post as ``shape``. Raises ``Malformed``."""
    by = say(f"smsvendor.{vendor}")
    if len(body) > MOST_POSTED:
        raise Malformed(say("smsvendor.too_large", by=by, most=MOST_POSTED))
    try:
        return TypeAdapter(shape).validate_json(body)
    except ValidationError as wrong:
        where, what = _first(wrong)
        raise Malformed(say("smsvendor.malformed", by=by, where=where or "JSON", what=what)) from None


def posted_each(vendor: str, body: bytes, shape: type[Shape]) -> list[Shape]:
    """The entries of a post that are of ``shape``. Raises ``Malformed`` when none is, though there are some.

    Vendors give a post up that is refused: for one odd entry the others' opt-outs would be lost with it.
    """
    of, found, wrong = TypeAdapter(shape), [], []
    for place, entry in enumerate(posted(vendor, body, list[Any])):
        try:
            found.append(of.validate_python(entry))
        except ValidationError as error:
            where, what = _first(error)
            wrong.append((f"{place}.{where}", what))
    if wrong and not found:
        where, what = wrong[0]
        raise Malformed(say("smsvendor.malformed", by=say(f"smsvendor.{vendor}"), where=where, what=what))
    for where, what in wrong:
        log.warning("posted_entry_unreadable", vendor=vendor, where=where, what=what)
    return found


def _first(wrong: ValidationError) -> tuple[str, str]:
    """Where, and what it is, of the first mistake; never what was said there."""
    first = wrong.errors(include_input=False, include_context=False, include_url=False)[0]
    return ".".join(map(str, first["loc"])), first["type"]


def plain(number: str) -> str:
    """A number in the form that we keep: eleven digits, or from elsewhere as the vendor has it."""
    return mobile(number) or number


def reason(words: str) -> str:
    """The beginning of a reviewer's words, on one line, with nothing in it that a terminal obeys."""
    text = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(text.split())[:LONGEST_REASON]
