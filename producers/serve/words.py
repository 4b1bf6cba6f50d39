"""The inner pages' words and templates: one language a page, Chinese unless the address asks for English."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from config.channels import channel_title
from config.clock import wall
from config.kinds import kinds
from config.messages import Language, catalogue, say
from config.said_again import said_again
from producers.nearness import until
from producers.serve.board import Mark
from producers.serve.figures import Outlet
from producers.timeline import Act

RESULTS = {"可公开": "inner.review_open", "区分处理后公开": "inner.review_treated"}  # as files say it
BLANKS = ("result", "reviewed_by", "signed_by", "note", "reason", "endpoint", "cause", "where", "release_at")  # of acts
AGES = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 5))  # the largest that fits


def render(template: str, lang: Language, now: datetime, **values: Any) -> str:
    """The page that ``template`` makes in ``lang`` at the instant ``now``."""
    return _templates().get_template(template).render(**_words(lang, now), **values)


def render_part(macro: str, values: Sequence[object], lang: Language, now: datetime) -> str:
    """A part of a page: what ``macro`` of ``parts.html.j2`` makes of ``values``."""
    module = _templates().get_template("parts.html.j2").make_module(_words(lang, now))
    return str(getattr(module, macro)(*values)).strip()


def _words(lang: Language, now: datetime) -> dict[str, Any]:
    """What templates may use."""
    return {
        "lang": lang,
        "say": lambda key, **blanks: say(key, lang, **blanks),
        "age": partial(age, now=now, lang=lang),
        "ages": {name: say(f"inner.age_{name}", lang, n="{n}") for name, _ in (*AGES, ("now", 0))},
        "channel": partial(channel_title, english=lang == "en"),
        "kind": lambda name: kinds()[name].name_en if lang == "en" else kinds()[name].name,
        "act": partial(act, lang=lang),
        "again": partial(said_again, lang=lang),
        "step": partial(step, lang=lang),
        "trouble": partial(trouble, lang=lang),
        "outcome": partial(outcome, lang=lang),
        "until": partial(until, lang=lang),
        "to": lambda path, **query: link(path, lang, query),
    }


def age(at: datetime, *, now: datetime, lang: Language) -> str:
    """How long ago ``at`` is, in a word or two."""
    seconds = max((now - at).total_seconds(), 0)
    for name, of in AGES:
        if seconds >= of:
            return say(f"inner.age_{name}", lang, n=int(seconds // (1 if name == "second" else of)))
    return say("inner.age_now", lang)


def outcome(mark: Mark, *, lang: Language) -> str:
    """The state of a mark in words; one that is tried again, or being read back, says so."""
    if mark.is_retried:
        return say("inner.retried", lang)
    if mark.is_checked:
        return say("inner.checked", lang)
    return say(f"outcome.{mark.outcome}", lang)


def trouble(outlet: Outlet, *, lang: Language) -> str:
    """Why an endpoint does not send, and what to do."""
    why = said_again(outlet.why, lang)
    return say(f"inner.outlet_{outlet.how}", lang, title=outlet.title, endpoint=outlet.endpoint, why=why)


def step(name: str, *, lang: Language) -> str:
    """A channel's step in words; one that has none as it is."""
    key = name.replace(" ", "_") if name == "read back" else name.partition(" ")[0]
    return say(f"inner.step_{key}", lang) if f"step_{key}" in catalogue("inner") else name or "–"


def act(done: Act, *, lang: Language) -> str:
    """What a person did to a notice, in words."""
    detail = {name: value for part in done.detail.values() if isinstance(part, dict) for name, value in part.items()}
    detail |= {name: value for name, value in done.detail.items() if isinstance(value, str)}
    name = done.act.removeprefix("notice.").replace(".", "_")
    if f"act_{name}" not in catalogue("inner"):
        return done.act
    blanks = {blank: detail.get(blank, "") for blank in BLANKS}
    if blanks["result"] in RESULTS:
        blanks["result"] = say(RESULTS[blanks["result"]], lang)
    return say(f"inner.act_{name}", lang, **blanks)


def link(path: str, lang: Language, query: Mapping[str, str]) -> str:
    """An address of the inner listener that keeps the language."""
    wanted = {**query, **({"lang": lang} if lang == "en" else {})}
    asked = urlencode({name: value for name, value in wanted.items() if value})
    return f"{path}?{asked}" if asked else path


def clock_time(at: datetime) -> str:
    """09:31:05 in Shanghai."""
    return f"{wall(at):%H:%M:%S}"


def day_time(at: datetime) -> str:
    """2026-11-23 09:31:05 in Shanghai."""
    return f"{wall(at):%Y-%m-%d %H:%M:%S}"


def took(span: timedelta) -> str:
    """A short span: 12 ms, 1.4 s."""
    seconds = span.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("templates", "inner"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(clock_time=clock_time, day_time=day_time, took=took)
    return made
