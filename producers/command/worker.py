"""``gongkai worker``: one more worker of an installation on Kafka, without listeners."""

import click

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.health import of_worker
from producers.command.show import answer, aside
from producers.command.words import both

GRACE = 20.0  # seconds: longer than a request to an outlet may last, so that no answer is missed


@named("worker")
@click.option("--name", metavar="NAME", help=both("command.option_worker_name"))
@click.option("--health", is_flag=True, help=both("command.option_health"))
def command(given: Given, name: str | None, health: bool) -> Exit:
    """Carry and send until told to end."""
    if health:
        return of_worker(given)
    from producers.command.served import broken, ended  # these take a second to import, which no health check needs
    from producers.serve.process import EngineFailed
    from producers.serve.worker import work

    def ready() -> None:
        answer(given, {"name": name}, say("serve.working"))

    def stopping() -> None:
        aside().print(say("serve.stopping"))

    try:
        return ended(work(given.home, name, ready=ready, stopping=stopping, grace=GRACE))
    except EngineFailed as failed:
        broken(given, failed)
