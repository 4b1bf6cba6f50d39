"""Tell what became of one notice, and follow it where asked to."""

from producers.command.doubts import lines
from producers.command.exits import Exit
from producers.command.follow import follow
from producers.command.given import Given
from producers.command.published import Result, as_data, shown
from producers.command.show import answer, console
from producers.house import House
from producers.publish import Published


def told(given: Given, house: House, result: Result, done: Published, *, wait: bool, timeout: float | None) -> Exit:
    """Show ``done``, then its deliveries or that they wait; the exit code."""
    if not given.json:
        out = console()
        out.print(shown(done, result))
        for line in lines(result.doubts):
            out.print(line)
    said = {done.message: len(result.endpoints)} if done.message else {}
    followed = follow(given, house, lambda: said, wait=wait, timeout=timeout)
    answer(given, {**as_data(result), **followed.data, "exit": followed.exit}, *followed.shown)
    return followed.exit
