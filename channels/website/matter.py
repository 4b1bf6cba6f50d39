"""What the page of a matter shows of each step: its look, and a link to what was published of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.website.site import Site, notice_file
from notices.notice import Version
from notices.steps import LATE, TO_COME, UNDER_WAY


@dataclass(frozen=True)
class Shown:
    """One step as the page shows it."""

    name: str
    state: str
    when: str
    said: str  # the title of what was published, or words beside it
    link: str
    look: str  # done | now | late | later


def life(site: Site, version: Version) -> Iterator[Shown]:
    """The steps that ``version`` of a matter's page tells of, in order."""
    links = {tie.title: site.link(notice_file(tie.notice)) for tie in version.relations if tie.notice}
    for row in version.fields["steps"]:
        said = row["公开件"]
        yield Shown(row["环节"], row["状态"], row["时间"], said, links.get(said, ""), _look(row["状态"]))


def _look(state: str) -> str:
    if state == LATE:
        return "late"
    if state in TO_COME:
        return "later"
    return "now" if state.startswith(UNDER_WAY) else "done"
