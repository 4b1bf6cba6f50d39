"""Which files may look different now that a subject was put on the shelf: a fixed number, however long the shelf is."""

from collections.abc import Iterator

from channels.shelf import Item
from channels.website import catalogue
from channels.website.entry import YEAR
from channels.website.pages import BLOCK, PAGE, File, Pages
from channels.website.whole import always, has_list
from config.columns import columns


def affected(made: Pages, subject: str) -> Iterator[File]:
    """The files that ``subject`` shows in, so ordered that no link leads to what is not there yet."""
    item = made.shelf.get(subject)
    if item is None:
        raise LookupError(subject)
    yield from made.attachments(item)
    yield made.notice(item)
    for other in _beside(made, subject):
        yield made.notice(other)
    for column, position in made.shelf.places(subject).items():
        if column.startswith(YEAR):
            yield from catalogue.touched(made.site, made.shelf, column, position)
        elif has_list(column):
            yield from _list(made, column, position)
    block = (item.ordinal - 1) // BLOCK
    yield made.block(block)
    yield made.shard(block)
    yield from always(made)


def _beside(made: Pages, subject: str) -> list[Item]:
    """The notices whose pages name ``subject``: next to it in a column, or related, now or before."""
    shelf = made.shelf
    ties = [*shelf.ties_from(subject, ever=True), *shelf.ties_to(subject)]
    found = [shelf.get(end) for tie in ties for end in (tie.subject, tie.target)]
    for column in shelf.places(subject):
        if column in columns():
            found += shelf.around(subject, column)
    return list({item.subject: item for item in found if item and item.subject != subject}.values())


def _list(made: Pages, column: str, position: int) -> Iterator[File]:
    """The pages that show a column's item at ``position``; a full page leads on to the next, still empty one."""
    number = (position - 1) // PAGE + 1
    if position % PAGE == 0:
        yield made.page(column, number + 1)
    yield made.page(column, number)
    yield made.index(column)
