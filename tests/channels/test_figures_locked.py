"""Facts stay locked: whatever figure of a rendition is changed, the rendition is refused.

Every digit of every rendition's text is changed, one of a figure at a time, and so is every Chinese numeral of a
figure; ``notices.strays.check`` must report the place. What it lets pass must be another approved figure by chance
(a 下限 that is changed into the 上限 is still a figure of the notice): its number stands in what was approved, with the
same unit or with none, as far as this file can read numbers; the code under test is not asked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel, Rendition, names
from channels.website import Channel as Website
from notices.figures import figures
from notices.notice import Message
from notices.strays import check
from notices.text import plain
from producers.rendering import Unfit, known_figures, render_one
from tests import factories
from tests.channels.contract import made, said_by, tools

APART = 24  # digits between two that are changed in one text: no figure is so long
DIGITS = "0123456789０１２３４５６７８９"
HAN = "一二三四五六七八九"
LEAST = 0.9  # of all changes are caught, else the samples are too full of the same figures to prove anything

Changed = tuple[int, str]  # a place, and the text in which it was changed


@pytest.fixture(scope="module", params=names())
def channel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """Every channel there is."""
    with tools(tmp_path_factory.mktemp("locked")) as given:
        yield made(request.param, given)


@pytest.mark.timeout(600)
def test_whatever_figure_is_changed_the_rendition_is_refused(channel: Channel) -> None:
    count = Counter[str]()
    let_pass = []
    for label, said in said_by(channel).items():
        text, known = channel.render(said).text, known_figures(said, channel)
        assert check(text, said.version, known) == [], f"{label}: refused although nothing was changed"
        approved = {one for words in material(said, known) for one in numbers(words)}
        for changed in changes(text):
            count["changed"] += len(changed)
            found = spans(changed[0][1], said, known)
            for at, after in changed:
                if any(start <= at < stop for start, stop in found):
                    count["caught"] += 1
                elif not stands(after, at, approved):
                    let_pass.append(f"{label}: …{after[max(at - 12, 0) : at]}[{after[at]}]{after[at + 1 : at + 12]}…")
    print(f"\n{channel.name}: caught {count['caught']} of {count['changed']}")  # noqa: T201  # the figure is wanted
    assert let_pass == [], "\n".join(let_pass)
    assert count["caught"] >= LEAST * count["changed"] > 0


def changes(text: str) -> Iterator[list[Changed]]:
    """``text`` with each digit and each numeral of a figure changed, those that are far apart in one go."""
    places = [at for at, char in enumerate(text) if char in DIGITS or at in numerals(text)]
    for first in range(min(APART, len(places))):
        some = places[first::APART]
        after = list(text)
        for at in some:
            after[at] = next_one(text[at])
        yield [(at, "".join(after)) for at in some]


@cache
def numerals(text: str) -> frozenset[int]:
    """Where the numerals stand of the figures that are written in Chinese."""
    written = [one for one in figures(text) if not any(char in DIGITS for char in one.text)]
    spans = [range(one.position, one.position + len(one.text)) for one in written]
    return frozenset(at for span in spans for at in span if text[at] in HAN)


def next_one(char: str) -> str:
    """Another digit, or another numeral."""
    row = HAN if char in HAN else DIGITS[:10]
    return row[(row.index(str(int(char)) if char in DIGITS else char) + 1) % len(row)]


def spans(text: str, said: Message, known: list[str]) -> list[tuple[int, int]]:
    """Where the check finds figures that nobody approved."""
    return [(one.position, one.position + len(one.figure)) for one in check(text, said.version, known)]


# -- what was approved, without the code under test ------------------------------------------------


def material(said: Message, known: list[str]) -> Iterator[str]:
    """Every text that was approved: all of the version but the channels' own wording, and the office's data."""
    version = said.version.model_dump(mode="json", exclude={"body", "wording", "approval", "secrecy"})
    yield from strings(version)
    yield plain(said.version.body)
    yield from known


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif value is not None:
        yield str(value)


UNITS = "个工作日|周岁|小时|分钟|万元|元|人|名|件|条|个|项|次|份|户|家|期|号|档|倍|年|岁|天|日|月|类|场|%|％|[A-Za-z]"
NUMBER = re.compile(rf"(?P<number>\d[\d,]*(?:\.\d+)?|[零一二三四五六七八九十百]+)(?:\s?(?P<unit>{UNITS}))?")


def stands(text: str, at: int, approved: set[tuple[str, str]]) -> bool:
    """Whether the number at ``at`` is approved with the same unit, or with none; one without a unit, with any."""
    found = next(one for one in NUMBER.finditer(text) if one.start("number") <= at < one.end("number"))
    number, unit = value(found["number"]), found["unit"] or ""
    units = {other for one, other in approved if one == number}
    return bool(units) and (not unit or "" in units or unit in units)


def numbers(text: str) -> set[tuple[str, str]]:
    """Every number in ``text`` with its unit."""
    return {(value(found["number"]), found["unit"] or "") for found in NUMBER.finditer(text)}


def value(written: str) -> str:
    """The number in plain digits, for Chinese ones below a hundred; those beyond stay as they are written."""
    if written[0].isdigit():
        return written.replace(",", "").lstrip("0") or "0"
    tens, ten, ones = written.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or set(written) & set("零百"):
        return written
    digit = f"零{HAN}".index
    return str((digit(tens) if tens else 1) * 10 * bool(ten) + (digit(ones) if ones else 0))


# -- and it is that check that stands between rendering and approval -------------------------------


def test_a_channel_that_changes_a_figure_gets_nothing_through(tmp_path: Path) -> None:
    with tools(tmp_path) as given:
        honest = made("website", given)
        said = factories.message()
        assert isinstance(render_one(honest, said), Rendition)

        class Slips(Website):
            def render(self, message: Message) -> Rendition:
                rendition = super().render(message)
                return replace(rendition, text=rendition.text.replace("22350", "22530"))

        refused = render_one(Slips(honest.options, given), said)
        assert isinstance(refused, Unfit)
        assert {stray.figure for stray in refused.strays} == {"22530元"}
