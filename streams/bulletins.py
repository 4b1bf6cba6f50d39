"""The emergency bulletins of an office as the store has them."""

from sqlalchemy import Connection, select

from notices.bulletins import BULLETIN, Bulletin
from notices.notice import State, Version
from streams.store.tables import notice, version

MOST = 200  # the newest: an event that is older than so many bulletins is over


def bulletins_of(connection: Connection, office: str) -> list[Bulletin]:
    """The newest of them, also what was taken back, in the order in which they became public."""
    wanted = (
        select(notice.c.id, notice.c.released_at, notice.c.state, version.c.content)
        .join(version, (version.c.notice == notice.c.id) & (version.c.number == notice.c.version))
        .where(
            notice.c.office == office,
            notice.c.kind == BULLETIN,
            notice.c.state.in_((State.RELEASED, State.WITHDRAWN)),
        )
        .order_by(notice.c.released_at.desc(), notice.c.id.desc())
        .limit(MOST)
    )
    found = [
        Bulletin(row.id, row.released_at, Version.model_validate_json(row.content), row.state == State.WITHDRAWN)
        for row in connection.execute(wanted)
    ]
    return found[::-1]
