"""Samples and examples carry dates relative to the day they are read: ``{{today+7}}`` → 2026-11-30.

``{{today}}``, ``{{workday+7}}`` (the seventh working day of the country after today), ``{{now-2h}}``, ``{{now+30m}}``,
``{{year+1}}``; and with how they are written in front, so that body and facts stay in step: ``{{date:today+7}}``
2026年11月30日, ``{{md:today+7}}`` 11月30日, ``{{dot:today+7}}`` 11.30 (in another year 2027.1.4), ``{{clock:now+2h}}``
11:30, ``{{hour:now+2h}}`` 11时30分, ``{{weekday:today}}`` 星期一.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from config.clock import wall
from notices.calendar.calendar import Calendar
from notices.calendar.year import published

_PLACE = re.compile(r"\{\{(.*?)\}\}")
_MEANT = re.compile(r"(?:([a-z]+):)?(today|workday|now|year)(?:([+-]\d{1,4})([hm]?))?")
_TIE = re.compile(r"(?m)^ *公开件: (\S+)$")
_WEEKDAYS = "一二三四五六日"
_WRITTEN: dict[str, Callable[[datetime], str]] = {
    "date": lambda at: f"{at.year}年{at.month}月{at.day}日",
    "md": lambda at: f"{at.month}月{at.day}日",
    "dot": lambda at: f"{at.month}.{at.day}",
    "clock": lambda at: f"{at.hour}:{at:%M}",
    "hour": lambda at: f"{at.hour}时{at.minute}分" if at.minute else f"{at.hour}时",
    "weekday": lambda at: f"星期{_WEEKDAYS[at.weekday()]}",
}
_PLAIN = {"today": "%Y-%m-%d", "workday": "%Y-%m-%d", "now": "%Y-%m-%d %H:%M"}


def expand(text: str, now: datetime) -> str:
    """``text`` with every placeholder written out for the aware instant ``now``. Raises ``ValueError`` that names
    a placeholder that means nothing."""
    here = wall(now).replace(second=0, microsecond=0)
    return _PLACE.sub(lambda place: _written(place[1], here), text)


def lay_out(samples: Path, folder: Path, now: datetime) -> list[Path]:
    """The sample notices of ``samples`` written out for ``now`` into ``folder``, with the attachments beside them.

    Returns the notices' files in the order to publish them: what a sample refers to (by its name without ``.md``)
    comes before it; else by name. Raises ``ValueError`` for samples that refer to each other.
    """
    laid: dict[str, str] = {}
    for source in sorted(samples.iterdir()):
        if source.suffix == ".md" and source.stem != "README":
            laid[source.stem] = expand(source.read_text("utf-8"), now)
            (folder / source.name).write_text(laid[source.stem], "utf-8")
        elif source.is_file():
            (folder / source.name).write_bytes(source.read_bytes())
    return [folder / f"{name}.md" for name in _in_order(laid)]


def _in_order(laid: Mapping[str, str]) -> list[str]:
    """The names of ``laid``, each after those that its text is tied to, otherwise as they are."""
    found: dict[str, None] = {}

    def follow(name: str, waiting: tuple[str, ...]) -> None:
        if name in waiting:
            raise ValueError(f"samples are tied in a ring: {', '.join((*waiting, name))}")
        for before in _TIE.findall(laid.get(name, "")):
            follow(before, (*waiting, name))
        if name in laid:
            found[name] = None

    for name in laid:
        follow(name, ())
    return list(found)


def _written(place: str, now: datetime) -> str:
    found = _MEANT.fullmatch(place)
    if found is None or (found[1] is not None and found[1] not in _WRITTEN):
        raise ValueError(f"{{{{{place}}}}} means nothing; see notices/samples.py")
    how, base, amount, unit = found[1], found[2], int(found[3] or 0), found[4]
    if base == "year":
        return str(now.year + amount)
    step = timedelta(**{{"h": "hours", "m": "minutes"}.get(unit or "", "days"): amount})
    at = _workday(now, amount) if base == "workday" else now + step
    if how == "dot" and at.year != now.year:
        return f"{at.year}.{_WRITTEN[how](at)}"  # 11.23—2027.2.21
    return _WRITTEN[how](at) if how else at.strftime(_PLAIN[base])


def _workday(now: datetime, count: int) -> datetime:
    """The working day ``count`` of them after or before ``now``; an office's own days are not known here."""
    calendar, step = Calendar(0, published()), timedelta(days=1 if count >= 0 else -1)
    at = now
    while count or not calendar.is_working(at.date()):
        at += step
        if calendar.is_working(at.date()):
            count -= (count > 0) - (count < 0)
    return at
