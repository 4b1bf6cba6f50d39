"""The key that what is kept of persons is sealed under: numbers of audiences, and who commented."""

from sqlalchemy import Connection, select

from config.settings import SettingsError
from producers.house import House
from producers.keep_secret import SecretExists, keep_secret
from streams.audiences import audiences
from streams.outlets import NUMBERS
from streams.seal import Seal
from streams.store.tables import comment


def have_key(house: House) -> bool:
    """Make the key where there is none; whether it was made. A missing key is an error once something was sealed, and
    where none can be kept: in a container ``secrets/`` may only be read.

    Raises ``SettingsError`` or ``StoreUnavailable``.
    """
    try:
        house.configuration.secret(NUMBERS)
    except SettingsError as missing:
        if house.store.read(_in_use):
            house.configuration.secret(NUMBERS)  # somebody made and used it meanwhile; else it is lost, and this raises
            return False
        try:
            keep_secret(house.home / "secrets" / NUMBERS, Seal.new_key())
        except SecretExists:  # somebody else made it meanwhile
            return False
        except OSError:
            raise missing from None
        return True
    return False


def seal_of(house: House) -> Seal:
    """The seal. Raises ``BadKey`` besides what ``have_key`` raises."""
    have_key(house)
    return house.outlets.seal()


def _in_use(connection: Connection) -> bool:
    return bool(audiences(connection)) or connection.execute(select(comment.c.id).limit(1)).first() is not None
