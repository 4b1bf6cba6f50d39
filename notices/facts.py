"""要素: typed values of a version that read the same on every copy, in their listed written forms."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class FactType(StrEnum):
    """What a fact is; decides the forms it may be written in."""

    DATE = "date"
    TIME = "time"  # an instant, to the minute, Asia/Shanghai
    AMOUNT = "amount"  # yuan
    NUMBER = "number"
    PERCENT = "percent"
    PHONE = "phone"
    DOCUMENT_NUMBER = "document_number"
    TEXT = "text"


class Fact(BaseModel):
    """One fact: its name within the version, what it is, its canonical value and every way to write it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str  # Chinese, as on the page
    type: FactType
    value: str  # canonical: ISO 8601, plain digits
    unit: str = ""
    forms: tuple[str, ...]  # the first is the usual one
