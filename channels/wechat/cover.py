"""封面: 900 × 383 (2.35:1), drawn from the facts by typst, in the worker that sets posters."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from channels.base import Broken, LimitsBroken
from channels.press.headline import wrapped
from channels.press.press import NotSet, press, timestamp
from channels.press.typst_source import source
from channels.wechat.rules import looks
from config.kinds import kinds
from config.limits import limits
from config.messages import say
from notices.facts import Fact, FactType
from notices.notice import Message, Version

CHECKED: dict[str, Any] = {"format": "pdf", "pdf_standards": ["a-2b"]}  # this form refuses what no font has
PNG: dict[str, Any] = {"format": "png", "ppi": 144}  # of a page of 450 × 191.5 pt
WIDE = 15.0  # em: what a line of the title holds at its smallest
KEYS = 3  # facts below the title
LONG = 12  # characters of a fact that is still read at a glance
CORRECTED, WITHDRAWN = "更正", "撤回说明"


@dataclass(frozen=True)
class Cover:
    """What stands on a cover."""

    office: str
    badge: str  # the kind, or what has become of the notice
    lines: tuple[str, ...]  # of the title
    facts: tuple[tuple[str, str], ...]  # label and value
    dark: str
    base: str
    tint: str


def cover(message: Message, title: str) -> Cover:
    """The cover of an article called ``title``."""
    version, kind = message.version, kinds()[message.version.kind]
    if message.withdrawal:
        own = looks("withdrawn")
        return Cover(message.office.name, kind.name, (WITHDRAWN,), (), own.dark, own.base, own.tint)
    names = (message.office.name, message.office.short, *version.keywords)
    own = looks(kind.poster)
    return Cover(
        office=message.office.name,
        badge=CORRECTED if message.is_correction and not version.minor else kind.name,
        lines=wrapped(press().cut([title])[0], names, WIDE),
        facts=tuple(keys(version))[:KEYS],
        dark=own.dark,
        base=own.base,
        tint=own.tint,
    )


def keys(version: Version) -> Iterator[tuple[str, str]]:
    """The facts that the kind sets before others, short enough for a glance: label and value."""
    for name in kinds()[version.kind].highlights:
        fact = version.fact(name)
        if fact is not None and len(brief(fact, version)) <= LONG:
            yield fact.label, brief(fact, version)


def brief(fact: Fact, version: Version) -> str:
    """A fact as it stands in large type: dates of the year of issue without it."""
    if fact.type in (FactType.DATE, FactType.TIME):
        year = date.fromisoformat(fact.value[:10]).year
        return fact.forms[1] if year == version.issued_on.year and len(fact.forms) > 1 else fact.forms[0]
    return fact.forms[0]


def drawn(made: Cover, issued_on: date) -> bytes:
    """The picture. Raises ``LimitsBroken`` when its title does not fit, or no font has its characters."""
    most = limits("wechat")["cover_text"].value
    if len(made.lines) > most or max(map(len, made.lines)) > 2 * WIDE:
        raise LimitsBroken([_broken("cover_text", "".join(made.lines))])
    stamp = timestamp(issued_on)
    text = source("wechat", "cover.typ", cover=asdict(made))
    try:
        press().set_page(text, CHECKED, stamp)
        return press().set_page(text, PNG, stamp)  # the layout is done already
    except NotSet as error:
        if "panicked" in str(error):
            raise LimitsBroken([_broken("cover_text", "".join(made.lines))]) from error
        if not error.missing:
            raise
        said = (one for one in words(made) if set(error.missing).intersection(one))
        raise LimitsBroken([_broken("glyphs", "".join(error.missing), next(said, ""))]) from error


def words(made: Cover) -> Sequence[str]:
    """What a reader reads on it."""
    return [made.office, made.badge, "".join(made.lines), *(f"{label} {value}" for label, value in made.facts)]


def _broken(name: str, actual: str, sentence: str = "") -> Broken:
    zh, en = (say(f"wechat.{name}", lang, actual=actual) for lang in ("zh", "en"))
    return Broken(limits("wechat")[name], actual, "渠道用语—公众号—标题", zh, en, sentence)
