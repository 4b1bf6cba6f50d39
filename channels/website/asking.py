"""Until when comments are taken and where, as pages say it."""

from dataclasses import dataclass
from datetime import date, datetime

from channels.website.site import Site, day
from notices.matter import end_of


@dataclass(frozen=True)
class Asking:
    """A window."""

    last: str  # its last day, in words
    closes_at: datetime  # from this instant on no comment is taken
    over: bool  # it had closed when the page was written: true without asking the reader's clock
    form: str  # its address; empty: the site takes no comments
    receipt: str  # the address where one looks up what became of his; likewise


def asking(site: Site, last: date, consultation: str, known_at: datetime | None = None) -> Asking:
    """The window until the end of ``last``, written down at ``known_at``, or while it was open.

    ``consultation`` is empty while nobody knows it.
    """
    at = f"{site.root}/comment/"
    form = at + consultation if site.options.comments and consultation else ""
    receipt = f"{at}receipt" if site.options.comments else ""
    return Asking(day(last), end_of(last), known_at is not None and end_of(last) <= known_at, form, receipt)
