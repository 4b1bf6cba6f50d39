"""What a person must mend at outlets although everything goes out, a line each."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from config.messages import say
from config.said_again import said_again
from producers.ailing import Ails
from producers.command.show import moment


def mended(ails: Iterable[Ails]) -> Iterator[Text]:
    """Lines below an answer; none where all is well."""
    for one in ails:
        since, why = moment(one.since), said_again(one.why)
        told = say("command.ails", title=one.title, endpoint=one.endpoint, since=since, why=why)
        yield Text.assemble("\n", ("! ", "yellow"), told)
