"""The key that comments are sealed under: that of the numbers of persons, made where there is none yet."""

from contextlib import suppress

from sqlalchemy import Connection, select

from config.settings import SettingsError
from producers.house import House
from producers.keep_secret import SecretExists, keep_secret
from streams.audiences import audiences
from streams.outlets import NUMBERS
from streams.seal import Seal
from streams.store.tables import comment


def seal_of(house: House) -> Seal:
    """The seal. Once something was sealed under it, a missing key is an error.

    Raises ``SettingsError``, ``BadKey`` or ``StoreUnavailable``.
    """
    try:
        return house.outlets.seal()
    except SettingsError:
        if house.store.read(_in_use):
            raise
    with suppress(SecretExists):  # somebody else made it meanwhile
        keep_secret(house.home / "secrets" / NUMBERS, Seal.new_key())
    return house.outlets.seal()


def _in_use(connection: Connection) -> bool:
    return bool(audiences(connection)) or connection.execute(select(comment.c.id).limit(1)).first() is not None
