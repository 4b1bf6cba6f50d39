"""A blank of a text: which field fills it, in which written form, and what a vendor is told of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from config.clock import wall
from notices.facts import Fact
from notices.notice import Version


class Form(StrEnum):
    """How a fact is written, where it is not the usual way of a text."""

    USUAL = ""
    MONTH = "month"  # 10
    DAY = "day"  # 30
    CLOCK = "clock"  # 14时, 14时30分


ALLOWED = {  # by the type of the field; an instant does not fit a variable whole, so it has no usual form
    "date": {Form.USUAL, Form.MONTH, Form.DAY},
    "time": {Form.MONTH, Form.DAY, Form.CLOCK},
    "amount": {Form.USUAL},
    "number": {Form.USUAL},
    "percent": {Form.USUAL},
    "document_number": {Form.USUAL},
    "text": {Form.USUAL},
    "choice": {Form.USUAL},
}


@dataclass(frozen=True)
class Blank:
    """One blank."""

    field: str
    type: str  # of the field: a key of ``ALLOWED``
    form: Form = Form.USUAL
    unit: str = ""  # of a number whose kind says it: then it stands in the fixed words
    label: str = ""  # of the field
    label_en: str = ""

    @property
    def key(self) -> str:
        """Its name among the values, and as a variable of 阿里云: letters, digits, _."""
        return f"{self.field}_{self.form}" if self.form else self.field

    @property
    def attribute(self) -> str:
        """变量属性 at 阿里云 (its document 2806243) that takes every value this blank can have."""
        if self.form in (Form.MONTH, Form.DAY) or self.unit == "年":
            return "other_number2"
        return {"date": "time", "time": "time", "amount": "money"}.get(self.type, "others")  # 2.3个 is no other_number2

    @property
    def written(self) -> bool:
        """Whether its author chose the words, so that they can be chosen otherwise."""
        return self.type in ("text", "choice", "document_number")

    def value(self, version: Version) -> str:
        """What ``version`` fills it with; empty when it has nothing for it."""
        if self.type in ("text", "choice"):
            return str(version.fields.get(self.field) or "").strip()
        fact = version.fact(self.field)
        return _written(fact, self) if fact else ""


def month_and_day(day: date) -> str:
    """10月30日, as every date of a text is written: six characters at most."""
    return f"{day.month}月{day.day}日"


def _written(fact: Fact, blank: Blank) -> str:
    usual = fact.forms[0]
    match blank.type:
        case "date":
            return _of_day(date.fromisoformat(fact.value), blank.form)
        case "time":
            return of_instant(datetime.fromisoformat(fact.value), blank.form)
        case "amount":
            return usual.removesuffix("元")
        case "percent":
            return usual.removesuffix("%")
        case "number":
            return usual.removesuffix(blank.unit)
        case _:
            return usual


def of_instant(instant: datetime, form: Form) -> str:
    """A part of an instant, as a text says it here: 10, 30, 14时30分."""
    at = wall(instant)
    clock = f"{at.hour}时{at.minute}分" if at.minute else f"{at.hour}时"
    return clock if form is Form.CLOCK else _of_day(at.date(), form)


def _of_day(day: date, form: Form) -> str:
    match form:
        case Form.MONTH:
            return str(day.month)
        case Form.DAY:
            return str(day.day)
        case _:
            return month_and_day(day)
