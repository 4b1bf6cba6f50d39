"""海报: one sheet of paper for a wall, A3 or A2, as PDF/A-2a and PDF/UA-1, and A3 also as an image.

The file is *accepted* once it lies in its place: whether it hangs, and where, only a person can say. Jinja2 writes
typst, a worker process sets it (docs/decisions/0030-typst.md and following).
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from io import BytesIO
from typing import Any, ClassVar, Literal

from pypdf import PdfReader

from channels import base
from channels.base import Accepted, Answer, Compared, File, LimitsBroken, Nature, Refused, Rendition, Work, closed
from channels.files import PUBLIC, remove, strangers, write, writing
from channels.poster.check import broken, found, said, used
from channels.poster.runs import joined
from channels.poster.sheet import Sheet, sheet
from channels.poster.takedown import takedown
from channels.press.press import NotSet, press, timestamp
from channels.press.typst_source import source
from channels.shelf import Item, State, anew, opened
from config.fonts import FontsMissing, fonts
from config.messages import say
from notices.notice import Message

UNIT = {"A3": 1.0, "A2": 2**0.5}  # points of the paper to one point of A3
PDF: dict[str, Any] = {"format": "pdf", "pdf_standards": ["a-2a", "ua-1"]}
PNG: dict[str, Any] = {"format": "png", "ppi": 150}
SMALLEST = 15 / 17  # of the type's usual size: 15 pt on A3
OFF = "off"  # the sheet that stands at the addresses of posters that must come down


class PosterOptions(base.Options):
    """Options of a poster endpoint: one paper size."""

    paper: Literal["A3", "A2"] = "A3"
    png: bool = True  # A3 only: for screens, and to look at


class Channel(base.Channel):
    """Posters of one paper size: ``posters/<notice>/v<number>-<paper>.pdf``, and ``.png`` beside an A3."""

    name = "poster"
    nature = Nature.HUMAN
    leaves = False
    writes_files = True
    words = ("是哪一件",)
    Options: ClassVar[type[base.Options]] = PosterOptions
    options: PosterOptions

    @property
    def edition(self) -> str:
        return f"{self.options.paper} {'png' if self._image else 'pdf'}"

    @property
    def _image(self) -> bool:
        return self.options.png and self.options.paper == "A3"

    def ready(self) -> None:
        try:
            fonts()
        except FontsMissing as missing:
            raise Refused(str(missing)) from None

    def render(self, message: Message) -> Rendition:
        message = closed(message)
        made = list(self._sheets(message))
        if found := [one for _, laid in made for one in broken(laid, message.address)]:
            raise LimitsBroken(found)
        done = [self._set(name, laid, message) for name, laid in made]
        files = tuple(file for files, _ in done for file in files)
        return Rendition(files, "\n".join(words for _, words in done), used(made[0][1], message.address))

    def next_step(self, work: Work) -> str | None:
        return None if "written" in work.scratch else "write"

    def send(self, step: str, work: Work) -> Answer:
        message, place = work.message, self.tools.place
        with writing(place), opened(place) as shelf:
            if not shelf.put(_item(work, shelf.get(message.subject))):
                raise Refused(say("poster.newer_stands"), final=True)
            standing = self._write(work, shelf.get(message.subject))
        own = "、".join(name for name in standing if name.rpartition("/")[2] in _names(work.rendition))
        return Accepted(reference=own, scratch={"written": standing}, note=_task(message, own))

    def read_back(self, work: Work) -> str | None:
        with opened(self.tools.place) as shelf:
            stands = shelf.get(work.message.subject)
        if stands is None or stands.sequence < work.message.sequence:
            return say("poster.not_there", name=work.message.subject)
        wanted = _standing(work, stands) if stands.sequence == work.message.sequence else {}
        return "; ".join(filter(None, (self._difference(name, body) for name, body in wanted.items())))

    def compare(self, works: Iterable[Work]) -> Iterator[Compared]:
        known: set[str] = set()
        with opened(self.tools.place) as shelf:
            for work in works:
                if stands := shelf.get(work.message.subject):
                    known |= _known(stands, self.options.paper)
                yield Compared(work.message.subject, self.read_back(work))
        yield from (Compared(name, say("reading.nobodys")) for name in strangers(self.tools.place, known))

    def rebuild(self, works: Iterable[Work]) -> int:
        place, count, known = self.tools.place, 0, set[str]()
        with writing(place):
            with anew(place) as shelf:
                for count, work in enumerate(works, 1):  # noqa: B007 - counted to the last
                    shelf.put(_item(work, shelf.get(work.message.subject)))
                    known |= set(self._write(work, shelf.get(work.message.subject)))
            remove(place, list(strangers(place, known)))
        return count

    def _write(self, work: Work, stands: Item | None) -> list[str]:
        """Make the notice's folder as it is to stand; the names in it, and those that went."""
        standing = _standing(work, stands)
        write(self.tools.place, ((name, body) for name, body in standing.items() if body is not None))
        remove(self.tools.place, (name for name, body in standing.items() if body is None))
        return list(standing)

    # -- rendering ---------------------------------------------------------------------------------

    def _sheets(self, message: Message) -> Iterator[tuple[str, Sheet]]:
        """What is set for ``message``, by the file's name without ending: the poster, what replaces old ones."""
        cut = press().cut
        if message.withdrawal is None:
            yield f"v{message.version.number}-{self.options.paper}", sheet(message, cut)
        if message.withdrawal is not None or message.is_correction:
            yield f"{OFF}-{self.options.paper}", takedown(message, cut)

    def _set(self, name: str, laid: Sheet, message: Message) -> tuple[list[File], str]:
        """The files of one sheet, and the words on it."""
        values = {**asdict(laid), "address": message.address}
        text = source("poster", "poster.typ", sheet=values, unit=UNIT[self.options.paper], smallest=SMALLEST)
        setting = partial(press().set_page, text, timestamp=timestamp(message.version.issued_on))
        try:
            pdf = setting(PDF)
        except NotSet as error:
            if limits := found(error, laid):
                raise LimitsBroken(limits) from error
            raise
        files = [File(f"{name}.pdf", "application/pdf", pdf)]
        if not self._image:
            return files, _words(pdf, laid)
        with ThreadPoolExecutor(1) as beside:  # the worker draws the image while the words are read here
            png = beside.submit(setting, PNG)
            words = _words(pdf, laid)
        return [*files, File(f"{name}.png", "image/png", png.result())], words

    def _difference(self, name: str, body: bytes | None) -> str:
        file = self.tools.place / PUBLIC / name
        if body is None:
            return say("poster.differs", name=name) if file.exists() else ""
        if not file.is_file():
            return say("poster.not_there", name=name)
        return "" if file.read_bytes() == body else say("poster.differs", name=name)


def _words(pdf: bytes, laid: Sheet) -> str:
    """What a reader of the page sees, from the page itself."""
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return joined(text, (one for _, one in said(laid)))


def _names(rendition: Rendition) -> list[str]:
    return [file.name for file in rendition.files]


def _item(work: Work, stands: Item | None) -> Item:
    """The notice as its folder shows it; ``posters`` are the files that were put up before, and must come down."""
    message = work.message
    before = [] if stands is None else [*stands.entry["earlier"], *stands.entry["own"]]
    own = [name for name in _names(work.rendition) if not name.startswith(OFF)]
    return Item(
        subject=message.subject,
        sequence=message.sequence,
        state=State.WITHDRAWN if message.withdrawal else State.SHOWN,
        first_released_at=work.first_released_at,
        updated_at=work.released_at,
        rendition=work.rendition.sha256,
        entry={"own": own, "earlier": [name for name in dict.fromkeys(before) if name not in own]},
    )


def _standing(work: Work, stands: Item | None) -> Mapping[str, bytes | None]:
    """Every file of the notice's folder by its name below ``public``: its bytes; None where it is to go."""
    assert stands is not None  # put just before, or found
    made = {file.name: file.body for file in work.rendition.files}
    off = {name.rpartition(".")[2]: body for name, body in made.items() if name.startswith(OFF)}
    wanted: dict[str, bytes | None] = {name: made[name] for name in stands.entry["own"]}
    wanted |= {name: off.get(name.rpartition(".")[2]) for name in stands.entry["earlier"]}
    if work.message.withdrawal is not None:
        wanted |= {name: body for name, body in made.items() if name.startswith(OFF)}
    return {f"posters/{work.message.subject}/{name}": body for name, body in wanted.items()}


def _known(stands: Item, paper: str) -> set[str]:
    """Every file that may stand in the notice's folder."""
    off = [f"{OFF}-{paper}.{ending}" for ending in ("pdf", "png")]
    return {f"posters/{stands.subject}/{name}" for name in (*stands.entry["own"], *stands.entry["earlier"], *off)}


def _task(message: Message, files: str) -> str:
    """What a person has to do now."""
    if message.withdrawal is not None:
        return say("poster.waits_withdrawn", files=files)
    if message.is_correction:
        return say("poster.waits_corrected", files=files, earlier=message.version.number - 1)
    return say("poster.waits", files=files)
