"""What a store says of a move: that it was moved elsewhere, or that the move into it is not finished.

It stands in the place of the version, so that every program refuses such a store, also one that knows of no move.
"""

from sqlalchemy import Column, Connection, MetaData, Table, Text, select, update

MOVED = "moved"  # the old store's, for ever
MOVING = "moving"  # the new store's, until everything is there and compared

marks = MetaData()  # none of these is a table of the store: no migration knows them

version = Table("alembic_version", MetaData(), Column("version_num", Text))
leaving = Table(
    "gongkai_leaving",  # of the old store
    marks,
    Column("id", Text, primary_key=True),  # of its move, however often it is begun anew
    Column("address", Text),  # where it was moved to, without password; None: not yet
)


class MovedStore(Exception):
    """The store was moved to another place, which this says; it is never used again."""


class UnfinishedMove(Exception):
    """A move into the store was begun and is not finished."""


def refuse_moved(connection: Connection, found: str | None) -> None:
    """Raises ``MovedStore`` or ``UnfinishedMove`` where the version ``found`` says so."""
    if found == MOVED:
        raise MovedStore(connection.execute(select(leaving.c.address)).scalar_one())
    if found == MOVING:
        raise UnfinishedMove


def set_version(connection: Connection, name: str) -> None:
    """Write down the version of the store."""
    connection.execute(update(version).values(version_num=name))
