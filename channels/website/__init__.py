"""The website: static pages of one office, written so that any file server can serve them with all else down.

Sending puts the message on the endpoint's shelf and writes every file it shows in (step ``write``), then reads
the notice's page at its public address and compares the bytes (step ``read back``). Where what all pages share has
changed, the others are written in between, some at a time, so that whatever else waits gets through (step
``rewrite``). All may be repeated at will: an older message never takes the place of a newer one.
(docs/decisions/0021-static-site.md)
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from channels import base
from channels.base import (
    Accepted,
    Answer,
    Compared,
    Delivered,
    File,
    LimitsBroken,
    Nature,
    Rendition,
    TryAgain,
    Work,
    closed,
)
from channels.columns import refuse_lost
from channels.files import PUBLIC, rebuilding, remove, strangers, write, writing
from channels.reading import Written, ask_at, compare_files, difference
from channels.shelf import Shelf, anew, opened, stands
from channels.website.entry import columns_of, item, ranks_of, rendition_of, ties_of
from channels.website.limits import broken, used
from channels.website.page import rendition
from channels.website.pages import Pages, assets
from channels.website.publish import affected
from channels.website.site import Site, SiteOptions, notice_file
from channels.website.whole import BEGIN, Piece, files_of, names_of, pieces, some
from config.messages import say
from notices.notice import Message, Office

REWRITTEN = "rewritten to"  # a note: the looks that the site is being given, with how far each has come
SWEEPS = "sweeps"  # a note: what nobody wrote is to be taken away when all is written


class Channel(base.Channel):
    """The site of one office, under ``tools.place``/public."""

    name = "website"
    nature = Nature.STATE
    leaves = False
    writes_files = True
    Options: ClassVar[type[base.Options]] = SiteOptions
    options: SiteOptions

    def ready(self) -> None:
        refuse_lost(self.tools.place)

    def render(self, message: Message) -> Rendition:
        message = closed(message)
        made = rendition(self._site(message), message)
        if found := broken(message, made):
            raise LimitsBroken(found)
        return replace(made, used=used(message, made))

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """The page with its style sheets beside it, for a browser that opens the file itself."""
        own = f'"{urlsplit(self.tools.public_url).path}/assets/'.encode()
        page = replace(rendition.main, body=rendition.main.body.replace(own, b'"assets/'))
        return page, *(File(name, "", body) for name, body in assets())

    def next_step(self, work: Work) -> str | None:
        if "asked" in work.scratch:
            return "read back"
        return "rewrite" if "shown" in work.scratch else "write"

    def send(self, step: str, work: Work) -> Answer:
        if step == "read back":
            return self._read_back(work)
        if step == "write" and not self._write(work):
            return Accepted(note=say("website.overtaken"))
        now = self.tools.clock.now()
        if not self._rewrite_some():
            return Accepted(ask_again_at=now, scratch={"shown": True}, note=say("website.rewriting"))
        return Accepted(ask_again_at=ask_at(0, now), scratch={"asked": 0})

    def read_back(self, work: Work) -> str | None:
        """The notice's page and its attachments."""
        site = self._site(work.message)
        with opened(self.tools.place) as shelf:
            if unlike := _unlike(shelf, work):
                return unlike
            made = Pages(site, shelf, self.tools.blobs)
            stands = shelf.get(work.message.subject)
            expected = {work.message.address: made.notice(stands)[1]} if stands else {}
            expected |= {site.address(name): body for name, body in made.attachments(stands)} if stands else {}
        found = [difference(self.tools.http, address, body) for address, body in expected.items()]
        return None if None in found else "; ".join(filter(None, found))

    def compare(self, works: Iterable[Work]) -> Iterator[Compared]:
        with opened(self.tools.place) as shelf:
            for work in works:
                yield Compared(work.message.subject, _unlike(shelf, work))
            site = self._noted(shelf)
            if site is not None and shelf.noted("look") != look(site):
                yield Compared("index.html", say("website.older_look"))
                return
        yield from compare_files(self.tools.http, self.tools.place, self._written)

    def rebuild(self, works: Iterable[Work]) -> int:
        place = self.tools.place
        with rebuilding(place):
            with ExitStack() as held, anew(place) as shelf:
                count = self._put_all(shelf, works)
                held.enter_context(writing(place))
                count += self._put_all(shelf, filter(self._stands, works))  # what others have put there meanwhile
                shelf.note(SWEEPS, "")
            while not self._rewrite_some():
                pass
        return count

    # -- writing -----------------------------------------------------------------------------------

    def _write(self, work: Work) -> bool:
        """Put the message on the shelf and write the files it shows in; False when a newer one stands there."""
        subject, place = work.message.subject, self.tools.place
        with writing(place), opened(place) as shelf:
            with shelf.transaction():
                site = self._put(shelf, work)
            if site is None:
                return False
            made = Pages(site, shelf, self.tools.blobs)
            write(place, affected(made, subject))
            remove(place, self._left_over(subject, made))
        return True

    def _put(self, shelf: Shelf, work: Work) -> Site | None:
        """Put the message on the shelf; the site as it is from now on, None when a newer one stands there."""
        row = item(work, shelf.get(work.message.subject))
        if not shelf.put(row, columns_of(work.message), ties_of(work.message), ranks_of(work.message)):
            return None
        return Site(self.tools.public_url, _newest_office(shelf, work), self.options)

    def _stands(self, work: Work) -> bool:
        """Whether the shelf that readers' files are of has it already."""
        return stands(self.tools.place, work.message.subject, work.message.sequence)

    def _put_all(self, shelf: Shelf, works: Iterable[Work]) -> int:
        """Put every message on a shelf that nobody else writes to; how many."""
        count = 0
        with shelf.transaction():
            for count, work in enumerate(works, 1):  # noqa: B007 - counted to the last
                self._put(shelf, work)
        return count

    def _rewrite_some(self) -> bool:
        """Write some of the site once more, where that is due; True when nothing of it is left.

        Who died in between, and everybody who comes meanwhile, goes on where the last one stopped.
        """
        place = self.tools.place
        with writing(place), opened(place) as shelf:
            site = self._noted(shelf)
            if site is not None and shelf.noted("look") != (wanted := look(site)):
                files, stopped = some(Pages(site, shelf, self.tools.blobs), _stopped(shelf, wanted))
                write(place, files)
                if stopped is not None:
                    shelf.note(REWRITTEN, json.dumps(_progress(shelf) | {wanted: stopped}))
                    return False
                shelf.note("look", wanted)
                shelf.forget(REWRITTEN)
            sweeps = shelf.noted(SWEEPS) is not None
        if sweeps:
            self._sweep()
        return True

    def _sweep(self) -> None:
        """Take away what nobody wrote. To see that there is nothing of the sort, nobody is kept waiting."""
        place = self.tools.place
        with opened(place) as shelf:
            found = any(self._strangers(shelf))
        with writing(place), opened(place) as shelf:  # anew: another may have rebuilt it meanwhile
            if found:
                remove(place, list(self._strangers(shelf)))
            shelf.forget(SWEEPS)

    def _strangers(self, shelf: Shelf) -> Iterator[str]:
        """What nobody wrote; on an empty shelf that is everything."""
        site = self._noted(shelf)
        made = None if site is None else Pages(site, shelf, self.tools.blobs)
        known = {name for piece in pieces(shelf) for name in names_of(made, piece)} if made else set()
        return strangers(self.tools.place, known)

    def _written(self, only: Collection[str] | None = None) -> Iterator[Written]:
        """Every file that should stand; with ``only``, those at least."""
        with opened(self.tools.place) as shelf:
            if (site := self._noted(shelf)) is None:
                return
            made = Pages(site, shelf, self.tools.blobs)
            for piece in pieces(shelf):
                if only is None or any(name in only for name in names_of(made, piece)):
                    for name, body in files_of(made, piece):
                        yield Written(name, site.address(name), hashlib.sha256(body).hexdigest())

    def _noted(self, shelf: Shelf) -> Site | None:
        """The site as its pages were written; None when there are none."""
        noted = shelf.noted("office")
        if noted is None:
            return None
        office = Office.model_validate(json.loads(noted)["office"])
        return Site(self.tools.public_url, office, self.options)

    def _left_over(self, subject: str, made: Pages) -> list[str]:
        """Attachments of earlier versions that this one does not have."""
        folder = notice_file(subject).removesuffix(".html")
        stands = made.shelf.get(subject)
        kept = {name for name, _ in made.attachments(stands)} if stands else set()
        there = (self.tools.place / PUBLIC / folder).glob("*")
        return [name for file in there if (name := f"{folder}/{file.name}") not in kept]

    # -- reading back ------------------------------------------------------------------------------

    def _read_back(self, work: Work) -> Answer:
        with opened(self.tools.place) as shelf:
            stands = shelf.get(work.message.subject)
        if stands is not None and stands.sequence > work.message.sequence:
            return Accepted(note=say("website.overtaken"))
        found = self.read_back(work)
        if found == "":
            return Delivered(reference=work.message.address)
        if found:
            self._write(work)
            raise TryAgain(found)
        asked = work.scratch["asked"] + 1
        again = ask_at(asked, self.tools.clock.now())
        return Accepted(ask_again_at=again, scratch={"asked": asked}, note=say("website.unreadable"))

    def _site(self, message: Message) -> Site:
        return Site(self.tools.public_url, message.office, self.options)


def _unlike(shelf: Shelf, work: Work) -> str:
    """How what the shelf holds of the subject differs from what was sent; a newer message may stand there."""
    subject, stands = work.message.subject, shelf.get(work.message.subject)
    if stands is None or stands.sequence < work.message.sequence:
        return say("website.not_there", subject=subject)
    if stands.sequence == work.message.sequence and stands.rendition != rendition_of(work):
        return say("website.other_text", subject=subject)
    return ""


def _newest_office(shelf: Shelf, work: Work) -> Office:
    """The office as the message released last knows it: a retried old one does not bring back an old telephone."""
    noted = json.loads(shelf.noted("office") or "null")
    if noted and datetime.fromisoformat(noted["at"]) > work.released_at:
        return Office.model_validate(noted["office"])
    office = work.message.office
    shelf.note("office", json.dumps({"at": work.released_at.isoformat(), "office": office.model_dump(mode="json")}))
    return office


def _stopped(shelf: Shelf, wanted: str) -> Piece:
    """The last piece that was written in the look that is wanted."""
    return Piece(*_progress(shelf).get(wanted, BEGIN))


def _progress(shelf: Shelf) -> dict[str, Sequence[Any]]:
    """By each look that is being given, the piece it has come to: a process that knows an older one may still run.

    Whoever is through first ends them all; another that goes on then begins anew, so the last look is on every page.
    """
    return dict(json.loads(shelf.noted(REWRITTEN) or "{}"))


def look(site: Site) -> str:
    """Known by its hash: everything that all pages share. When it changes, every file is written once more."""
    digest = hashlib.sha256(_templates())
    digest.update(f"{site.base}\n{site.office.model_dump_json()}\n{site.options.model_dump_json()}".encode())
    return digest.hexdigest()


@cache
def _templates() -> bytes:
    folders: list[Traversable] = [files("templates") / "website", files("templates") / "website" / "assets"]
    found = (file for folder in folders for file in folder.iterdir() if file.is_file())
    return b"".join(file.read_bytes() for file in sorted(found, key=lambda file: file.name))
