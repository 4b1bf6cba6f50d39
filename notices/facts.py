"""要素: typed values of a version that read the same on every copy, in their listed written forms."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from config.clock import wall
from notices.numerals import phone_read_out, read_out, spoken, written, written_decimal


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


def forms(type_: FactType, value: str, unit: str = "") -> tuple[str, ...]:
    """Every way to write the canonical ``value`` of a fact of this type; the first is the usual one."""
    match type_:
        case FactType.DATE:
            found = _date_forms(date.fromisoformat(value))
        case FactType.TIME:
            found = _time_forms(wall(datetime.fromisoformat(value)))
        case FactType.AMOUNT:
            found = _amount_forms(Decimal(value))
        case FactType.NUMBER:
            found = _number_forms(Decimal(value), unit)
        case FactType.PERCENT:
            found = _percent_forms(Decimal(value))
        case FactType.PHONE:
            found = _phone_forms(value)
        case _:
            found = [value]
    return tuple(dict.fromkeys(found))


def _date_forms(day: date) -> list[str]:
    year, month, dom = day.year, day.month, day.day
    return [
        f"{year}年{month}月{dom}日",
        f"{month}月{dom}日",
        day.isoformat(),
        f"{year}.{month}.{dom}",
        f"{day:%Y.%m.%d}",
        f"{year}/{month}/{dom}",
        f"{day:%Y/%m/%d}",
        f"{month}.{dom}",
        f"{day:%m.%d}",
        f"{year}年{month}月",
        f"{year}年",
        f"{month}月",
        f"{dom}日",
        f"{read_out(str(year))}年{written(month)}月{written(dom)}日",
        f"{written(month)}月{written(dom)}日",
    ]


def _time_forms(at: datetime) -> list[str]:
    days = _date_forms(at.date())
    clock = f"{at.hour}:{at:%M}"
    spelled = f"{at.hour}时" if at.minute == 0 else f"{at.hour}时{at.minute}分"
    times = [clock, f"{at:%H:%M}", spelled, spelled.replace("时", "点"), f"{at.hour}时{at:%M}分"]
    if at.hour not in (0, 12):
        half, hour = ("下午", at.hour - 12) if at.hour > 12 else ("上午", at.hour)
        minutes = f"{written(at.minute)}分" if at.minute else ""
        times += [f"{half}{hour}:{at:%M}", f"{half}{spoken(hour)}点{minutes}"]
        times += [] if at.minute else [f"{half}{hour}时", f"{half}{hour}点"]
    return [days[0] + clock, days[1] + clock, days[1] + spelled, f"{at:%Y-%m-%d %H:%M}", *times, *days, at.isoformat()]


def _amount_forms(yuan: Decimal) -> list[str]:
    plain = _plain(yuan)
    found = [f"{plain}元", f"{_grouped(yuan)}元", plain, _grouped(yuan), f"{yuan:.2f}元", f"{yuan:,.2f}元"]
    found += [f"¥{plain}", f"¥{yuan:,.2f}", f"￥{plain}"]
    for name, size in (("万", 10_000), ("亿", 100_000_000)):
        if yuan >= size:
            found.append(f"{_plain(yuan / size)}{name}元")
    if yuan == yuan.to_integral_value():
        found += [f"{written(int(yuan))}元", f"{spoken(int(yuan))}元"]
    return found


def _number_forms(number: Decimal, unit: str) -> list[str]:
    plain = _plain(number)
    if unit == "年":
        return [f"{plain}年", plain, f"{plain}年度", f"{read_out(plain)}年"]
    found = [f"{plain}{unit}", plain, f"{_grouped(number)}{unit}", _grouped(number)]
    if number == number.to_integral_value():
        found += [f"{written(int(number))}{unit}", f"{spoken(int(number))}{unit}"]
    else:
        found.append(f"{written_decimal(number)}{unit}")
    if unit and number >= 10_000:
        found.append(f"{_plain(number / 10_000)}万{unit}")
    return found


def _percent_forms(percent: Decimal) -> list[str]:
    plain = _plain(percent)
    return [f"{plain}%", f"{plain}％", f"百分之{written_decimal(percent)}"]


def _phone_forms(phone: str) -> list[str]:
    area, hyphen, local = phone.partition("-")
    said = phone_read_out(phone)
    if not hyphen:
        return [phone, said]
    joined = phone.replace("-", "")
    found = [phone, joined, phone.replace("-", " ")]
    if area.startswith("0"):
        found += [f"({area}){local}", f"（{area}）{local}", local, said, said[len(area) :]]
    return found


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(number: Decimal) -> str:
    whole, point, part = _plain(number).partition(".")
    return f"{int(whole):,}{point}{part}"
