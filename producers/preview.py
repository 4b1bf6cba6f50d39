"""What a channel would make of a draft, as files to look at. Releases nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from channels.base import File, Rendition, Slot, fill
from config.messages import say
from notices.document import Draft
from producers.house import House
from producers.publish import NoEndpoint, first_message
from producers.reach import Reach, reach
from producers.rendering import NotFit, routed, try_all
from producers.say import Edition
from streams.outlets import Endpoint


@dataclass(frozen=True)
class Written:
    """One file of a rendition, where it was written to."""

    path: Path
    media_type: str
    size: int  # bytes


@dataclass(frozen=True)
class Preview:
    """What was written of what was made, and whom it would reach at what price."""

    made: Mapping[Edition, Rendition]
    files: tuple[Written, ...]
    reaches: tuple[Reach, ...]  # of each endpoint that speaks to persons


def preview(house: House, draft: Draft, channel: str, folder: Path) -> Preview:
    """Write what each edition of ``channel`` makes of ``draft`` into ``folder``.

    Raises ``NotFit`` with every limit that it breaks, ``NoEndpoint`` when the channel cannot do without one.
    """
    endpoints = _endpoints(house, draft, channel)
    message = first_message(house, draft)
    made, reasons = try_all(house, message, endpoints)
    # an endpoint that cannot send at present still shows what it would send
    if against := [reason for reason in reasons if not made or not reason.unready]:
        raise NotFit(against)
    channels = {channel.edition: channel for channel in map(house.outlets.channel, endpoints)}
    attached = {one.sha256: draft.files[one.name] for one in draft.content.attachments}
    files = [
        one
        for of, rendition in made.items()
        for one in _write(_folder(folder, of, made), channels[of.edition].preview(rendition, attached))
    ]
    reaches = [one for one in reach(house, message, endpoints, made) if one.people is not None]
    return Preview(made, tuple(files), tuple(reaches))


def _endpoints(house: House, draft: Draft, channel: str) -> list[Endpoint]:
    """The office's own, or one as the channel's options are by default."""
    office = draft.content.office
    if found := routed(house, office, [channel]):
        return found
    plain = Endpoint(channel, office, channel, channel, options="{}", pretend=False, enabled=True, reason=None)
    try:
        house.outlets.channel(plain)
    except ValidationError:
        raise NoEndpoint(channel) from None
    return [plain]


def _folder(folder: Path, of: Edition, made: Mapping[Edition, Rendition]) -> Path:
    return folder if len(made) == 1 else folder / of.edition.replace("/", "-").replace(" ", "-")


def _write(folder: Path, files: Iterable[File]) -> Iterator[Written]:
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = fill(file.body, _slots())
        path.write_bytes(body)
        yield Written(path, file.media_type, len(body))


def _slots() -> dict[Slot, str]:
    """What stands where only sending can write; ``null`` where the rendition is JSON."""
    later = say("command.filled_later")
    return {
        Slot.PUBLISHED_AT: later,
        Slot.UPDATED_AT: later,
        Slot.VALIDITY: later,
        Slot.UPLOADED_IMAGE: "",
        Slot.BANNER: "",
        Slot.NEIGHBOURS: "",
        Slot.WINDOW: later,
        Slot.DELIVERY: "null",
    }
