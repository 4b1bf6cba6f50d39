"""``gongkai migrate`` without ``--to``: the store comes to this program's version, before anything works with it."""

from config.clock import clock_of
from config.messages import say
from config.settings import read
from producers.command.exits import Exit
from producers.command.given import Given
from producers.command.show import answer
from streams.store.address import shown
from streams.store.migrate import VERSION, open_store, stored_version


def bring_up_to_date(given: Given) -> Exit:
    """Make the store where there is none, bring an older one up to date, refuse a newer one.

    Raises ``SettingsError`` and what ``open_store`` raises.
    """
    url = read(given.home).store_url
    found = stored_version(url)
    open_store(url, clock_of()).close()
    where = shown(url) if url.startswith("postgresql") else url.removeprefix("sqlite:///")
    if found is None:
        told = say("command.schema_made", store=where, version=VERSION)
    elif found == VERSION:
        told = say("command.schema_is", store=where, version=VERSION)
    else:
        told = say("command.schema_migrated", store=where, was=found, version=VERSION)
    answer(given, {"exit": Exit.DONE, "store": where, "was": found, "version": VERSION}, told)
    return Exit.DONE
