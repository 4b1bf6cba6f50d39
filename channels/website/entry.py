"""From a message to its row on the shelf, and from a row to what lists say of it."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from channels.base import Work
from channels.shelf import Item, State
from channels.website.page import column_of
from channels.website.site import notice_file, stamp
from config.clock import wall
from config.columns import columns
from notices.asked import CONSULTS
from notices.matter import EXTENDS
from notices.notice import Message, MessageKind, Urgency, Version
from notices.validity import End, end_of, shown_until

STATES = {"banner": State.WITHDRAWN, "gone": State.GONE, "redirect": State.REDIRECTED}
URGENT = "urgent:"  # the shelf's own column of emergencies
YEAR_IN_NUMBER = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
YEAR = "year:"  # the shelf's own column of a year of the catalogue, ranked by index number: "year:2026"
MATTER = "matter"  # the shelf's own tie from the page of a matter to each of its notices
SHARED = 100  # positions in it that each serial number has: offices that changed their pattern gave one twice


@dataclass(frozen=True)
class Listed:
    """One notice as lists, catalogue and look-up name it."""

    name: str  # its file
    title: str
    summary: str
    document_number: str
    index_number: str
    issued_on: str
    day: str  # of first publication, in Shanghai
    column_name: str
    withdrawn: bool
    corrected: bool
    urgent: bool
    end: End | None
    ended: bool  # when it came to stand here as it does
    shown: End | None  # until when it is shown
    shown_out: bool  # likewise


def item(work: Work, stands: Item | None) -> Item:
    """The row that ``work`` puts on the shelf; ``stands`` is the one it takes the place of."""
    message, withdrawal = work.message, work.message.withdrawal
    state = STATES[withdrawal.leaves] if withdrawal else State.SHOWN
    return Item(
        subject=message.subject,
        sequence=message.sequence,
        state=state,
        first_released_at=work.first_released_at,
        updated_at=work.released_at,
        rendition=rendition_of(work),
        entry=_entry(message, state, _corrections(work, stands)),
    )


def rendition_of(work: Work) -> str:
    """SHA-256 of the approved page."""
    return hashlib.sha256(work.rendition.main.body).hexdigest()


def columns_of(message: Message) -> list[str]:
    """The columns of the shelf that ``message`` stands in; the first is the kind's."""
    found = [column_of(message.version).id, YEAR + year_of(message)]
    return [*found, URGENT] if message.version.urgency is Urgency.EMERGENCY else found


def ties_of(message: Message) -> list[tuple[str, str]]:
    """What ``message`` relates to, of our own notices."""
    ties = [(tie.notice, tie.type.value) for tie in message.version.relations if tie.notice]
    if message.withdrawal and message.withdrawal.redirect:
        ties.append((message.withdrawal.redirect, "replaced"))
    if message.kind is MessageKind.MATTER:
        ties += [(tie.notice, MATTER) for tie in message.version.relations if tie.notice]
    return ties


def year_of(message: Message) -> str:
    """The year its index number was given in; the number never changes, so neither does this."""
    found = YEAR_IN_NUMBER.search(_own_part(message.version.index_number))
    return found[0] if found else str(message.version.issued_on.year)


def ranks_of(message: Message) -> dict[str, int]:
    """Its rank in its year of the catalogue: by the serial number that its index number ends in."""
    serial = re.search(r"(\d{1,9})\D*\Z", YEAR_IN_NUMBER.sub("", _own_part(message.version.index_number), count=1))
    return {YEAR + year_of(message): max(int(serial[1]) if serial else 0, 1) * SHARED - SHARED + 1}


def _own_part(index_number: str) -> str:
    """The part that differs from notice to notice: 2026-00017 of 11530100MB1A2B3C4D/2026-00017."""
    return index_number.rpartition("/")[2]


def end_at(item: Item) -> End | None:
    """The end of the validity of what stands there; a withdrawn notice has none any more."""
    if item.state is not State.SHOWN:
        return None
    ends_on, expires_at = item.entry["ends_on"], item.entry["expires_at"]
    return end_of(
        date.fromisoformat(ends_on) if ends_on else None, datetime.fromisoformat(expires_at) if expires_at else None
    )


def shown_at(item: Item) -> End | None:
    """The end of the period for which what stands there is shown; a withdrawn notice has none any more."""
    shown = item.entry.get("shown")
    if item.state is not State.SHOWN or not shown:
        return None
    return End(datetime.fromisoformat(shown["at"]), shown["until"], shown["state"])


def is_over(end: End | None, item: Item) -> bool:
    """Whether it had already come when ``item`` came to stand there as it does: true without the reader's clock."""
    return end is not None and end.at <= item.updated_at


def listed(item: Item) -> Listed:
    """What lists say of ``item``."""
    entry = item.entry
    return Listed(
        name=notice_file(item.subject),
        title=entry["title"],
        summary=entry["summary"],
        document_number=entry["document_number"],
        index_number=entry["index_number"],
        issued_on=entry["issued_on"],
        day=f"{wall(item.first_released_at):%Y-%m-%d}",
        column_name=columns()[entry["column"]].name,
        withdrawn=item.state is not State.SHOWN,
        corrected=item.state is State.SHOWN and any(not one["minor"] for one in entry["corrections"]),
        urgent=entry["urgent"] and item.state is State.SHOWN,
        end=end_at(item),
        ended=is_over(end_at(item), item),
        shown=shown_at(item),
        shown_out=is_over(shown_at(item), item),
    )


def _entry(message: Message, state: State, corrections: Sequence[dict[str, Any]]) -> dict[str, Any]:
    version = message.version
    hidden = state in (State.GONE, State.REDIRECTED)  # what was taken away is not named any more
    shown = shown_until(version)
    is_matter = message.kind is MessageKind.MATTER
    return {
        "title": f"索引号{version.index_number}" if hidden else version.title,
        "summary": "" if hidden else version.summary,
        "document_number": version.document_number or "",
        "index_number": version.index_number,
        "issued_on": version.issued_on.isoformat(),
        "ends_on": version.ends_on.isoformat() if version.ends_on else "",
        "shown": {"at": shown.at.isoformat(), "until": shown.until, "state": shown.state} if shown else None,
        "column": column_of(version).id,
        "urgent": version.urgency is Urgency.EMERGENCY,
        "expires_at": version.expires_at.isoformat() if version.expires_at else "",
        "number": version.number,
        "corrections": list(corrections),
        "relations": [] if hidden else [tie.model_dump(mode="json") for tie in version.relations],
        "attachments": [] if hidden else [[file.name, file.sha256] for file in version.attachments],
        "asks": _asks(version),
        "window": {"last": version.fields.get("open_to"), "asks": list(message.asks)} if is_matter else None,
        "redirect": (message.withdrawal.redirect or "") if message.withdrawal else "",
    }


def _asks(version: Version) -> dict[str, Any] | None:
    """Until when it asks for comments by its own words, and whether it was the first to; None where it does not."""
    if version.kind not in (CONSULTS, EXTENDS):
        return None
    return {"last": version.fields["open_to"], "first": version.kind == CONSULTS}


def _corrections(work: Work, stands: Item | None) -> list[dict[str, Any]]:
    """Every correction that readers of this site have seen, oldest first."""
    before = list(stands.entry["corrections"]) if stands else []
    version = work.message.version
    if not work.message.is_correction:
        return before
    this = {
        "number": version.number,
        "at": stamp(work.released_at),
        "note": version.public_note,
        "minor": version.minor,
    }
    return [*before, this]
