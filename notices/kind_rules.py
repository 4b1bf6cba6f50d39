"""What the fields of one kind must keep among themselves; the rules are data of the kind."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.kinds import Cell, Count, Kind, Order, Rising, Span, Sum
from notices.entries import Entries
from notices.placeholders import FILL
from notices.problem import Wrong
from notices.values import day

Fields = Mapping[str, Any]  # canonical values by name


def check_kind(entries: Entries, fields: Fields, kind: Kind, line: Callable[[str], int]) -> None:
    """Note every rule of ``kind`` that ``fields`` break; ``line`` tells where a field stands."""
    for order in kind.orders:
        _check_order(entries, fields, kind, order, line(order.later))
    for sum_ in kind.sums:
        _check_sum(entries, fields, kind, sum_, line(sum_.total))
    for rising in kind.risings:
        _check_rising(entries, fields, kind, rising, line(rising.low))
    for span in kind.spans:
        _check_span(entries, fields, kind, span, line(span.days))
    for count in kind.counts:
        _check_count(entries, fields, kind, count, line(count.number))
    for cell in kind.cells:
        _check_cells(entries, fields, kind, cell, line(cell.rows))


def _check_order(entries: Entries, fields: Fields, kind: Kind, order: Order, line: int) -> None:
    earlier, later = fields.get(order.earlier), fields.get(order.later)
    if not isinstance(earlier, str) or not isinstance(later, str) or fields.get(order.unless):
        return
    days = (_day(later) - _day(earlier)).days
    if days < order.days or datetime.fromisoformat(later) < datetime.fromisoformat(earlier):
        before = kind.field(order.earlier).label
        if order.unless:
            because = kind.field(order.unless).label
            entries.wrong(
                line,
                kind.field(order.later).label,
                "order_unless",
                earlier=before,
                days=order.days,
                actual=days,
                because=because,
                source=order.source,
            )
        else:
            key = "order_days" if 0 <= days < order.days else "order"
            entries.wrong(line, kind.field(order.later).label, key, earlier=before, days=order.days, actual=days)


def _check_sum(entries: Entries, fields: Fields, kind: Kind, sum_: Sum, line: int) -> None:
    values = [fields.get(name) for name in (sum_.total, *sum_.parts)]
    if all(isinstance(value, str) for value in values):
        total, *parts = (Decimal(str(value)) for value in values)
        if total != sum(parts):
            labels = "、".join(kind.field(name).label for name in sum_.parts)
            entries.wrong(line, kind.field(sum_.total).label, "sum", parts=labels, actual=sum(parts), total=total)


def _day(value: str) -> date:
    return datetime.fromisoformat(value).date()


def _check_rising(entries: Entries, fields: Fields, kind: Kind, rising: Rising, line: int) -> None:
    low, high = fields.get(rising.low), fields.get(rising.high)
    if not isinstance(low, str) or not isinstance(high, str) or Decimal(low) <= Decimal(high):
        return
    if not rising.unless:
        entries.wrong(line, kind.field(rising.low).label, "rising", high=kind.field(rising.high).label, most=high)
    elif not fields.get(rising.unless):
        labels = {"high": kind.field(rising.high).label, "because": kind.field(rising.unless).label}
        entries.wrong(line, kind.field(rising.low).label, "rising_unless", most=high, **labels)


def _check_span(entries: Entries, fields: Fields, kind: Kind, span: Span, line: int) -> None:
    given, earlier, later = (fields.get(name) for name in (span.days, span.earlier, span.later))
    if not isinstance(given, str) or not isinstance(earlier, str) or not isinstance(later, str):
        return
    actual = (_day(later) - _day(earlier)).days
    if actual < 0:
        return  # said by their order
    dates = f"{_day(earlier)}、{_day(later)}"
    if span.at_most and Decimal(given) > actual + 1:
        entries.wrong(line, kind.field(span.days).label, "span_at_most", given=given, most=actual + 1, dates=dates)
    elif not span.at_most and Decimal(given) != actual:
        entries.wrong(line, kind.field(span.days).label, "span", given=given, actual=actual, dates=dates)


def _check_count(entries: Entries, fields: Fields, kind: Kind, count: Count, line: int) -> None:
    given, rows = fields.get(count.number), fields.get(count.rows)
    if isinstance(given, str) and isinstance(rows, list) and Decimal(given) != len(rows):
        label, table = kind.field(count.number).label, kind.field(count.rows).label
        entries.wrong(line, label, "count", given=given, actual=len(rows), table=table)


def _check_cells(entries: Entries, fields: Fields, kind: Kind, cell: Cell, line: int) -> None:
    label = f"{kind.field(cell.rows).label}.{cell.column}"
    seen: set[str] = set()
    for number, row in enumerate(fields.get(cell.rows) or (), start=1):
        given = row.get(cell.column, "")
        if FILL in given:
            continue  # said of the file as a whole
        of = {"row": number, "given": given}
        if not given:
            entries.wrong(line, label, "cell_missing", **of)
        elif cell.takes == "name" and given in seen:
            entries.wrong(line, label, "cell_twice", **of)
        elif cell.takes == "choice" and given not in cell.choices:
            entries.wrong(line, label, "cell_choice", **of, choices="、".join(cell.choices))
        elif cell.takes == "date":
            try:
                day(given)
            except Wrong:
                entries.wrong(line, label, "cell_date", **of)
        seen.add(given)
