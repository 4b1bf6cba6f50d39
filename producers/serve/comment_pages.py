"""The pages of comments, in the look of the office's website: Chinese, with complete English beside it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from json import loads
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection, select

from channels.website.site import Site, SiteOptions, day, notice_file
from config import comments as bounds
from config.clock import wall
from config.comments import numbers
from config.messages import say
from notices.matter import Window
from notices.notice import Version
from producers.comments.form import Token, question_of
from producers.comments.written import Written, Wrong, visible
from producers.house import House
from streams.comments.comment import Comment, State
from streams.comments.take import may_take_back
from streams.comments.tied import asks_about, text_of
from streams.matters import matter_of
from streams.seal import Seal
from streams.store.store import StoreUnavailable
from streams.store.tables import comment, endpoint
from streams.windows import window_of

FOLDERS = ("comments", "website")
WEBSITE = "website"


@dataclass(frozen=True)
class Asked:
    """What is asked: on which matter, until when, and by which notice."""

    notice: str  # that the address names
    office: str
    number: str  # of the matter
    window: Window | None  # None: nobody asks any more
    version: Version  # of the notice that asks, or asked
    site: Site

    @property
    def address(self) -> str:
        """Of the notice that asks."""
        return self.site.address(notice_file(self.version.notice))


def asked_about(connection: Connection, house: House, name: str) -> Asked | None:
    """What the notice ``name`` asks; None where it asks nothing, or its office has no form."""
    found = asks_about(connection, name)
    site = found and site_of(connection, house, found[0], taking=True)
    if found is None or site is None:
        return None
    office, number = found
    window = window_of(connection, office, number)
    return Asked(name, office, number, window, text_of(connection, window.notice if window else name), site)


def site_of(connection: Connection, house: House, office: str, *, taking: bool) -> Site | None:
    """The office's website; with ``taking`` only one that takes comments."""
    wanted = select(endpoint.c.options).where(
        endpoint.c.office == office, endpoint.c.channel == WEBSITE, endpoint.c.state == "enabled"
    )
    rows = connection.execute(wanted.order_by(endpoint.c.added_at, endpoint.c.id)).scalars()
    options = [SiteOptions(**loads(row)) for row in rows]
    options.sort(key=lambda one: not one.comments)
    if taking and not (options and options[0].comments):
        return None
    of = house.outlets.office(office)
    base = house.configuration.public_url + of.path
    return Site(base, of, options[0] if options else SiteOptions())


class Pages:
    """Makes the pages; of those that read the store it is said."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._usual: Site | None = None

    def form(self, asked: Asked, seal: Seal, token: Token, written: Written, wrong: Sequence[Wrong]) -> bytes:
        """The form, with what was ``written`` into it before and what was ``wrong`` with that."""
        one, other = question_of(seal, token)
        return _page(
            "form.html.j2",
            asked.site,
            asked=asked,
            token=token,
            written={name: _shown(value, lines=name == "text") for name, value in vars(written).items()},
            wrong=wrong,
            question={lang: {"one": numbers(lang)[one], "other": numbers(lang)[other]} for lang in ("zh", "en")},
            work=bounds.work(),
            most=bounds.most(),
            keep_days=self._house.configuration.comments.keep_days,
            **_matter(asked),
        )

    def taken(self, asked: Asked, taken: Comment, receipt: str) -> bytes:
        """The receipt."""
        return _page("taken.html.j2", asked.site, asked=asked, comment=taken, receipt=receipt, **_matter(asked))

    def closed(self, asked: Asked, now: datetime, text: str) -> bytes:
        """The window is not open: since when, from when; and the ``text`` that was to go in."""
        window = asked.window
        how = "none" if window is None else "early" if now < window.opens_at else "closed"
        values = {"asked": asked, "how": how, "now": now, "text": _shown(text, lines=True)}
        return _page("closed.html.j2", asked.site, **values, **_matter(asked))

    def find(self, *, unknown: bool = False, wait: float = 0, written: str = "") -> bytes | None:
        """Where a receipt number is entered; None where there never was one. Reads the store."""
        site = self._site()
        minutes = -(-int(wait + 1) // 60) if wait else 0
        values = {"unknown": unknown, "minutes": minutes, "written": _shown(written, lines=False)}
        return _page("find.html.j2", site, **values) if site else None

    def found(self, of: Comment, receipt: str, *, unsure: bool = False) -> bytes:
        """How a comment stands. Reads the store."""
        house = self._house

        def look(connection: Connection) -> bytes:
            site = site_of(connection, house, of.office, taking=False)
            assert site is not None  # not asked for one that takes comments
            matter = matter_of(connection, of.office, of.dossier)
            window, mine = (matter.window, matter.round_of(of.received_at)) if matter else (None, None)
            feedback = mine and mine.feedback
            told = text_of(connection, window.notice) if window else None
            return _page(
                "found.html.j2",
                site,
                comment=of,
                receipt=receipt,
                stands=_stands(of, told=feedback is not None),
                told=told,
                notice=told and site.address(notice_file(told.notice)),
                feedback=feedback and site.address(notice_file(feedback.notice)),
                may_withdraw=bool(window and mine and may_take_back(of, window, mine, house.clock.now())),
                unsure=unsure,
            )

        return house.store.read(look)

    def refused(self, why: str, text: str = "") -> bytes | None:
        """It was not taken; ``why`` names the message. Reads the store, and does without it."""
        site = self._site()
        values = {"why": why, "text": _shown(text, lines=True), "most": bounds.most()}
        return _page("refused.html.j2", site, **values) if site else None

    def _site(self) -> Site | None:
        """The look of a page that is of no office's matter: that of the first one that takes comments, or has some."""
        house = self._house

        def look(connection: Connection) -> Site | None:
            sites = (site_of(connection, house, office, taking=True) for office in house.configuration.offices)
            if found := next(filter(None, sites), None):
                return found
            office = connection.execute(select(comment.c.office).limit(1)).scalar()
            return site_of(connection, house, office, taking=False) if office else None

        with suppress(StoreUnavailable):  # then as it was
            self._usual = house.store.read(look)
        return self._usual


def _stands(of: Comment, *, told: bool) -> str:
    """Which step it has come to, as its sender may know."""
    if of.withdrawn_at is not None:
        return "withdrawn"
    if of.state is State.REJECTED:
        return "rejected"
    return "decided" if told and of.disposition else str(of.state)


def _matter(asked: Asked) -> dict[str, Any]:
    window = asked.window
    return {
        "first": {lang: _moment(window.opens_at, lang) for lang in ("zh", "en")} if window else {},
        "last": {lang: _day(window.open_to, lang) for lang in ("zh", "en")} if window else {},
    }


def _page(template: str, site: Site, **values: Any) -> bytes:
    own: Mapping[str, Any] = {
        "zh": lambda key, **blanks: say(key, "zh", **blanks),
        "en": lambda key, **blanks: say(key, "en", **blanks),
        "to": partial(_to, site),
        "moment": _moment,
        "root": site.root,
    }
    return site.page(template, folders=FOLDERS, **own, **values)


def _to(site: Site, name: str) -> str:
    """A page or file of these, as a link."""
    return f"{urlsplit(site.root).path}/comment/{quote(name)}"


def _moment(at: datetime, lang: str) -> str:
    here = wall(at)
    seconds = f"{here:%H:%M:%S}" if here.second or here.microsecond else f"{here:%H:%M}"
    return f"{_day(here.date(), lang)} {seconds}"


def _day(value: date, lang: str) -> str:
    return day(value) if lang == "zh" else value.isoformat()


def _shown(text: str, *, lines: bool) -> str:
    """As it can stand on a page: without what no page may hold."""
    return visible(text, lines=lines)
