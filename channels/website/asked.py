"""What the page of a notice says of the window that it asks for comments in.

The page of the matter knows: it is written anew whenever the window moves, and ``notices.matter`` alone decides that.
Until it is there, a notice goes by what it says itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from channels.shelf import Item, Shelf, State
from channels.website.asking import Asking, asking
from channels.website.entry import MATTER, Listed, listed
from channels.website.site import Site


@dataclass(frozen=True)
class Asked:
    """How comments stand on the page of a notice that asks for them."""

    asking: Asking | None = None  # None: not by this notice any more
    matter: Listed | None = None  # the page of the matter, where it is there
    longer: bool = False  # it goes on for longer than the notice says
    by: Listed | None = None  # what extended it


def asked(site: Site, shelf: Shelf, item: Item) -> Asked | None:
    """What the page of ``item`` says of it; None where it asks for no comments, or was taken back."""
    own = item.entry.get("asks")
    if item.state is not State.SHOWN or not own:
        return None
    last, page = date.fromisoformat(own["last"]), _page(shelf, item)
    if page is None:
        return Asked(asking(site, last, item.subject if own["first"] else "", item.updated_at))
    window = page.entry["window"]
    if item.subject not in window["asks"]:
        return Asked(matter=listed(page))
    consultation, *extensions = window["asks"]
    moved = date.fromisoformat(window["last"])
    found = asking(site, moved, consultation, max(page.updated_at, item.updated_at))
    return Asked(found, listed(page), moved > last, _newest(shelf, extensions, item))


def _page(shelf: Shelf, item: Item) -> Item | None:
    """The page of the matter that ``item`` belongs to: the newest, where it was corrected into another one."""
    found = (shelf.get(tie.subject) for tie in shelf.ties_to(item.subject) if tie.type == MATTER)
    pages = [one for one in found if one and one.entry.get("window") is not None]
    return max(pages, key=lambda one: one.updated_at, default=None)


def _newest(shelf: Shelf, extensions: Iterable[str], item: Item) -> Listed | None:
    there = [shelf.get(name) for name in extensions if name != item.subject]
    shown = [listed(one) for one in there if one and one.state is State.SHOWN]
    return shown[-1] if shown else None
