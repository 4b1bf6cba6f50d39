"""``gongkai up``: the engine and both listeners, until told to end."""

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.served import ended, own, served, tell
from producers.serve.process import Running

GRACE = 20.0  # seconds: longer than a request to an outlet may last, so that no answer is missed


@named("up")
def command(given: Given) -> Exit:
    """Serve the data folder."""

    def ready(running: Running) -> None:
        tell(given, own(running))

    return ended(served(given, given.home, ready, grace=GRACE))
