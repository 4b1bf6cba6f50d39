"""The hard limits of the site: for each row the notice that breaks exactly it, and the one that just does not."""

from channels.base import Rendition
from config.limits import limits
from notices.notice import Relation, RelationType
from tests.breaks import breaks
from tests.channels.website.conftest import Outlet
from tests.factories import message, version, withdrawal


def most(name: str) -> int:
    return limits("website")[name].value


def related(count: int) -> tuple[Relation, ...]:
    return tuple(Relation(type=RelationType.RELATED, title=f"通知{n}") for n in range(count))


@breaks("website", "title")
def test_title(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(title="长" * (most("title") + 1)))


@breaks("website", "summary")
def test_summary(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(summary="长" * (most("summary") + 1)))


@breaks("website", "keywords")
def test_keywords(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(keywords=("词",) * (most("keywords") + 1)))


@breaks("website", "body")
def test_body(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(body="长" * (most("body") + 1)))


@breaks("website", "relations")
def test_relations(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(relations=related(most("relations") + 1)))


@breaks("website", "page")
def test_page(outlet: Outlet) -> Rendition:
    return outlet.channel.render(outlet.said(body="&" * most("body")))  # five bytes each in HTML


@breaks("website", "public_note")
def test_public_note(outlet: Outlet) -> Rendition:
    first = version()
    second = version(number=2, public_note="长" * (most("public_note") + 1))
    return outlet.channel.render(message(second, previous=first))


@breaks("website", "reason")
def test_reason(outlet: Outlet) -> Rendition:
    return outlet.channel.render(message(sequence=2, withdrawal=withdrawal(reason="长" * (most("reason") + 1))))


def test_what_just_fits_goes_through(outlet: Outlet) -> None:
    first = version()
    fits = version(
        number=2,
        title="长" * most("title"),
        summary="长" * most("summary"),
        keywords=("词",) * most("keywords"),
        body="长" * most("body"),
        relations=related(most("relations")),
        public_note="长" * most("public_note"),
    )
    outlet.channel.render(message(fits, previous=first))
